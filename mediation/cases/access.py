"""Who may see a case and do what with it. Predicates ask the database, so a removed person loses
access at once.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import Person, User
from mediation.cases.enums import (
    NEEDED_TO_TALK,
    WITHOUT_AGREEMENT,
    CaseState,
    ParticipantRole,
    Purpose,
)
from mediation.cases.models import Case, Consent, Participant, Statement
from mediation.core.errors import DomainError, Forbidden


class ConsentMissing(DomainError):
    """A consent this needs is not in force on every side (在线调解规则 4, 15; 人民调解法 17)."""

    code = "consent_missing"
    title = _("Not everybody has agreed to this")
    message = _("This needs a consent that is not in force on both sides at the moment.")


def cases_visible_to(user: Person) -> QuerySet[Case]:
    """Cases this person takes part in: as a party for as long as the case exists, as a mediator
    while assigned or until it is destroyed.
    """
    if not isinstance(user, User):
        return Case.objects.none()
    own = Participant.objects.filter(user=user, joined_at__isnull=False, left_at=None)
    return Case.objects.filter(pk__in=own.values("case"))


def participant_of(user: Person, case: Case) -> Participant | None:
    """The person's current part in the case, or None."""
    if not isinstance(user, User):
        return None
    return (
        Participant.objects.active()
        .select_related("side", "case", "user")
        .filter(case=case, user=user)
        .first()
    )


def require_participant(user: Person, case: Case) -> Participant:
    """The person's part in the case. Raises Forbidden for everybody else."""
    part = participant_of(user, case)
    if part is None:
        raise Forbidden
    return part


def party_of(user: Person, case: Case) -> Participant | None:
    part = participant_of(user, case)
    return part if part and part.role == ParticipantRole.PARTY else None


def require_party(user: Person, case: Case) -> Participant:
    """The person's part as a party. Raises Forbidden for everybody else."""
    part = party_of(user, case)
    if part is None:
        raise Forbidden
    return part


def mediator_of(user: Person, case: Case) -> Participant | None:
    part = participant_of(user, case)
    return part if part and part.role == ParticipantRole.MEDIATOR else None


def is_party(user: Person, case: Case) -> bool:
    return party_of(user, case) is not None


def is_mediator_of(user: Person, case: Case) -> bool:
    return mediator_of(user, case) is not None


def can_write_application(user: Person, case: Case) -> bool:
    return case.state == CaseState.DRAFT and is_party(user, case)


def can_consent(user: Person, case: Case) -> bool:
    return case.is_open and case.state != CaseState.DRAFT and is_party(user, case)


def can_leave(user: Person, case: Case) -> bool:
    return case.is_open and is_party(user, case)


def can_end_without_settlement(user: Person, case: Case) -> bool:
    return case.state == CaseState.MEDIATING and is_mediator_of(user, case)


def ended_without_agreement(case: Case) -> bool:
    """Whether a mediation took place in this case and ended without a settlement."""
    took_place = case.mediation_started_at is not None
    return took_place and not case.is_open and case.outcome in WITHOUT_AGREEMENT


def all_sides_consent(case_id: UUID, *purposes: Purpose, subject: str = "") -> bool:
    """Whether every side has, through a party of its own, each of these consents in force."""
    return _all_sides_gave(Consent.objects.in_force(), case_id, purposes, subject)


def _all_sides_gave(
    rows: QuerySet[Consent], case_id: UUID, purposes: Collection[Purpose], subject: str = ""
) -> bool:
    given = set(
        rows.filter(case_id=case_id, purpose__in=purposes, subject=subject)
        .filter(participant__role=ParticipantRole.PARTY, participant__joined_at__isnull=False)
        .values_list("participant__side", "purpose")
    )
    sides = Case.objects.filter(pk=case_id).values_list("sides", flat=True)
    return bool(sides) and all((side, purpose) in given for side in sides for purpose in purposes)


def statements_visible_to(user: Person, case: Case) -> QuerySet[Statement]:
    """What the sides wrote at the start: one's own side's always, the others' while both sides
    consent to mediate online. Which half of each is readable, `statement_for` decides.
    """
    part = participant_of(user, case)
    if part is None:
        return Statement.objects.none()
    rows = Statement.objects.filter(side__case=case).select_related("side__case")
    if not _agreed_to_talk(case):
        rows = rows.filter(side=part.side_id)
    return rows.order_by("side__letter")


def _agreed_to_talk(case: Case) -> bool:
    """Whether both sides consent to mediate online. In a case that is over it counts that they did:
    what was said is not taken from one side because the other one's account is gone.
    """
    rows = Consent.objects.in_force()
    if not case.is_open:
        rows = Consent.objects.filter(withdrawn_at=None)
    return _all_sides_gave(rows, case.pk, NEEDED_TO_TALK)


def can_write_statement(user: Person, case: Case) -> bool:
    """A party while the case is open; in mediation only under the consents talking needs."""
    if not case.is_open or party_of(user, case) is None:
        return False
    return case.state != CaseState.MEDIATING or all_sides_consent(case.pk, *NEEDED_TO_TALK)


def require_consents(case: Case, *purposes: Purpose, subject: str = "") -> None:
    """Raise ConsentMissing unless both sides' consents to mediate online, and to these further
    purposes, are in force. Every service from the mediator to the court package calls it.
    """
    talking = all_sides_consent(case.pk, *NEEDED_TO_TALK)
    if not talking or not all_sides_consent(case.pk, *purposes, subject=subject):
        raise ConsentMissing


def require_talk(case: Case) -> None:
    """Raise ConsentMissing unless people may talk in this case now."""
    if not Case.objects.filter(pk=case.pk, talk_open=True).exists():
        raise ConsentMissing


def talkers(user: Person) -> Q:
    """Filter on Participant rows: this person, active, in a case where talk is open. Used inside
    the insert of a message, so that no message slips in after a withdrawal.
    """
    return Q(user=user, joined_at__isnull=False, left_at=None, case__talk_open=True)
