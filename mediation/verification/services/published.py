"""What this installation publishes for whoever checks: roots, keys, lists, programs."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.core.cache import cache

from mediation.audit.note import verifier_key
from mediation.audit.segments import VERIFIER
from mediation.audit.stamps import roots_pem
from mediation.settlements.document.certificates import revocation_list
from mediation.settlements.document.keys import TokenUnusable
from mediation.settlements.document.pki import IN_PLACE, ROOT_LIST, AuthorityUnreadable
from mediation.settlements.services import engine
from mediation.verification.checker.page import CheckerPage, checker_page

DER = Encoding.DER
LIST_KEY = "verification:signing-list"
LIST_SECONDS = 60 * 60
RETRY_SECONDS = 60
logger = logging.getLogger(__name__)
LIST_LIFE = timedelta(days=7)


def own_root_pem() -> bytes | None:
    """The root certificate; None before the first settlement was made here."""
    path = Path(settings.PKI_DIR) / IN_PLACE / "root.pem"
    return path.read_bytes() if path.exists() else None


def own_tsa_roots_pem() -> bytes:
    """Roots of the outside time-stamp authority, empty without one."""
    if not settings.TSA_URL or not settings.TSA_ROOTS:
        return b""
    return Path(settings.TSA_ROOTS).read_bytes()


def own_log_key() -> str:
    """The key of our log, in the form that log tools take."""
    return verifier_key()


def log_verifier() -> bytes:
    """The program that checks our log on any machine."""
    return VERIFIER.read_bytes()


def has_log_authority() -> bool:
    """Whether an outside authority is asked for the time of the log's heads."""
    return bool(settings.AUDIT_TSA_URL)


def log_roots_pem() -> bytes:
    """Roots of that authority, empty without one."""
    return roots_pem() if settings.AUDIT_TSA_URL else b""


def own_certificate(name: str) -> bytes | None:
    """DER of the certificate of one of our authorities, "root" or "signing"; None before the first
    settlement was made here.
    """
    path = Path(settings.PKI_DIR) / IN_PLACE / f"{name}.pem"
    if not path.exists():
        return None
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(DER)


def own_revocation_list(name: str) -> bytes | None:
    """DER of the list of one of our authorities; None as above.

    The root's was made with its key, which may be offline since. The signing authority's is made
    anew after an hour and valid for a week, so that whoever keeps one knows when to ask again.
    """
    folder = Path(settings.PKI_DIR) / IN_PLACE
    if not folder.is_dir():
        return None
    if name == "root":
        return x509.load_pem_x509_crl((folder / ROOT_LIST).read_bytes()).public_bytes(DER)
    made = cache.get(LIST_KEY)
    if made is None:
        made = _fresh_signing_list()
        cache.set(LIST_KEY, made, LIST_SECONDS if made else RETRY_SECONDS)
    return made or None


def _fresh_signing_list() -> bytes:
    """Nothing while the authority's keys cannot be had; strangers' questions must not use up the
    tries of a token.
    """
    until = datetime.now(UTC).replace(microsecond=0) + LIST_LIFE
    try:
        return revocation_list(engine.authority().signing, until=until).public_bytes(DER)
    except (AuthorityUnreadable, TokenUnusable):
        logger.exception("no revocation list of the signing authority")
        return b""


def own_checker_page() -> CheckerPage:
    """The page that checks in a browser, with this installation's roots in it."""
    return checker_page(root_pem=own_root_pem(), tsa_roots_pem=own_tsa_roots_pem())
