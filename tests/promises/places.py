"""One case at every point at which somebody can do something, each by the real services."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from mediation.cases.models import Case, Invitation
from mediation.courts.enums import Scope
from mediation.courts.models import ApiToken, Court, Release
from mediation.courts.services import clerks, releases, tokens
from mediation.matching import services as matching
from mediation.matching.enums import DisclosureKind
from mediation.matching.models import Assignment
from mediation.offers.models import Offer
from mediation.proceedings.models import AgendaPoint, Fact, Note, Opening, Sitting
from mediation.rooms import services as rooms
from mediation.rooms.models import HeldMessage, Member, Room
from mediation.rooms.services import inviting, reviewing
from mediation.settlements.models import Settlement, Version
from mediation.settlements.selectors import current_version
from tests.factories import proceedings
from tests.factories.cast import Cast, add_third_person, make_case, make_cast
from tests.factories.courts import fresh
from tests.factories.offers import make_offer
from tests.factories.settlements import (
    confirm_freedom,
    mailed_code,
    make_oral,
    make_paper,
    make_settlement,
    shown_sha256,
)

AT_TEXT = ["drafting", "offered", "signing", "sealed", "paper", "recorded", "oral"]


@dataclass
class Places:
    """Cases by stage: looking for a mediator, one proposed, talking, and seven of a settlement."""

    cast: Cast
    case: dict[str, Case]
    assignment: dict[str, Assignment]
    settlement: dict[str, Settlement]
    court: Court
    token: ApiToken
    clear_token: str
    release: Release | None = None
    code: str = ""
    sha256: str = ""
    answer: str = ""  # of a passkey
    room: dict[str, Room] = field(default_factory=dict)
    private_words: str = "words for the mediator alone"
    offer: Offer = field(init=False)
    opening: Opening = field(init=False)
    point: AgendaPoint = field(init=False)
    fact: Fact = field(init=False)
    sitting: Sitting = field(init=False)
    note: Note = field(init=False)
    talk: Room = field(init=False)
    guest: Member = field(init=False)
    held: HeldMessage = field(init=False)

    def version(self) -> Version:
        found = current_version(fresh(self.settlement["offered"]))
        assert found is not None
        return found


def make_places() -> Places:
    cast = make_cast("draft")
    court = clerks.open_court(code="heyang", name="Heyang Court", seat="Heyang")
    clerks.add_clerk(court=court, user=cast.clerk)
    token, clear = tokens.make_token(court=court, label="docket", scopes=list(Scope))
    places = Places(cast, {}, {}, {}, court, token, clear)
    for stage in ("waiting", "proposed", "talking", *AT_TEXT):
        _go(places, stage)
    forget_that_invitations_are_few()
    return places


def _go(places: Places, stage: str) -> None:
    cast = places.cast
    case = places.case[stage] = make_case(cast, stage="waiting")
    forget_that_invitations_are_few()
    matching.show_names(actor=cast.mediator, case=case)
    if stage == "waiting":
        return
    assignment = places.assignment[stage] = _claim(cast, case)
    if stage == "proposed":
        return
    for user in (cast.party_a, cast.party_b):
        matching.answer_assignment(actor=user, assignment=assignment, accepts=True)
    room = places.room[stage] = rooms.open_rooms(case=case)[0]
    rooms.post_message(actor=cast.party_a, room=room, client_id=uuid4(), body="first words")
    case.refresh_from_db()
    assignment.refresh_from_db()
    if stage == "talking":
        places.offer = make_offer(cast.party_a, case)
        _lead(places, case)
        private = case.rooms.get(side__letter="A")
        rooms.post_message(
            actor=cast.party_a, room=private, client_id=uuid4(), body=places.private_words
        )
        _invite(places)
        _review(places)
    else:
        _write(places, stage)


def _review(places: Places) -> None:
    """In a talk of both sides a review that is on, under which side A's words wait; in another one
    it is proposed. Talks of their own, so that the joint room stays as it was.
    """
    cast, case = places.cast, places.case["talking"]
    for name in ("reviewed", "proposed"):
        room = places.room[name] = _open_talk(places)
        reviewing.propose_review(actor=cast.mediator, room=room)
        for user in (cast.party_a, cast.party_b) if name == "reviewed" else (cast.party_a,):
            reviewing.agree_to_review(actor=user, room=room)
    places.room["plain"] = _open_talk(places)
    rooms.post_message(
        actor=cast.party_a, room=places.room["reviewed"], client_id=uuid4(), body="sharp words"
    )
    places.held = case.rooms.get(pk=places.room["reviewed"].pk).held_messages.get()


def _open_talk(places: Places) -> Room:
    cast, case = places.cast, places.case["talking"]
    parties = [part.pk for part in case.participants.parties()]
    talk = inviting.invite_to_talk(
        actor=cast.mediator, case=case, purpose="the wall", people=parties
    )
    for user in (cast.party_a, cast.party_b):
        talk = inviting.agree_to_talk(actor=user, room=talk)
    return talk


def _invite(places: Places) -> None:
    """A talk that waits for side A's yes, and a third person in it of whom side B approves."""
    cast, case = places.cast, places.case["talking"]
    guest = add_third_person(case)
    people = case.participants.filter(user__in=[cast.party_a, guest])
    places.talk = inviting.invite_to_talk(
        actor=cast.mediator, case=case, purpose="the drain", people=[one.pk for one in people]
    )
    places.guest = places.talk.members.get(participant__user=guest)
    inviting.approve_presence(actor=cast.party_b, guest=places.guest)


