"""What the mediators' queue and the parties' page show."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, QuerySet

from mediation.accounts.models import Person
from mediation.cases.access import cases_visible_to, party_of
from mediation.cases.enums import CaseState, Compartment
from mediation.cases.models import Case
from mediation.cases.selectors import open_sealed
from mediation.matching.access import assignments_visible_to, queue_visible_to
from mediation.matching.enums import AssignmentState
from mediation.matching.models import Assignment
from mediation.matching.working_days import end_of_working_day
from mediation.profiles.holidays import holidays_of
from mediation.profiles.selectors import profile_named


@dataclass(frozen=True)
class WaitingCase:
    """All that a mediator knows of a case before they ask for it."""

    case: Case
    claim_by: datetime


@dataclass(frozen=True)
class Queue:
    """The three lists of a mediator's page, the most urgent first."""

    waiting: list[WaitingCase]
    proposed: QuerySet[Assignment]
    mediating: QuerySet[Assignment]


def queue_of(user: Person) -> Queue:
    """What waits for this mediator, what they offered, and what they mediate."""
    own = Assignment.objects.filter(mediator_id=user.pk).select_related("case")
    return Queue(
        waiting=_by_urgency(unclaimed_cases(user)),
        proposed=own.proposed().filter(case__state=CaseState.WAITING).order_by("answer_by"),
        mediating=own.filter(
            state=AssignmentState.ACCEPTED, case__state=CaseState.MEDIATING
        ).order_by("case__deadline_at"),
    )


def unclaimed_cases(user: Person) -> QuerySet[Case]:
    """Waiting cases this mediator may see and nobody is proposed for."""
    standing = Assignment.objects.standing().filter(case=OuterRef("pk"))
    return queue_visible_to(user).filter(~Exists(standing))


def _by_urgency(cases: QuerySet[Case]) -> list[WaitingCase]:
    rows = cases.annotate(over_at=Max("assignments__ended_at"))
    return sorted((_waiting(row, row.over_at) for row in rows), key=lambda item: item.claim_by)


def waiting_case(case: Case) -> WaitingCase:
    """One waiting case as a mediator sees it before the claim."""
    return _waiting(case, case.assignments.aggregate(over_at=Max("ended_at"))["over_at"])


def _waiting(case: Case, over_at: datetime | None) -> WaitingCase:
    """With the day by which our centre owes the case a mediator (在线调解规则 12). The time starts
    anew when a proposed mediator did not come about.
    """
    days = profile_named(case.profile).deadlines["claim"]
    free_since = max(over_at or case.state_since, case.state_since)
    return WaitingCase(
        case, end_of_working_day(free_since, days, holidays=holidays_of(case.profile))
    )


@dataclass(frozen=True)
class Proposal:
    """A proposed mediator as a party sees them. `own_answer` is None until their side answered;
    how the other side answered is never told.
    """

    assignment: Assignment
    mediator: str
    center: str
    disclosure: str
    follows_another: bool
    own_answer: bool | None

    @property
    def is_open(self) -> bool:
        state = self.assignment.case.state
        return self.assignment.state == AssignmentState.PROPOSED and state == CaseState.WAITING


def proposal_seen_by(user: Person, assignment: Assignment) -> Proposal:
    """The proposal with its disclosure in clear, for a party of the case."""
    case = assignment.case
    part = party_of(user, case)
    answer = assignment.answers.filter(side=part.side).first() if part and part.side else None
    return Proposal(
        assignment=assignment,
        mediator=assignment.mediator.name,
        center=case.center.name,
        disclosure=open_sealed(assignment, case, "disclosure", Compartment.JOINT),
        follows_another=case.participants.mediators().exclude(left_at=None).exists(),
        own_answer=answer.accepts if answer else None,
    )


def current_assignment(user: Person, case: Case) -> Assignment | None:
    """The open assignment of a case this person sees: proposed while the case waits, accepted
    while it is mediated. For the page of the case.
    """
    wanted = {
        CaseState.WAITING: AssignmentState.PROPOSED,
        CaseState.MEDIATING: AssignmentState.ACCEPTED,
    }.get(CaseState(case.state))
    found = assignments_visible_to(user).filter(case=case, state=wanted)
    return found.select_related("mediator", "case__center").first() if wanted else None


def cases_needing_answer(user: Person) -> QuerySet[Case]:
    """This party's cases in which their side has a proposed mediator to answer."""
    return cases_visible_to(user).filter(pk__in=_unanswered(user).values("case"))


def _unanswered(user: Person) -> QuerySet[Assignment]:
    proposed: QuerySet[Assignment] = assignments_visible_to(user).filter(
        state=AssignmentState.PROPOSED, case__state=CaseState.WAITING
    )
    return proposed.exclude(mediator_id=user.pk).exclude(answers__side__participants__user=user.pk)
