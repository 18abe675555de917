"""Building the file a court receives, and giving it out."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.lifecycle import lock
from mediation.core import jobs
from mediation.core.errors import DomainError, require
from mediation.courts import access
from mediation.courts.enums import ReleaseState
from mediation.courts.lifecycle import move
from mediation.courts.models import ApiToken, Delivery, Release
from mediation.courts.package.archive import pack
from mediation.courts.package.check import canonical
from mediation.courts.package.layout import (
    ATTESTATION,
    FILES,
    MANIFEST,
    READ_ME,
    SETTLEMENT,
    TERMS,
    read_me,
)
from mediation.courts.services import statements
from mediation.settlements.document.terms_json import to_json
from mediation.settlements.selectors import last_revision, version_terms
from mediation.settlements.services.revisions import content_of, sha256_of
from mediation.vault import services as vault


class PackageClosed(DomainError):
    """The package is not released, or no longer."""

    code = "package_closed"
    title = _("This package is not open")
    message = _("Both sides have to release it to this court, and either can take that back.")


@dataclass(frozen=True)
class Package:
    """The ZIP as bytes, the name to save it under, and what it was made from."""

    name: str
    content: bytes
    release: Release

    @property
    def headers(self) -> dict[str, str]:
        """For a door that sends it: a file to save, never to show (OWASP ASVS 5.0, 3.2.1)."""
        return {
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{self.name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }


def fetch_package(*, actor: User, release: Release) -> Package:
    """A clerk takes the package; both sides see that and when. Raises PackageClosed, or
    KeyDestroyed once the settlement was destroyed on schedule.
    """

    def note(locked: Release, sha256: str) -> Delivery:
        row = Delivery.objects.create(release=locked, user=actor, at=timezone.now(), sha256=sha256)
        audit.record(
            actor=actor, action="package.fetched", target=row, case_id=locked.case_id, by="clerk"
        )
        return row

    return _give(release, access.packages_visible_to(actor), note, actor)


def fetch_package_as_system(*, token: ApiToken, release: Release) -> Package:
    """A court's own system takes the package with its token; otherwise like fetch_package."""

    def note(locked: Release, sha256: str) -> Delivery:
        row = Delivery.objects.create(release=locked, token=token, at=timezone.now(), sha256=sha256)
        audit.record_system(
            action="package.fetched",
            target=row,
            case_id=locked.case_id,
            by="system",
            token=token.pk,
        )
        return row

    return _give(release, access.packages_for(token), note, None)


@transaction.atomic
def _give(
    release: Release,
    open_to_them: QuerySet[Release],
    note: Callable[[Release, str], Delivery],
    actor: User | None,
) -> Package:
    """Build under the case's lock, so that a withdrawal comes wholly before or wholly after."""
    case = lock(release.case)
    rows = open_to_them.select_related(
        "court", "settlement__document__version", "proposed_by__side"
    )
    locked = rows.filter(pk=release.pk).first()
    require(locked is not None, PackageClosed)
    assert locked is not None
    locked.case = locked.settlement.case = case
    package = build_package(locked)
    note(locked, sha256_of(package.content))
    if locked.state == ReleaseState.RELEASED:
        move(locked, ReleaseState.DELIVERED, actor=actor, at=timezone.now())
        jobs.enqueue("courts.send_news", release_id=str(locked.pk), kind="package_fetched")
    return package


def build_package(release: Release) -> Package:
    """The package of an open release: the same bytes every time, as long as the proof in the
    settlement is not renewed. Raises KeyDestroyed.
    """
    document = release.settlement.document
    document.version.settlement = release.settlement
    terms = version_terms(document.version)
    revision = last_revision(document)
    assert revision is not None
    told = statements.attestation(release=release, terms=terms, document_sha256=document.sha256)
    files = {
        READ_ME: read_me(),
        ATTESTATION: canonical(vault.sign_statement(statement=told)),
        SETTLEMENT: content_of(revision),
        TERMS: to_json(terms),
    }
    listed = statements.manifest(release=release, files=files)
    files[MANIFEST] = canonical(vault.sign_statement(statement=listed))
    content = pack({name: files[name] for name in FILES})
    return Package(f"{release.settlement.number}.zip", content, release)
