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
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import Person
from mediation.audit import selectors as audit
from mediation.cases.enums import Compartment, ParticipantRole
from mediation.cases.models import Case, Participant, Side
from mediation.cases.selectors import ErasureDate, erasure_dates, may_know
from mediation.privacy import access
from mediation.privacy.enums import Ground, Reason, RequestState, Scope
from mediation.privacy.models import Certificate, Erasure, ErasureRequest
from mediation.profiles.selectors import FOLDER
from mediation.rooms.models import Room


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


def policy_sha256(profile: str) -> str:
    """The hash of the rules of place a case is kept by; 64 hex digits."""
    return hashlib.sha256((FOLDER / "rules" / f"{profile}.toml").read_bytes()).hexdigest()


def in_seconds(moment: datetime) -> str:
    """ISO 8601 in UTC, whole seconds: how our statements write a time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- Who did and looked at what ---------------------------------------------------------------

# What everybody in the case may read of its audit log, and who did it.
SHARED: dict[str, Promise] = {
    "case.started": _("Applied for mediation"),
    "case.invited": _("Sent the invitation"),
    "case.closed": _("The case ended"),
    "case.erased": _("The case was destroyed up to its dates"),
    "invitation.accepted": _("Accepted the invitation"),
    "identity.read": _("Looked at the names, to see whether they know somebody"),
    "assignment.proposed": _("Offered to mediate"),
    "case.mediating": _("The mediation began"),
    "rooms.opened": _("The rooms were opened"),
    "mediation.ended": _("Ended the mediation"),
    "document.added": _("Added a document"),
    "document.opened": _("Opened a document"),
    "document.withdrawn": _("Took a document back"),
    "offer.made": _("Made an offer"),
    "offer.withdrawn": _("Took an offer back"),
    "offer.countered": _("Answered an offer with another one"),
    "offer.accepted": _("An offer was accepted"),
    "offer.expired": _("An offer's time was over"),
    "sealed_round.proposed": _("Proposed a sealed offer"),
    "sealed_round.agreed": _("Both sides agreed to a sealed offer"),
    "sealed_round.declined": _("A sealed offer was not agreed to"),
    "sealed_round.both_in": _("Both figures of a sealed offer were in"),
    "sealed_round.compared": _("The figures of a sealed offer were compared and destroyed"),
    "sealed_round.void": _("A sealed offer could not be compared"),
    "sealed_round.expired": _("A sealed offer ended without a comparison"),
    "opening.given": _("Opened the mediation, or changed the opening"),
    "opening.confirmed": _("Said that they had read the opening"),
    "stage.moved": _("Went on to another stage"),
    "agenda_point.added": _("Added a point to the agenda"),
    "agenda_point.moved": _("Changed the order of the agenda"),
    "agenda_point.dealt_with": _("Marked a point of the agenda as dealt with"),
    "agenda_point.reopened": _("Opened a point of the agenda again"),
    "agenda_point.removed": _("Took a point off the agenda"),
    "fact.proposed": _("Proposed a fact"),
    "fact.reworded": _("Worded a fact differently"),
    "fact.removed": _("Took a fact away"),
    "fact.agreed": _("A fact was agreed by both sides"),
    "fact.reopened": _("A fact was no longer agreed"),
    "sitting.begun": _("Noted that a sitting began"),
    "sitting.changed": _("Noted who came or went"),
    "sitting.ended": _("Noted that a sitting ended"),
    "sitting.removed": _("Struck out a sitting"),
    "identity.confirmed": _("Confirmed who somebody is"),
    "settlement.offered": _("Put the text of a settlement before both sides"),
    "settlement.sealed": _("The settlement was sealed"),
    "settlement.lapsed": _("The settlement was not signed in time"),
    "document.read": _("Opened the settlement"),
    "document.signed": _("Signed the settlement"),
    "document.signed_on_paper": _("Noted that the settlement was signed on paper"),
    "release.proposed": _("Proposed to release the settlement to a court"),
    "release.released": _("The settlement was released to a court"),
    "package.fetched": _("Fetched the released settlement"),
    "erasure.started": _("A destruction began"),
    "certificate.issued": _("A certificate of destruction was issued"),
}
# What one reads only of oneself: consents, private documents, and whatever tells who said no.
OWN: dict[str, Promise] = {
    "consent.given": _("Gave a consent"),
    "consent.withdrawn": _("Took a consent back"),
    "participant.left": _("Left the mediation"),
    "assignment.answered": _("Answered whether they accept the mediator"),
    "offer.answered": _("Answered an offer"),
    "sealed_round.answered": _("Answered whether they agree to a sealed offer"),
    "sealed_round.figure_sealed": _("Sealed a figure"),
    "sealed_round.called_off": _("Called a sealed offer off"),
    "fact.answered": _("Answered whether a fact is agreed"),
    "note.written": _("Wrote a note for themselves"),
    "note.deleted": _("Deleted a note of their own"),
    "talk.proposed": _("Asked people to a talk by invitation"),
    "talk.agreed": _("Agreed to a talk by invitation"),
    "talk.left": _("Said no to a talk by invitation, or left it"),
    "message.released": _("Released a message from a private talk to the joint room"),
    "review.proposed": _("Proposed to read messages first"),
    "review.agreed": _("Agreed that the mediator reads messages first"),
    "review.ended": _("Ended that the mediator reads messages first, or said no to it"),
    "message.passed_on": _("Passed a message on"),
    "message.returned": _("Returned a message to its author"),
    "presence.approved": _("Approved of a third person in a talk"),
    "presence.refused": _("Did not approve of a third person in a talk"),
    "caucus_document.added": _("Added a document for the mediator alone"),
    "caucus_document.opened": _("Opened a document for the mediator alone"),
    "caucus_document.withdrawn": _("Took back a document for the mediator alone"),
    "version.approved": _("Approved the text of the settlement"),
    "version.change_requested": _("Asked for a change of the settlement"),
    "release.withdrawn": _("Took back the release to a court"),
    "erasure.asked": _("Asked for earlier destruction"),
    "erasure.request_withdrawn": _("Took back the wish for earlier destruction"),
    "data.downloaded": _("Downloaded a copy of their data"),
}


@dataclass(frozen=True)
class HistoryLine:
    """Something that happened, in words; `who` is a part in the case, never a name."""

    at: datetime
    who: str
    what: str | Promise


def history_of(part: Participant) -> list[HistoryLine]:
    """What happened in the case as this person may know it, newest first."""
    people = {row.user_id: row for row in part.case.participants.select_related("side")}
    found = []
    for line in audit.history_for_case(part.case_id):
        what = SHARED.get(line.action)
        if line.actor_id == part.user_id:
            what = what or OWN.get(line.action)
        if what is not None:
            found.append(HistoryLine(line.at, _who(part, line, people), what))
    return found[::-1]


def _who(part: Participant, line: audit.HistoryLine, people: dict[UUID | None, Participant]) -> str:
    if line.action == "package.fetched":
        return gettext("The court")
    if line.actor_id is None:
        return gettext("The service")
    if line.actor_id == part.user_id:
        return gettext("You")
    other = people.get(line.actor_id)
    if other is None or other.role == ParticipantRole.MEDIATOR:
        return gettext("The mediator") if other else gettext("A mediator of the centre")
    assert other.side is not None
    if part.side is None:
        return gettext("Side %(letter)s") % {"letter": other.side.letter}
    return gettext("The other side")


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
    return COMPARTMENT_WORDS[Compartment(compartment.partition(":")[0])]


@dataclass(frozen=True)
class LeftLine:
    """Something that is still there: until when, and why."""

    what: str | Promise
    at: datetime
    is_final: bool
    why: str | Promise


@dataclass(frozen=True)
class Choice:
    """Something a party can ask for now."""

    scope: Scope
    label: str | Promise


@dataclass(frozen=True)
class PrivacyPage:
    """All that the page of one case's data shows to one person."""

    case: Case
    left: list[LeftLine]
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
    return PrivacyPage(
        case=case,
        left=[_left_line(date) for date in left_for(part)],
        certificates=list(access.certificates_visible_to(user).filter(erasure__case_id=case.pk)),
        under_way=_under_way(part),
        my_request=_open_request(part, mine=True),
        others_wish=_open_request(part, mine=False),
        choices=[
            Choice(scope, scope.label)
            for scope in Scope
            if access.can_ask_erasure(user, case, scope)
        ],
        can_download=access.can_download(user, case),
        history=history_of(part),
    )


def _left_line(date: ErasureDate) -> LeftLine:
    why = ground_of(date.kind).label
    return LeftLine(in_words(date.compartment), date.at, date.is_final, why)


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
                in_words(one["compartment"]),
                datetime.fromisoformat(one["until"]),
                True,  # noqa: FBT003 a date in a certificate is final
                Ground(one["ground"]).label,
            )
            for one in said["retained"]
        ],
    )


def _destroyed_line(one: dict[str, Any]) -> DestroyedLine:
    objects = [(OBJECT_WORDS[kind], count) for kind, count in one["objects"].items() if count]
    return DestroyedLine(in_words(one["compartment"]), one["key_fingerprint"] or "", objects)
