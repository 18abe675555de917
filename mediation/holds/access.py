"""Who may place and release holds, and what is held."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases.access import participant_of
from mediation.cases.enums import Compartment
from mediation.cases.errors import Held
from mediation.cases.models import Case, Participant
from mediation.centers.access import centers_where, roles_of
from mediation.centers.enums import CenterRole
from mediation.core.errors import require
from mediation.holds.enums import HoldState
from mediation.holds.models import Hold, Restriction

# A coordinator is the second person where a centre has one officer only.
FOUR_EYES = (CenterRole.PRIVACY_OFFICER, CenterRole.COORDINATOR)
IN_THE_TALKS = (Compartment.JOINT, Compartment.CAUCUS)


def is_officer(user: Person) -> bool:
    """Whether the person looks after privacy at some centre."""
    return CenterRole.PRIVACY_OFFICER in roles_of(user)


def has_a_say(user: Person) -> bool:
    """Whether the person can be the first or second of the two a hold takes."""
    return not roles_of(user).isdisjoint(FOUR_EYES)


def cases_to_hold(user: Person) -> QuerySet[Case]:
    """The cases in which this officer may propose a hold: of their centre, and not their own."""
    centers = centers_where(user, CenterRole.PRIVACY_OFFICER)
    rows = Case.objects.filter(center__in=centers)
    return rows.exclude(pk__in=_own(user)) if isinstance(user, User) else Case.objects.none()


def holds_visible_to(user: Person) -> QuerySet[Hold]:
    """Those of the person's centres, without those in cases they take part in."""
    if not isinstance(user, User):
        return Hold.objects.none()
    rows = Hold.objects.filter(case__center__in=centers_where(user, *FOUR_EYES))
    return rows.exclude(case__in=_own(user)).select_related("case__center")


def _own(user: User) -> QuerySet[Participant, UUID]:
    return Participant.objects.filter(user=user).values_list("case", flat=True)


def can_answer(user: Person, hold: Hold) -> bool:
    """The second person: anybody of the two roles but whoever proposed it."""
    waiting = hold.state == HoldState.PROPOSED
    return waiting and _other_than(user, hold, hold.proposed_by_id)


def can_propose_release(user: Person, hold: Hold) -> bool:
    return hold.state == HoldState.IN_FORCE and _other_than(user, hold, None)


def can_answer_release(user: Person, hold: Hold) -> bool:
    waiting = hold.state == HoldState.RELEASE_PROPOSED
    return waiting and _other_than(user, hold, hold.release_proposed_by_id)


def can_be_second(user: Person, hold: Hold) -> bool:
    """Whether the hold waits for a yes or no that this person can give."""
    return can_answer(user, hold) or can_answer_release(user, hold)


def _other_than(user: Person, hold: Hold, first: UUID | None) -> bool:
    if not isinstance(user, User) or user.pk == first:
        return False
    return holds_visible_to(user).filter(pk=hold.pk).exists()


def held_compartments(case_id: UUID) -> set[str]:
    """What may not be destroyed now. While anything of a case is held, so is its shell: without
    it nobody would know what the rest belongs to. `kept_by` has the rest.
    """
    return held_in([case_id]).get(case_id, set())


def held_in(cases: Collection[UUID]) -> dict[UUID, set[str]]:
    """The same for many cases, in one query."""
    found: dict[UUID, set[str]] = defaultdict(set)
    rows = Hold.objects.keeping().filter(case__in=cases).values_list("case_id", "compartment")
    for case_id, compartment in rows:
        found[case_id] |= kept_by(compartment)
    return found


def kept_by(compartment: str) -> set[str]:
    """What a hold on one compartment keeps: what was said of the settlement in the talks hangs on
    the settlement's rows and would go with them.
    """
    names = {compartment, str(Compartment.SHELL.value)}
    if compartment.partition(":")[0] in IN_THE_TALKS:
        names.add(str(Compartment.SETTLEMENT.value))
    return names


def is_talk(compartment: str) -> bool:
    """Whether this is a talk by invitation with somebody of a side in it. The mediators' own room
    is none, nor is a talk without a side.
    """
    kind, _colon, rest = compartment.partition(":")
    return kind == Compartment.ROOM and not rest.startswith(":")


def require_not_held(case: Case, compartment: str) -> None:
    """Raise Held if the compartment must be kept. Call with the case's row locked."""
    require(compartment not in held_compartments(case.pk), Held)


def restrictions_of(user: Person, case: Case) -> QuerySet[Restriction]:
    """What this person asked to be kept and not used."""
    part = participant_of(user, case)
    return Restriction.objects.filter(participant=part, ended_at=None) if part else _none()


def _none() -> QuerySet[Restriction]:
    return Restriction.objects.none()


def cases_kept_apart() -> QuerySet[Case]:
    """Every case with a hold or restriction, also one that has ended and is still to be undone."""
    holds = Hold.objects.filter(case=OuterRef("pk")).exclude(placed_at=None)
    restrictions = Restriction.objects.filter(case=OuterRef("pk"))
    return Case.objects.filter(Exists(holds) | Exists(restrictions))
