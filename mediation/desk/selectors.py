"""What a person sees of their cases: where each one stands and what they can do next.

The desk is above every other app and only reads. Each row of the task list is one of them.
"""

from dataclasses import dataclass, replace

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from mediation.accounts.models import User
from mediation.cases import access
from mediation.cases.enums import CaseOutcome, CaseState
from mediation.cases.models import Case, Participant
from mediation.cases.selectors import name_of
from mediation.cases.selectors.dates import KnownDate, dates_known_to
from mediation.desk.next_steps import beside_the_talk
from mediation.desk.next_steps.task import Task
from mediation.evidence.selectors import documents_of
from mediation.offers.selectors import offer_lines
from mediation.privacy.selectors import certificates_for
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.enums import WITH_OWN_KEY

TONES = {
    CaseState.DRAFT: "neutral",
    CaseState.INVITED: "waiting",
    CaseState.CONSENTING: "active",
    CaseState.WAITING: "waiting",
    CaseState.MEDIATING: "active",
    CaseState.CLOSED: "ended",
    CaseState.ERASED: "ended",
}


@dataclass(frozen=True)
class CaseRow:
    """One line of "my cases"."""

    case: Case
    other_names: str
    status: str | Promise
    tone: str


def my_cases(user: User) -> list[CaseRow]:
    """The person's cases, newest first, in a fixed number of queries."""
    people = Participant.objects.filter(left_at=None).select_related("user", "case")
    cases = (
        access.cases_visible_to(user)
        .exclude(state=CaseState.ERASED)
        .prefetch_related(Prefetch("participants", people))
        .order_by("-created_at")
    )
    return [_row(user, case) for case in cases]


def _row(user: User, case: Case) -> CaseRow:
    others = [name_of(row) for row in case.participants.all() if row.user_id != user.pk]
    return CaseRow(
        case=case,
        other_names=" · ".join(name for name in others if name),
        status=status_of(case),
        tone=tone_of(case),
    )


def status_of(case: Case) -> str | Promise:
    """The state in words; an ended case says how it ended."""
    if case.state == CaseState.CLOSED:
        return CaseOutcome(case.outcome).label
    return CaseState(case.state).label


def tone_of(case: Case) -> str:
    if case.outcome in {CaseOutcome.SETTLED, CaseOutcome.PARTLY_SETTLED}:
        return "done"
    return TONES[CaseState(case.state)]


def dates_of(user: User, part: Participant) -> list[KnownDate]:
    """When each part of the case is destroyed; for what is gone, with the person's certificate."""
    found = certificates_for(user, part.case)
    urls = {name: reverse("privacy:certificate", args=[row.pk]) for name, row in found.items()}
    rooms = rooms_visible_to(user).filter(case=part.case, kind__in=WITH_OWN_KEY)
    talks = [room.compartment for room in rooms]
    return [
        replace(date, proof_url=urls.get(date.compartment, "") if date.destroyed_at else "")
        for date in dates_known_to(part, talks)
    ]


# --- Beside the talk --------------------------------------------------------------------------

LATEST = 3


@dataclass(frozen=True)
class MatterLine:
    """One of the latest offers or documents."""

    title: str
    note: str | Promise
    url: str


@dataclass(frozen=True)
class Matter:
    """What one looks at while talking: the offers, the settlement, or the documents. `kind` is the
    word by which the room's socket tells of news in it.
    """

    kind: str
    task: Task
    lines: list[MatterLine]


def matters_of(part: Participant) -> list[Matter]:
    """All of it for this person, each with its latest few, newest first."""
    lines = {"offer": _latest_offers, "document": _latest_documents}
    found = beside_the_talk(part)
    return [
        Matter(kind, task, lines[kind](part) if kind in lines else [])
        for kind, task in found.items()
    ]


def _latest_offers(part: Participant) -> list[MatterLine]:
    assert part.user is not None
    return [
        MatterLine(
            gettext("Offer %(number)s") % {"number": line.offer.number},
            line.status,
            reverse("offers:offer", args=[part.case_id, line.offer.pk]),
        )
        for line in reversed(offer_lines(part.user, part.case)[-LATEST:])
    ]


def _latest_documents(part: Participant) -> list[MatterLine]:
    assert part.user is not None
    return [
        MatterLine(
            line.name,
            line.brought_by,
            reverse("evidence:download", args=[part.case_id, line.document.pk]),
        )
        for line in reversed(documents_of(part.user, part.case)[-LATEST:])
    ]
