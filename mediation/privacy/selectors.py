"""What is due for destruction, what is left, and what has been destroyed."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import Person, User
from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Participant, Side
from mediation.cases.selectors.dates import ErasureDate, erasure_dates, may_know
from mediation.holds.access import is_talk
from mediation.holds.selectors import in_words as talk_in_words
from mediation.privacy import access
from mediation.privacy.enums import Ground, Reason, RequestState, Scope
from mediation.privacy.history import HistoryLine, history_of
from mediation.privacy.models import Certificate, Erasure, ErasureRequest
from mediation.rooms.models import Room
from mediation.vault.signing import canonical_json


def ended_cases() -> list[Case]:
    """Every case that is over and not yet gone, with its sides, longest ago first."""
    parts = [Prefetch("sides", Side.objects.all()), Prefetch("rooms", Room.objects.all())]
    ended = Case.objects.filter(closed_at__isnull=False).prefetch_related(*parts)
    return list(ended.order_by("closed_at"))


def given_up(cases: Collection[UUID]) -> dict[UUID, set[str]]:
    """For each case the compartments whose destruction has at least begun."""
    found: dict[UUID, set[str]] = defaultdict(set)
    rows = Erasure.objects.filter(case_id__in=cases).values_list("case_id", "compartments")
    for case_id, compartments in rows:
        found[case_id].update(compartments)
    return found


def due_compartments(case: Case, gone: Collection[str]) -> set[str]:
    """The compartments of an ended case whose time is over, without those in `gone`."""
    if case.closed_at is None:
        return set()
    now = timezone.now()
    return {date.compartment for date in _dates(case) if date.at <= now} - set(gone)


def left_of(case: Case, gone: Collection[str]) -> list[ErasureDate]:
    """What is still there of a case, soonest to go first."""
    return [date for date in _dates(case) if date.compartment not in gone]


def _dates(case: Case) -> list[ErasureDate]:
    return erasure_dates(case, access.talks_of(case))


def left_for(part: Participant) -> list[ErasureDate]:
    """The same as one person may know it: of the other side's private part not even whether it is
    still there.
    """
    gone = Erasure.objects.given_up(part.case_id)
    letter = part.side.letter if part.side else ""
    left = left_of(part.case, gone)
    return [date for date in left if may_know(date.compartment, letter)]


def certificates_for(user: Person, case: Case) -> dict[str, Certificate]:
    """This person's own certificate for each destroyed compartment that has one."""
    rows = access.certificates_visible_to(user).filter(erasure__case_id=case.pk)
    return {name: row for row in rows for name in row.erasure.compartments}


def ground_of(kind: Compartment) -> Ground:
    """Why something of this kind is kept."""
    special = {Compartment.SETTLEMENT: Ground.SETTLEMENT, Compartment.SHELL: Ground.SHELL}
    return special.get(kind, Ground.SCHEDULE)


def policy_sha256(case: Case) -> str:
    """The hash of the periods a case is kept by, in canonical JSON; 64 hex digits."""
    return hashlib.sha256(canonical_json(case.policy)).hexdigest()


