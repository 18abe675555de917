"""Removing the rows of a compartment through the services of the apps they belong to.

The order is the one the foreign keys ask for: what points to people, before people.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from django_tasks_db.models import DBTaskResult

from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.cases.services import erasing as cases
from mediation.courts.services.erasing import erase_releases
from mediation.evidence.services.documents import forget_documents
from mediation.holds.services.holds import forget_holds
from mediation.matching.services import forget_assignments
from mediation.offers.services.offers import forget_offers
from mediation.offers.services.rounds import forget_rounds
from mediation.performance.services.erasing import forget_performance
from mediation.privacy.models import Erasure, ErasureRequest
from mediation.proceedings.services.erasing import (
    forget_course,
    forget_identity_checks,
    forget_notes,
)
from mediation.rooms.services.erasing import forget_rooms
from mediation.settlements.services.erasing import (
    erase_change_requests,
    erase_open_comments,
    erase_private_comments,
    erase_settlements,
)
from mediation.vault.models import SealedFile

Counts = dict[str, int]


class StillNeeded(Exception):
    """Something else of the case has to be destroyed first."""


def erase_rows(*, case: Case, compartments: Collection[str]) -> dict[str, Counts]:
    """Delete the compartments' rows in the caller's transaction; how many, by compartment and
    kind. `files` are those the vault will remove next.
    """
    _forget_jobs(case)
    counts = {}
    for kind, erase in ERASERS.items():
        for name in sorted(one for one in compartments if one.partition(":")[0] == kind):
            files = _count_files(case.pk, name)
            counts[name] = {**erase(case, name), "files": files}
    return counts


def _count_files(case_id: UUID, compartment: str) -> int:
    return SealedFile.objects.filter(case_id=case_id, compartment=compartment).count()


def _forget_jobs(case: Case) -> None:
    """Jobs that are over; they hold ids only. One that waits finds nothing to do any more."""
    of_case = DBTaskResult.objects.filter(args_kwargs__kwargs__case_id=str(case.pk))
    of_case.finished().delete()


def _caucus(case: Case, compartment: str) -> Counts:
    side = case.sides.get(letter=compartment.partition(":")[2])
    return {
        **forget_rooms(case=case, compartment=compartment),
        "documents": forget_documents(case=case, compartments=[compartment]),
        "change_requests": erase_change_requests(side_id=side.pk),
        "comments": erase_private_comments(side_id=side.pk),
        **cases.erase_private_statements(side=side),
    }


def _talk(case: Case, compartment: str) -> Counts:
    return forget_rooms(case=case, compartment=compartment)


def _joint(case: Case, compartment: str) -> Counts:
    return {
        **forget_rooms(case=case, compartment=compartment),
        **forget_offers(case=case),
        **forget_rounds(case=case),
        **forget_course(case=case),
        "assignments": forget_assignments(case=case),
        "comments": erase_open_comments(case_id=case.pk),
        **cases.erase_joint_statements(case=case),
    }


def _evidence(case: Case, compartment: str) -> Counts:
    return {"documents": forget_documents(case=case, compartments=[compartment])}


def _notes(case: Case, compartment: str) -> Counts:
    """The mediators' notes, of which nobody is told how many there were."""
    forget_notes(case=case)
    return {}


def _settlement(case: Case, compartment: str) -> Counts:
    releases = erase_releases(case=case)
    forget_performance(case_id=case.pk)
    return {**releases, "settlements": erase_settlements(case_id=case.pk)}


def _identity(case: Case, compartment: str) -> Counts:
    return cases.erase_identity(case=case)


def _shell(case: Case, compartment: str) -> Counts:
    """The case itself, with what was asked and certified about it before."""
    earlier = Erasure.objects.filter(case_id=case.pk)
    if any(Compartment.SHELL not in other.compartments for other in earlier.unfinished()):
        raise StillNeeded
    ErasureRequest.objects.filter(case=case).delete()
    forget_holds(case=case)
    earlier.exclude(finished_at=None).delete()
    return {**forget_identity_checks(case=case), **cases.erase_case(case=case)}


ERASERS: dict[Compartment, Callable[[Case, str], Counts]] = {
    Compartment.CAUCUS: _caucus,
    Compartment.ROOM: _talk,
    Compartment.JOINT: _joint,
    Compartment.EVIDENCE: _evidence,
    Compartment.NOTES: _notes,
    Compartment.SETTLEMENT: _settlement,
    Compartment.IDENTITY: _identity,
    Compartment.SHELL: _shell,
}
