"""Who may see the course of a mediation and do what in it.

Opening, stages, agenda, facts and sittings are a joint matter: both sides and the mediator see
them, and nobody else. A side's answer to a fact is its own. A note is its author's alone.
"""

from uuid import UUID

from django.db.models import QuerySet

from mediation.accounts.models import Person, User
from mediation.cases import access as cases
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Case, Participant, ParticipantQuerySet
from mediation.core.errors import Forbidden, WrongState, require
from mediation.proceedings.models import (
    AgendaPoint,
    Fact,
    FactAnswer,
    IdentityCheck,
    Note,
    Opening,
    Sitting,
    StageMove,
)


def _own_parts(user: Person) -> ParticipantQuerySet:
    if not isinstance(user, User):
        return Participant.objects.none()
    return Participant.objects.active().filter(user=user)


# --- Rows ---------------------------------------------------------------------------------------


def openings_visible_to(user: Person) -> QuerySet[Opening]:
    rows = Opening.objects.filter(case__in=_own_parts(user).values("case"))
    return rows.select_related("case")


def stage_moves_visible_to(user: Person) -> QuerySet[StageMove]:
    return StageMove.objects.filter(case__in=_own_parts(user).values("case"))


def points_visible_to(user: Person) -> QuerySet[AgendaPoint]:
    rows = AgendaPoint.objects.filter(case__in=_own_parts(user).values("case"))
    return rows.select_related("case", "maker")


def facts_visible_to(user: Person) -> QuerySet[Fact]:
    rows = Fact.objects.filter(case__in=_own_parts(user).values("case"))
    return rows.select_related("case", "maker")


def answers_visible_to(user: Person) -> QuerySet[FactAnswer]:
    """One's own side's. What all answers come to is the fact's `agreed_at`."""
    sides = _own_parts(user).parties().values("side")
    return FactAnswer.objects.filter(participant__side__in=sides)


def sittings_visible_to(user: Person) -> QuerySet[Sitting]:
    rows = Sitting.objects.filter(case__in=_own_parts(user).values("case"))
    return rows.select_related("case")


def identity_checks_visible_to(user: Person) -> QuerySet[IdentityCheck]:
    """How somebody's identity was confirmed: for the person themselves and for the mediator."""
    own = _own_parts(user)
    mediated = IdentityCheck.objects.filter(case__in=own.mediators().values("case"))
    return mediated | IdentityCheck.objects.filter(participant__in=own)


def identified_in(user: Person, case: Case) -> set[UUID]:
    """The participants whose identity a mediator has confirmed, for whoever is in the case: whom
    one talks with may be known, the means are theirs.
    """
    if cases.participant_of(user, case) is None:
        return set()
    rows = IdentityCheck.objects.filter(case=case)
    return set(rows.values_list("participant", flat=True))


def notes_visible_to(user: Person) -> QuerySet[Note]:
    """Those this person wrote, while they are the case's mediator."""
    rows = Note.objects.filter(author__in=_own_parts(user).mediators())
    return rows.select_related("case")


# --- Verbs --------------------------------------------------------------------------------------


def require_mediator(user: Person, case: Case) -> Participant:
    """The person's part as the mediator. Raises Forbidden for everybody else."""
    part = cases.mediator_of(user, case)
    if part is None:
        raise Forbidden
    return part


def require_going_on(case: Case) -> None:
    """Raise WrongState after the end, and ConsentMissing while people may not talk."""
    require(case.is_open, WrongState)
    cases.require_talk(case)


def can_add(user: Person, case: Case) -> bool:
    """A party or the mediator, while talk is open."""
    is_open = Case.objects.filter(pk=case.pk, talk_open=True).exists()
    return is_open and cases.participant_of(user, case) is not None


def can_lead(user: Person, case: Case) -> bool:
    """The mediator, while talk is open."""
    return can_add(user, case) and cases.is_mediator_of(user, case)


def can_confirm(user: Person, opening: Opening) -> bool:
    """Everybody but the mediator, once, as long as there is no newer text."""
    part = cases.participant_of(user, opening.case)
    if part is None or part.role == ParticipantRole.MEDIATOR or not can_add(user, opening.case):
        return False
    is_newest = not opening.case.openings.filter(number__gt=opening.number).exists()
    return is_newest and not opening.confirmations.filter(participant=part).exists()


def is_maker(user: Person, row: AgendaPoint | Fact) -> bool:
    """The side it comes from; for the mediator's, whoever is the mediator now."""
    part = cases.participant_of(user, row.case)
    return part is not None and part.side_id == row.maker.side_id


def can_remove_point(user: Person, point: AgendaPoint) -> bool:
    return is_maker(user, point) or cases.is_mediator_of(user, point.case)


def openings_waiting_for(user: Person, case: Case) -> QuerySet[Opening]:
    """The opening this person has not said to have read: the newest one, or none."""
    newest = openings_visible_to(user).filter(case=case).last()
    if newest is None or not can_confirm(user, newest):
        return Opening.objects.none()
    return Opening.objects.filter(pk=newest.pk)


def facts_waiting_for(user: Person, case: Case) -> QuerySet[Fact]:
    """The facts this person's side may answer now, and has not."""
    if cases.party_of(user, case) is None or not can_add(user, case):
        return Fact.objects.none()
    answered = answers_visible_to(user).values("fact")
    return Fact.objects.filter(case=case, agreed_at=None).exclude(pk__in=answered)