def forget_that_invitations_are_few() -> None:
    Invitation.objects.update(created_at=timezone.now() - timedelta(days=2))


def _claim(cast: Cast, case: Case) -> Assignment:
    return matching.claim_case(
        actor=cast.mediator,
        case=case,
        disclosure_kind=DisclosureKind.NONE,
        disclosure_text="",
        has_no_conflict=True,
    )


def _lead(places: Places, case: Case) -> None:
    """The mediator has opened and begun a sitting; the mediator's fact waits for both sides."""
    cast = places.cast
    places.opening = proceedings.give_opening(cast.mediator, case)
    places.point = proceedings.add_point(cast.party_a, case)
    proceedings.add_point(cast.party_b, case)
    places.fact = proceedings.propose_fact(cast.mediator, case)
    proceedings.agree(cast.party_a, places.fact)
    places.sitting = proceedings.begin_sitting(cast.mediator, case, cast.party_a)
    places.note = proceedings.write_note(cast.mediator, case)


def _write(places: Places, stage: str) -> None:
    cast, case = places.cast, places.case[stage]
    cast.case = case
    if stage == "paper":
        places.settlement[stage] = make_paper(cast)
        case.refresh_from_db()
        return
    if stage in {"recorded", "oral"}:
        _speak(places, stage)
        case.refresh_from_db()
        return
    places.settlement[stage] = fresh(make_settlement(cast, stage=stage))
    case.refresh_from_db()
    if stage == "signing":
        places.sha256 = shown_sha256(places.settlement[stage])
        places.code = mailed_code(cast.party_a, places.settlement[stage], places.sha256)
    if stage == "sealed":
        places.release = releases.propose_release(actor=cast.party_a, case=case, court=places.court)


def _speak(places: Places, stage: str) -> None:
    """The record waits for both sides, of which B has answered the private question; or both
    agreed.
    """
    cast = places.cast
    places.settlement[stage] = make_oral(cast, stage="oral" if stage == "oral" else "offered")
    if stage == "recorded":
        confirm_freedom(cast.party_b, places.settlement[stage])


def release(places: Places) -> Release:
    """Side A's proposal, to which side A has agreed."""
    assert places.release is not None
    return releases.consent_to_release(
        actor=places.cast.party_a, release=places.release, language="en"
    )


def released(places: Places) -> Release:
    return releases.consent_to_release(
        actor=places.cast.party_b, release=release(places), language="en"
    )
