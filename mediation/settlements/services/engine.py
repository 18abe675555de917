"""The document engine with this installation's keys, clock and typeface."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation.settlements.document.completeness import Finding
from mediation.settlements.document.drawing import Drawing
from mediation.settlements.document.fonts import Typeface, typeface
from mediation.settlements.document.keys import FileKeys, KeyStore, TokenKeys
from mediation.settlements.document.pki import PlatformAuthority, open_authority
from mediation.settlements.document.render import (
    Cover,
    missing_characters,
    render,
    unfit_names,
)
from mediation.settlements.document.right_to_left import Unfit
from mediation.settlements.document.terms import Slot, Terms

if TYPE_CHECKING:
    from mediation.settlements.document.report import Report
    from mediation.settlements.document.signing import Evidence
    from mediation.settlements.document.timestamps import TimeSource


class TextNotPrinted(Exception):
    """The typeface prints something in the terms so that it reads back as something else."""


class NotGenuine(Exception):
    """Our own check does not accept what was sealed; nothing is given out and the job fails."""


UNFIT = {
    Unfit.LONG: gettext_lazy(
        "Words written from the right are printed on one line, and these are too long for it."
        " Make them shorter, or write them in another script."
    ),
    Unfit.MIXED: gettext_lazy(
        "Two groups of words written from the right have only digits, signs or a line break"
        " between them, so nobody could tell where to begin reading. Put a comma or a word of the"
        " document's language between them, or write them in another script."
    ),
}
FONTS = settings.BASE_DIR / "static" / "vendor" / "fonts"


def authority() -> PlatformAuthority:
    """The installation's certificate authority, made on first use."""
    return open_authority(Path(settings.PKI_DIR), keys=_key_store(), operator=settings.SITE_NAME)


def _key_store() -> KeyStore:
    files = FileKeys(settings.PKI_PASSPHRASE) if settings.PKI_PASSPHRASE else None
    if settings.PKCS11_MODULE:
        return TokenKeys(
            settings.PKCS11_MODULE, settings.PKCS11_TOKEN, settings.PKCS11_PIN, files=files
        )
    assert files is not None  # settings see to it
    return files


def face() -> Typeface:
    """The typeface of every document. Raises FontsMissing before the front end was built."""
    return typeface(FONTS)


def verify_url(number: str) -> str:
    """Where a printed document can be checked."""
    return f"{settings.PUBLIC_URL}/verify/{number}/"


def cannot_be_printed(terms: Terms) -> list[Finding]:
    """Characters that the typeface lacks, so that a name would come out as an empty box, and words
    from the right that a page could not show as they are.
    """
    missing = [
        Finding(
            "character_missing",
            where,
            _("These characters cannot be printed: %(characters)s")
            % {"characters": " ".join(gaps)},
        )
        for where, gaps in missing_characters(terms, face()).items()
    ]
    unfit = [
        Finding(reason.value, where, UNFIT[reason])
        for where, reason in unfit_names(terms, face()).items()
    ]
    return missing + unfit


def prepare(terms: Terms, *, number: str, prepared_at: datetime) -> bytes:
    """The document with empty places to sign, certified so that only these can be filled.

    Raises TextNotPrinted for what could be signed by all and never be sealed.
    """
    from mediation.settlements.document.check import reads_back  # noqa: PLC0415  as below
    from mediation.settlements.document.signing import issue  # noqa: PLC0415  pyHanko is slow to import

    cover = Cover(verify_url=verify_url(number), prepared_at=prepared_at)
    keys, printed = authority(), render(terms, cover=cover, face=face())
    if not reads_back(printed, terms):
        raise TextNotPrinted
    return issue(printed, authority=keys, time=_time(keys))


def sign(
    pdf: bytes, *, slot: Slot, evidence: "Evidence", terms: Terms, drawing: Drawing | None = None
) -> bytes:
    """The document with this person's signature, which looks as they drew it or is their name. No
    address of anybody goes into it.
    """
    from mediation.settlements.document.signing import Look, Signer, sign_as  # noqa: PLC0415  as above

    keys = authority()
    return sign_as(
        pdf,
        signer=Signer(field=slot.field, who=slot.signer, organisation=slot.organisation),
        evidence=evidence,
        authority=keys,
        time=_time(keys),
        look=Look(face(), terms.language, drawing),
    )


def seal(pdf: bytes, *, terms: Terms) -> bytes:
    """The document with the centre's seal and the archive time stamp. Raises NotGenuine."""
    from mediation.settlements.document.signing import Look, seal  # noqa: PLC0415  as above

    keys = authority()
    look = Look(face(), terms.language)
    return _checked(
        seal(pdf, center=terms.center.name, authority=keys, time=_time(keys), look=look)
    )


def renew(pdf: bytes) -> bytes:
    """The sealed document with one archive time stamp more. Raises NotGenuine."""
    from mediation.settlements.document.signing import renew  # noqa: PLC0415  as above

    keys = authority()
    return _checked(renew(pdf, authority=keys, time=_time(keys)))


def _checked(pdf: bytes) -> bytes:
    """The same, once our own check has accepted it as a stranger's would."""
    report = check(pdf)
    if report.findings:
        raise NotGenuine(", ".join(report.findings))
    return pdf


def check(pdf: bytes) -> "Report":
    """What a stranger's check of this file says, with our own root as the trusted one."""
    from mediation.settlements.document.check import check_settlement  # noqa: PLC0415  as above

    roots = Path(settings.TSA_ROOTS).read_bytes() if settings.TSA_URL else b""
    return check_settlement(pdf, trusted_root_pem=authority().root_pem, tsa_roots_pem=roots)


def _time(keys: PlatformAuthority) -> "TimeSource":
    from mediation.settlements.document import timestamps  # noqa: PLC0415  pyHanko is slow to import

    if settings.TSA_URL:
        roots = Path(settings.TSA_ROOTS).read_bytes()
        login = (settings.TSA_USER, settings.TSA_PASSWORD) if settings.TSA_USER else None
        return timestamps.outside_time(
            settings.TSA_URL.split(), roots_pem=roots, login=login, timeout=settings.TSA_TIMEOUT
        )
    chain = [keys.signing.certificate, keys.root]
    return timestamps.embedded_time(keys.time_stamper, chain)
