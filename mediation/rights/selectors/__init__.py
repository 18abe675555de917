"""A person's data at a glance, their requests, and what an officer has to answer until when."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext

from mediation.accounts.models import Passkey, User
from mediation.cases.access import cases_visible_to
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Case, Consent, Participant
from mediation.centers.models import Center, Membership
from mediation.courts.models import CourtMembership
from mediation.holds.selectors import HoldLine, hold_lines
from mediation.privacy.models import Erasure
from mediation.profiles.holidays import holidays_of
from mediation.profiles.selectors import profile_named, spoken
from mediation.rights import access, clock
from mediation.rights.enums import OPEN, Light, RefusalGround, RequestState
from mediation.rights.models import RightsRequest
from mediation.vault import services as vault
from mediation.vault.services import Place, Slot

AMBER_BEFORE = timedelta(days=7)
LATE = timedelta(hours=24)
LONGEST_ANSWER = timedelta(days=100)  # three months and the days after them that are off
TONES = {Light.GREEN: "done", Light.AMBER: "waiting", Light.RED: "attention"}


def place_of(request: RightsRequest) -> Place:
    """The key of one request and its answer."""
    return Place(request.pk, "request")


def slot_of(request: RightsRequest, field: str) -> Slot:
    return Slot("rights.rightsrequest", request.pk, field)


def text_of(request: RightsRequest, field: str) -> str:
    """`asker`, `words`, `extension` or `answer` in clear; empty while there is none."""
    sealed = bytes(getattr(request, f"{field}_sealed"))
    if not sealed:
        return ""
    return vault.open_text(place=place_of(request), slot=slot_of(request, field), sealed=sealed)


def grounds_for(request: RightsRequest) -> dict[str, str]:
    """The grounds on which this request may be refused, by code, with words and article."""
    grounds = profile_named(request.profile).grounds
    return {code: str(ground) for code, ground in grounds.items()}


def ground_of(request: RightsRequest) -> str:
    """Why it was refused. Without an article for what its rules no longer know."""
    if not request.ground:
        return ""
    known = grounds_for(request).get(request.ground)
    return known or str(RefusalGround(request.ground).label)


def light_of(request: RightsRequest, today: date) -> Light:
    """How much of the time for an answer is left."""
    if today > request.due_on:
        return Light.RED
    return Light.AMBER if request.due_on - AMBER_BEFORE <= today else Light.GREEN


@dataclass(frozen=True)
class RequestShown:
    """One request with its words, for the two who may read them."""

    request: RightsRequest
    asker: str
    words: str
    extension: str
    answer: str
    ground_words: str
    complain: str
    light: Light
    tone: str
    is_open: bool
    can_extend: bool

    @property
    def received_on(self) -> date:
        """The day it came: the same for every reader, wherever they are."""
        return clock.day_of(self.request.received_at)

    @property
    def grounds(self) -> list[dict[str, str]]:
        """On which grounds it may be refused, in the order of its rules."""
        known = grounds_for(self.request).items()
        return [{"ground": code, "words": words} for code, words in known]


def shown(request: RightsRequest) -> RequestShown:
    """All of it in clear."""
    today = clock.today()
    light = light_of(request, today)
    return RequestShown(
        request=request,
        asker=text_of(request, "asker"),
        words=text_of(request, "words"),
        extension=text_of(request, "extension"),
        answer=text_of(request, "answer"),
        ground_words=ground_of(request),
        complain=spoken(profile_named(request.profile).complain) if request.ground else "",
        light=light,
        tone=TONES[light],
        is_open=request.state in OPEN,
        can_extend=request.state == RequestState.RECEIVED
        and clock.can_extend(request.rule)
        and today <= request.due_on,
    )


@dataclass(frozen=True)
class DeskLine:
    """A request in the officer's list."""

    request: RightsRequest
    light: Light
    tone: str


@dataclass(frozen=True)
class Desk:
    """What an officer has to do, the most pressing first."""

    waiting: list[DeskLine]
    answered: list[RightsRequest]
    late_destructions: int
    holds: list[HoldLine]
    centers: list[Center]
    years_without_holidays: str


def desk_of(user: User) -> Desk:
    """The desk of one officer: counts of our own duties, never of people."""
    rows = access.requests_to(user)
    today = clock.today()
    return Desk(
        waiting=[_desk_line(row, today) for row in rows.filter(state__in=OPEN)],
        answered=list(rows.exclude(state__in=OPEN).order_by("-ended_at")[:20]),
        late_destructions=_late_destructions(user),
        holds=[line for line in hold_lines(user) if line.is_due or line.waits_for_me],
        centers=list(access.officers_centers(user)),
        years_without_holidays=_years_without_holidays(user, today),
    )


def _years_without_holidays(user: User, today: date) -> str:
    """The years into which answers fall and of which no public holidays are entered, or ""."""
    years = {today.year, (today + LONGEST_ANSWER).year}
    known = [holidays_of(center.profile) for center in access.officers_centers(user)]
    missing = [year for year in years if not all(days.knows(year) for days in known)]
    return gettext(", ").join(map(str, sorted(missing)))


def _desk_line(request: RightsRequest, today: date) -> DeskLine:
    light = light_of(request, today)
    return DeskLine(request, light, TONES[light])


def _late_destructions(user: User) -> int:
    """Destructions of the officer's centres that should have been finished a day ago. Whose case is
    gone already belongs to no centre any more and counts at every desk.
    """
    centers = access.officers_centers(user)
    cases = Case.objects.filter(center__in=centers).values("pk")
    late = Erasure.objects.unfinished().filter(started_at__lt=timezone.now() - LATE)
    there = Case.objects.filter(pk=OuterRef("case_id"))
    return late.filter(Q(case_id__in=cases) | ~Exists(there)).count()


@dataclass(frozen=True)
class CaseLine:
    """A case one has a part in."""

    case: Case
    role: str | Promise
    is_party: bool


@dataclass(frozen=True)
class MyData:
    """What is stored about a person, outside the content of their cases."""

    user: User
    passkeys: list[Passkey]
    cases: list[CaseLine]
    consents: list[Consent]
    center_roles: list[Membership]
    court_roles: list[CourtMembership]
    requests: list[RightsRequest]

    @property
    def passkey_names(self) -> str:
        """What the person calls their passkeys, a line each."""
        return "\n".join(passkey.name for passkey in self.passkeys)


def my_data(user: User) -> MyData:
    """The page of everything. What is in a case is on that case's page, under its rules."""
    own = Participant.objects.active().filter(user=user).select_related("case__center")
    visible = set(cases_visible_to(user).values_list("pk", flat=True))
    consents = Consent.objects.in_force().filter(participant__user=user)
    return MyData(
        user=user,
        passkeys=list(user.passkeys.all()),
        cases=[_case_line(row) for row in own if row.case_id in visible],
        consents=list(consents.select_related("case").order_by("case", "given_at")),
        center_roles=list(Membership.objects.filter(user=user).select_related("center")),
        court_roles=list(CourtMembership.objects.filter(user=user).select_related("court")),
        requests=list(access.requests_of(user).order_by("-received_at")),
    )


def _case_line(part: Participant) -> CaseLine:
    role = ParticipantRole(part.role)
    return CaseLine(part.case, role.label, role == ParticipantRole.PARTY)
