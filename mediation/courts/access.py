"""Who sees a release. Predicates ask the database, so an ended membership or a withdrawn consent
closes the door at once.
"""

from collections import defaultdict
from uuid import UUID

from django.db.models import Q, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases import access as cases
from mediation.cases.enums import NEEDED_TO_TALK, CaseState, ParticipantRole, Purpose
from mediation.cases.models import Case, Consent, Participant, Side
from mediation.courts.models import ApiToken, Court, CourtMembership, Release
from mediation.settlements.enums import SettlementState
from mediation.settlements.models import Settlement

Given = tuple[UUID, str, str]  # side, purpose, subject


def courts_of(user: Person) -> QuerySet[Court]:
    """The courts this person currently works for."""
    if not isinstance(user, User):
        return Court.objects.none()
    memberships = CourtMembership.objects.current().filter(user=user)
    return Court.objects.filter(pk__in=memberships.values("court"))


def is_clerk(user: Person) -> bool:
    return courts_of(user).exists()


def releases_visible_to(user: Person) -> QuerySet[Release]:
    """For a party: every release, also a withdrawn one, of the cases they are a party in."""
    if not isinstance(user, User):
        return Release.objects.none()
    own = Participant.objects.active().parties().filter(user=user)
    return Release.objects.filter(case__in=own.values("case"))


def packages_visible_to(user: Person) -> QuerySet[Release]:
    """For a clerk: what both sides have released to a court of theirs and not taken back."""
    return _open_to(courts_of(user))


def packages_for(token: ApiToken) -> QuerySet[Release]:
    """For a court's own system: the same, for the court of the token."""
    return _open_to(Court.objects.filter(pk=token.court_id))


def can_propose(user: Person, case: Case) -> bool:
    """Either side may, once there is a sealed settlement."""
    return case.state != CaseState.ERASED and cases.is_party(user, case)


def can_answer(user: Person, release: Release) -> bool:
    """Either side may say yes, or take the release back, while it is under way."""
    return release.is_live and cases.is_party(user, release.case)


def settlement_to_release(case: Case) -> Settlement | None:
    """The sealed settlement of the case, the only thing that can be released."""
    rows = Settlement.objects.select_related("document")
    return rows.filter(case=case, state=SettlementState.SEALED).first()


def is_open_to_court(release: Release) -> bool:
    return _open_to(Court.objects.filter(pk=release.court_id)).filter(pk=release.pk).exists()


def _open_to(courts: QuerySet[Court]) -> QuerySet[Release]:
    """Three queries, however many releases: they, their sides, and the consents of those."""
    given = Release.objects.given().filter(court__in=courts).exclude(case__state=CaseState.ERASED)
    case_of: dict[UUID, UUID] = dict(given.values_list("pk", "case"))
    sides = _sides(set(case_of.values()))
    consents = _consents(set(case_of.values()))
    open_ones = [
        pk for pk, case in case_of.items() if _is_consented(str(pk), sides[case], consents)
    ]
    return given.filter(pk__in=open_ones)


def _is_consented(subject: str, sides: list[UUID], consents: set[Given]) -> bool:
    """Whether every side has all that cases.access.require_consents asks for this release."""
    needed = [(str(purpose), "") for purpose in NEEDED_TO_TALK]
    needed.append((str(Purpose.RELEASE), subject))
    return bool(sides) and all((side, *one) in consents for side in sides for one in needed)


def _sides(cases_: set[UUID]) -> dict[UUID, list[UUID]]:
    found = defaultdict(list)
    for pk, case in Side.objects.filter(case__in=cases_).values_list("pk", "case"):
        found[case].append(pk)
    return found


def _consents(cases_: set[UUID]) -> set[Given]:
    rows = Consent.objects.in_force().filter(
        Q(participant__role=ParticipantRole.PARTY, participant__joined_at__isnull=False),
        case__in=cases_,
        purpose__in=[*NEEDED_TO_TALK, Purpose.RELEASE],
    )
    return set(rows.values_list("participant__side", "purpose", "subject"))
