"""What the parties' page, the clerk's list and the API show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from mediation.accounts.models import User
from mediation.cases import access as cases
from mediation.cases.enums import CaseState, Purpose
from mediation.cases.models import Case, Consent, Participant, Side
from mediation.courts import access
from mediation.courts.models import Court, Delivery, Release
from mediation.profiles.selectors import ConsentText, consent_text, profile_named
from mediation.settlements.models import Settlement


@dataclass(frozen=True)
class Attendance:
    """Whether somebody in this role took part. No name."""

    role: str
    attended: bool


@dataclass(frozen=True)
class Outcome:
    """All a court may ever learn about a mediation besides the settlement itself (Uniform
    Mediation Act 7(b)). A new field here is a decision about confidentiality.
    """

    case_number: str
    held: bool
    started_on: date | None
    ended: bool
    ended_on: date | None
    attendance: tuple[Attendance, ...]
    settlement: str


def outcome_for_system(case: Case, settlement: Settlement | None) -> Outcome:
    """The outcome, for a caller that was let through to it. `settlement` is full, partial or none;
    days are those of the installation's clock.
    """
    is_held = case.mediation_started_at is not None
    return Outcome(
        case_number=case.number,
        held=is_held,
        started_on=_day(case.mediation_started_at),
        ended=case.state in {CaseState.CLOSED, CaseState.ERASED},
        ended_on=_day(case.closed_at),
        attendance=_attendance(case, is_held=is_held),
        settlement=_extent(settlement),
    )


def _extent(settlement: Settlement | None) -> str:
    if settlement is None:
        return "none"
    return "partial" if settlement.is_partial else "full"


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment, timezone.get_default_timezone()) if moment else None


def _attendance(case: Case, *, is_held: bool) -> tuple[Attendance, ...]:
    joined = list(case.participants.filter(joined_at__isnull=False).select_related("side"))
    present = {part.side.role if part.side else part.role for part in joined}
    roles = [side.role for side in case.sides.all()] + ["mediator"]
    return tuple(Attendance(str(role), is_held and role in present) for role in roles)


@dataclass(frozen=True)
class SideAnswer:
    """One side's yes to a release, or that it is still open."""

    side: Side
    is_mine: bool
    given_at: datetime | None


@dataclass(frozen=True)
class ReleasePage:
    """The court page of a case, for a party in it."""

    settlement: Settlement
    confirm_by: datetime | None
    confirm_days: int | None
    live: Release | None
    answers: list[SideAnswer]
    past: list[Release]
    deliveries: list[Delivery]
    consent_text: ConsentText

    @property
    def mine(self) -> SideAnswer | None:
        return next((answer for answer in self.answers if answer.is_mine), None)


def release_page(user: User, case: Case) -> ReleasePage | None:
    """None before there is a sealed settlement, and for everybody but the parties."""
    part = cases.party_of(user, case)
    settlement = access.settlement_to_release(case)
    if part is None or settlement is None:
        return None
    releases = list(access.releases_visible_to(user).filter(case=case).select_related("court"))
    live = next((release for release in releases if release.is_live), None)
    return ReleasePage(
        settlement=settlement,
        confirm_by=confirm_by(case, settlement),
        confirm_days=_confirm_days(case),
        live=live,
        answers=_answers(part, live) if live else [],
        past=[release for release in releases if not release.is_live],
        deliveries=list(_deliveries(releases)),
        consent_text=consent_text(Purpose.RELEASE),
    )


def confirm_by(case: Case, settlement: Settlement) -> datetime | None:
    """Until when both can ask a court together to confirm the settlement, by the case's profile
    (人民调解法 33, 民事诉讼法 205: 30 days from taking effect). None where no such rule is known.
    """
    days = _confirm_days(case)
    effective_at = settlement.document.effective_at
    return effective_at + timedelta(days=days) if days and effective_at else None


def _confirm_days(case: Case) -> int | None:
    return profile_named(case.profile).deadlines.get("confirmation")


def _answers(part: Participant, release: Release) -> list[SideAnswer]:
    given: Mapping[object, datetime] = dict(
        Consent.objects.in_force()
        .filter(case=release.case_id, purpose=Purpose.RELEASE, subject=str(release.pk))
        .values_list("participant__side", "given_at")
    )
    sides = Side.objects.filter(case=release.case_id)
    answers = [SideAnswer(side, side.pk == part.side_id, given.get(side.pk)) for side in sides]
    return sorted(answers, key=lambda answer: not answer.is_mine)


def _deliveries(releases: list[Release]) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(release__in=releases).select_related("release__court")
    return rows.order_by("-at")


def courts_open() -> QuerySet[Court]:
    return Court.objects.filter(is_open=True)


def with_what_a_court_sees(releases: QuerySet[Release]) -> QuerySet[Release]:
    """Releases for a list: with court, case and settlement, and how often they were fetched."""
    rows = releases.select_related("court", "case", "settlement__document")
    return rows.annotate(fetched=Count("deliveries")).order_by("-released_at", "pk")