def in_seconds(moment: datetime) -> str:
    """ISO 8601 in UTC, whole seconds: how our statements write a time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- Pages --------------------------------------------------------------------------------------

COMPARTMENT_WORDS: dict[str, Promise] = {
    Compartment.IDENTITY: _("Names and addresses"),
    Compartment.JOINT: _("Joint talks and statements"),
    Compartment.CAUCUS: _("Your private talks with the mediator"),
    Compartment.ROOM: _("A talk by invitation"),
    Compartment.NOTES: _("The mediator's notes"),
    Compartment.EVIDENCE: _("Documents"),
    Compartment.SETTLEMENT: _("The settlement"),
    Compartment.SHELL: _("Dates, outcome and who took part"),
}
OBJECT_WORDS: dict[str, Promise] = {
    "messages": _("Messages"),
    "rooms": _("Rooms"),
    "memberships": _("Who was asked to a talk, and approved of whom"),
    "offers": _("Offers"),
    "sealed_rounds": _("Sealed offers"),
    "openings": _("Openings"),
    "stage_moves": _("Moves between stages"),
    "agenda_points": _("Points of the agenda"),
    "facts": _("Facts"),
    "sittings": _("Sittings"),
    "identity_checks": _("Confirmations of identity"),
    "documents": _("Documents"),
    "comments": _("Comments on the settlement"),
    "change_requests": _("Wishes about the settlement"),
    "statements": _("Statements"),
    "assignments": _("Records of choosing a mediator"),
    "releases": _("Releases to a court"),
    "deliveries": _("Deliveries to a court"),
    "settlements": _("Records of the settlement"),
    "names": _("People's names and addresses"),
    "invitations": _("Invitations"),
    "consents": _("Consents"),
    "people": _("People's parts in the case"),
    "sides": _("Sides"),
    "cases": _("Cases"),
    "files": _("Files"),
}


def in_words(compartment: str) -> str | Promise:
    """What a compartment is, for the person whose side it is."""
    if is_talk(compartment):  # the centre is told its reference by those in it alone
        return talk_in_words(compartment)
    return COMPARTMENT_WORDS[_kind_of(compartment)]


def _kind_of(compartment: str) -> Compartment:
    return Compartment(compartment.partition(":")[0])


@dataclass(frozen=True)
class LeftLine:
    """Something that is still there: until when, and why."""

    compartment: str
    at: datetime
    is_final: bool
    ground: Ground

    @property
    def kind(self) -> Compartment:
        return _kind_of(self.compartment)

    @property
    def what(self) -> str | Promise:
        """What it is, for the person whose side it is."""
        return in_words(self.compartment)

    @property
    def why(self) -> str | Promise:
        """Why it is still there."""
        return self.ground.label


@dataclass(frozen=True)
class Choice:
    """Something a party can ask for now."""

    scope: Scope
    label: str | Promise


@dataclass(frozen=True)
class PrivacyPage:
    """All that the page of one case's data shows to one person; `has_names` and `has_private_part`
    while those two are still there to be corrected, or kept apart.
    """

    case: Case
    left: list[LeftLine]
    has_names: bool
    has_private_part: bool
    certificates: list[Certificate]
    under_way: list[Erasure]
    my_request: ErasureRequest | None
    others_wish: ErasureRequest | None
    choices: list[Choice]
    can_download: bool
    history: list[HistoryLine]


def privacy_page(part: Participant) -> PrivacyPage:
    """The page for this person."""
    user, case = part.user, part.case
    assert user is not None
    left = left_for(part)
    names = {date.compartment for date in left}
    return PrivacyPage(
        case=case,
        left=[_left_line(date) for date in left],
        has_names=Compartment.IDENTITY in names,
        has_private_part=part.side is not None and part.side.caucus in names,
        certificates=list(access.certificates_visible_to(user).filter(erasure__case_id=case.pk)),
        under_way=_under_way(part),
        my_request=_open_request(part, mine=True),
        others_wish=_open_request(part, mine=False),
        choices=[Choice(scope, scope.label) for scope in scopes_left(user, case)],
        can_download=access.can_download(user, case),
        history=history_of(part),
    )


def scopes_left(user: User, case: Case) -> list[Scope]:
    """What this person can ask to have destroyed now."""
    return [scope for scope in Scope if access.can_ask_erasure(user, case, scope)]


@dataclass(frozen=True)
class Wishes:
    """A party's wishes for earlier destruction, and what they know of the other side's."""

    choices: list[Scope]
    results: list[ErasureRequest]
    others_wish: ErasureRequest | None


def wishes_of(part: Participant) -> Wishes:
    """All of it, the newest wish first."""
    assert part.user is not None
    return Wishes(
        choices=scopes_left(part.user, part.case),
        results=list(part.erasure_requests.order_by("-asked_at")),
        others_wish=_open_request(part, mine=False),
    )


def left_lines(part: Participant) -> list[LeftLine]:
    """What is still there for one person, soonest to go first."""
    return [_left_line(date) for date in left_for(part)]


def _left_line(date: ErasureDate) -> LeftLine:
    return LeftLine(date.compartment, date.at, date.is_final, ground_of(date.kind))


def _under_way(part: Participant) -> list[Erasure]:
    """Destructions of this person's concern that have begun and have no certificate yet."""
    letter = part.side.letter if part.side else ""
    rows = Erasure.objects.unfinished().filter(case_id=part.case_id)
    return [row for row in rows if letter in {one["letter"] for one in row.recipients}]


def _open_request(part: Participant, *, mine: bool) -> ErasureRequest | None:
    """One's own wish that waits, or the other side's that waits for us. Mediators have neither."""
    if part.side is None:
        return None
    rows = ErasureRequest.objects.filter(case=part.case, state=RequestState.OPEN)
    return (rows.filter if mine else rows.exclude)(participant=part).first()


@dataclass(frozen=True)
class DestroyedLine:
    """One destroyed part in words."""

    what: str | Promise
    fingerprint: str
    objects: Sequence[tuple[str | Promise, int]]


@dataclass(frozen=True)
class CertificatePage:
    """A certificate in words."""

    case_id: UUID
    reason: str | Promise
    executed_at: datetime
    unrecoverable_at: datetime
    destroyed: list[DestroyedLine]
    retained: list[LeftLine]


def certificate_page(certificate: Certificate) -> CertificatePage:
    """What the signed statement says, for people. The file is what counts."""
    said = certificate.signed["statement"]
    return CertificatePage(
        case_id=certificate.erasure.case_id,
        reason=Reason(said["reason"]).label,
        executed_at=datetime.fromisoformat(said["executed_at"]),
        unrecoverable_at=datetime.fromisoformat(said["unrecoverable_not_later_than"]),
        destroyed=[_destroyed_line(one) for one in said["destroyed"]],
        retained=[
            LeftLine(
                one["compartment"],
                datetime.fromisoformat(one["until"]),
                True,  # noqa: FBT003 a date in a certificate is final
                Ground(one["ground"]),
            )
            for one in said["retained"]
        ],
    )


def _destroyed_line(one: dict[str, Any]) -> DestroyedLine:
    objects = [(OBJECT_WORDS[kind], count) for kind, count in one["objects"].items() if count]
    return DestroyedLine(in_words(one["compartment"]), one["key_fingerprint"] or "", objects)
