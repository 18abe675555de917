"""The scan of what was signed on paper: put here by the mediator, looked at by both sides.

A scan proves nothing by itself and nothing here says that it does: no signature in it is checked.
It lies sealed with the settlement and is destroyed with it, or when a better one takes its place.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases.enums import Compartment
from mediation.core import jobs, realtime
from mediation.core.errors import DomainError, Forbidden, WrongState, require
from mediation.evidence.enums import FileKind
from mediation.evidence.errors import FileRefused
from mediation.evidence.services.documents import read_within_limit
from mediation.evidence.services.inspection import inspect
from mediation.holds.access import require_not_held
from mediation.settlements import access
from mediation.settlements.enums import ScanSays
from mediation.settlements.lifecycle import lock
from mediation.settlements.models import Scan, ScanAnswer, Settlement
from mediation.settlements.selectors.scans import is_agreed, scan_of
from mediation.settlements.services.news import tell_soon
from mediation.settlements.services.revisions import sha256_of
from mediation.vault import services as vault
from mediation.vault.services import Place

KINDS = {FileKind.PDF: "pdf", FileKind.JPEG: "jpg", FileKind.PNG: "png"}
NOT_A_SCAN = _("Use a PDF, or a JPEG or PNG picture.")


class OtherScan(DomainError):
    """The scan that was looked at is not the one that is here now."""

    code = "other_scan"
    title = _("The scan has changed")
    message = _(
        "Another scan was put here, or none is here any more. Nothing was noted: look at the "
        "present one."
    )


@dataclass(frozen=True)
class ScanCopy:
    """The scan as it came, and what to call the file."""

    file_name: str
    content: bytes
    media_type: str


def judge(*, name: str, content: IO[bytes]) -> tuple[FileKind, bytes]:
    """The kind and bytes of a file that can be a scan. Raises FileRefused."""
    data = read_within_limit(content)
    kind = inspect(name=name, data=data)
    if kind not in KINDS:
        raise FileRefused(NOT_A_SCAN)
    return kind, data


def add_scan(
    *, actor: User, settlement: Settlement, replaces: str, name: str, content: IO[bytes]
) -> Scan:
    """Put the scan of the signed paper here, in the place of the one whose SHA-256 `replaces` says
    ("" where there was none): that one is destroyed, with what was said about it. The same bytes
    again are the same scan. Its name is not kept.

    Raises Forbidden, FileRefused, OtherScan, Held, or WrongState once both sides said that the
    present one is their paper. The file is judged before the case is locked, as that can take a
    second.
    """
    require(access.can_add_scan(actor, settlement))
    kind, data = judge(name=name, content=content)
    return _store(actor, settlement, replaces, kind, data)


@transaction.atomic
def _store(actor: User, settlement: Settlement, replaces: str, kind: FileKind, data: bytes) -> Scan:
    case, settlement = lock(settlement)
    require(access.can_add_scan(actor, settlement))
    before, sha256 = scan_of(settlement), sha256_of(data)
    if before is not None and before.sha256 == sha256:
        return before
    require((before.sha256 if before else "") == replaces, OtherScan)
    if before is not None:
        _destroy(before, settlement)
    part = case_access.mediator_of(actor, case)
    assert part is not None
    place = Place(case.pk, Compartment.SETTLEMENT)
    scan = Scan.objects.create(
        settlement=settlement,
        participant=part,
        file=vault.store_file(place=place, content=BytesIO(data), media_type=kind),
        media_type=kind,
        size=len(data),
        sha256=sha256,
        added_at=timezone.now(),
    )
    _record(actor, scan, settlement, "replaced" if before else "added")
    tell_soon(settlement, "settlements/scan_added")
    return scan


def _destroy(scan: Scan, settlement: Settlement) -> None:
    """Row and answers now, the file by a job that is part of the same commit."""
    require(not is_agreed(scan), WrongState)
    require_not_held(settlement.case, Compartment.SETTLEMENT)
    scan.delete()
    jobs.enqueue("settlements.destroy_dropped_files", case_id=str(settlement.case_id))


@transaction.atomic
def answer_scan(*, actor: User, settlement: Settlement, sha256: str, says: ScanSays) -> ScanAnswer:
    """A party says whether the scan is the paper they signed. It can be said otherwise until both
    sides said yes; the same twice is the same as once. It changes nothing about what was agreed.

    Raises Forbidden, OtherScan, or WrongState.
    """
    _case, settlement = lock(settlement)
    require(access.can_answer_scan(actor, settlement), _refusal(actor, settlement))
    scan = scan_of(settlement)
    if scan is None or scan.sha256 != sha256:
        raise OtherScan
    part = case_access.party_of(actor, settlement.case)
    assert part is not None
    before = scan.answers.filter(participant=part).first()
    if before is not None and before.says == says:
        return before
    require(not is_agreed(scan), WrongState)
    answer, _made = ScanAnswer.objects.update_or_create(
        scan=scan,
        participant=part,
        defaults={"says": ScanSays(says), "answered_at": timezone.now()},
    )
    _record(actor, scan, settlement, "confirmed" if says == ScanSays.SAME else "doubted")
    if says != ScanSays.SAME:
        tell_soon(settlement, "settlements/scan_doubted")
    return answer


def _refusal(actor: User, settlement: Settlement) -> type[DomainError]:
    return WrongState if case_access.is_party(actor, settlement.case) else Forbidden


@transaction.atomic
def read_scan(*, actor: User, settlement: Settlement) -> ScanCopy:
    """A copy for one of the people in the case. Raises Forbidden, WrongState where there is none,
    KeyDestroyed or Tampered.
    """
    require(access.settlements_visible_to(actor).filter(pk=settlement.pk).exists())
    scan = scan_of(settlement)
    if scan is None:
        raise WrongState
    audit.record(actor=actor, action="scan.read", target=scan, case_id=settlement.case_id)
    return ScanCopy(scan_name(scan, settlement), content_of_scan(scan), scan.media_type)


def scan_name(scan: Scan, settlement: Settlement) -> str:
    """What the file is called when it is given out."""
    return f"{settlement.number}-scan.{KINDS[FileKind(scan.media_type)]}"


def content_of_scan(scan: Scan) -> bytes:
    """The whole file. Raises Tampered where it is not what was stored."""
    content = b"".join(vault.read_file(file=scan.file))
    if sha256_of(content) != scan.sha256:
        raise vault.Tampered
    return content


def _record(actor: User, scan: Scan, settlement: Settlement, verb: str) -> None:
    case_id = settlement.case_id
    audit.record(
        actor=actor, action=f"scan.{verb}", target=scan, case_id=case_id, sha256=scan.sha256
    )
    realtime.publish("settlement.changed", case=str(case_id))
