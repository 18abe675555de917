"""A case in the middle of a mediation, with a canary in every confidential place."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from mediation.accounts.models import Passkey, User
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Case, Consent
from mediation.cases.services import intake
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center
from mediation.courts.models import Court, Release
from mediation.courts.services import clerks
from mediation.evidence.enums import Audience
from mediation.evidence.services.documents import add_document
from mediation.holds.enums import HoldGround
from mediation.holds.models import Hold
from mediation.holds.services.holds import Duty, propose_hold
from mediation.matching import services as matching
from mediation.matching.enums import DisclosureKind
from mediation.matching.models import Assignment
from mediation.offers.models import Offer, SealedRound
from mediation.offers.selectors import OfferTerms, RoundTerms
from mediation.offers.services import offers
from mediation.privacy.models import ErasureRequest
from mediation.proceedings.models import AgendaPoint, Fact, Note, Sitting
from mediation.proceedings.services.opening import confirm_opening
from mediation.rights.enums import BreachHarm, Right
from mediation.rights.models import Breach, RightsRequest
from mediation.rights.selectors.breaches import BreachFacts, BreachWords
from mediation.rights.services.breaches import record_breach
from mediation.rights.services.requests import ask_center
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import HeldMessage, Member, Room
from mediation.rooms.services import inviting, reviewing
from mediation.settlements.services import drafting
from tests.factories import proceedings
from tests.factories.cast import Cast, make_cast, person
from tests.factories.offers import make_offer
from tests.factories.sealed import propose

CAUCUS_A = "canary-of-caucus-A"
CAUCUS_B = "canary-of-caucus-B"
JOINT = "canary-of-the-joint-room"
OFFER = "canary-of-an-offer"
OPENING = "canary-of-the-opening"
POINT = "canary-of-the-agenda"
FACT = "canary-of-a-fact"
NOTE = "canary-of-a-note"
DRAFT = "canary-of-the-draft"
PAPER_A = "canary-paper-A"
REQUEST = "canary-of-a-request-to-the-centre"
BREACH = "canary-of-a-breach"
TALK_A = "canary-of-a-talk-with-A"
PURPOSE_A = "canary-purpose-for-A"
HELD_A = "canary-held-for-the-mediator"
RETURNED_A = "canary-returned-to-A"
NOTE_TO_A = "canary-note-to-A"
MEDIATORS = "canary-among-mediators"
TALK_B = "canary-of-a-talk-with-B"
PURPOSE_B = "canary-purpose-for-B"
COURSE = {OPENING, POINT, FACT}
ASIDE_A = {TALK_A, PURPOSE_A, HELD_A}
MAY_SEE = {
    "party_a": {CAUCUS_A, JOINT, OFFER, PAPER_A, *COURSE, *ASIDE_A, RETURNED_A, NOTE_TO_A, REQUEST},
    "party_b": {CAUCUS_B, JOINT, OFFER, *COURSE, TALK_B, PURPOSE_B},
    "mediator": {
        *(CAUCUS_A, CAUCUS_B, JOINT, OFFER, DRAFT, PAPER_A, NOTE),
        *(*COURSE, *ASIDE_A, MEDIATORS),
    },
    "coordinator": set(),
    "other_staff": set(),
    "clerk": set(),
    "stranger": set(),
    "nobody": set(),
}
CANARIES = {BREACH}.union(*MAY_SEE.values())  # a breach is for officers alone
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass
class World:
    cast: Cast
    rooms: dict[str, Room]
    court: Court
    assignment: Assignment

    @property
    def case(self) -> Case:
        return self.cast.case


def make_world() -> World:
    """Both sides and the mediator have spoken everywhere, a side and the mediator have offered
    something, of which one side has answered the mediator's, a sealed round is proposed, and a
    draft is begun.
    """
    cast = make_cast("waiting")
    assignment = _find_mediator(cast)
    court = clerks.open_court(code="C-1", name="A court", seat="Heyang")
    clerks.add_clerk(court=court, user=cast.clerk)
    found = {
        room.side.letter if room.side else "": room for room in rooms.open_rooms(case=cast.case)
    }
    _say(cast.party_a, found["A"], CAUCUS_A)
    _say(cast.party_b, found["B"], CAUCUS_B)
    _say(cast.mediator, found[""], JOINT)
    found["talk"] = _talk_with_a(cast)
    found["held"] = _talk_under_review(cast)
    _among_mediators(cast, found)
    for user, canary in ((cast.party_a, CAUCUS_A), (cast.party_b, CAUCUS_B)):
        intake.save_statement(
            actor=user, case=cast.case, answers={"background": canary, "wishes": canary}
        )
    add_document(
        actor=cast.party_a,
        case=cast.case,
        audience=Audience.MEDIATOR,
        name=f"{PAPER_A}.txt",
        content=BytesIO(PAPER_A.encode()),
    )
    make_offer(cast.party_a, cast.case, terms=OfferTerms(words=OFFER))
    proposal = make_offer(cast.mediator, cast.case)
    offers.accept_offer(actor=cast.party_a, offer=proposal)
    asked = RoundTerms(payer="B", currency="EUR", question=OFFER)
    propose(cast.party_a, cast.case, terms=asked)
    _lead(cast)
    draft = drafting.start_draft(actor=cast.mediator, case=cast.case, language="en")
    drafting.save_draft(
        actor=cast.mediator,
        settlement=draft,
        edition=draft.edition,
        changes={"facts_summary": DRAFT},
    )
    _ask_about_data(cast)
    return World(cast, found, court, assignment)


def _ask_about_data(cast: Cast) -> None:
    """Side A has asked the centre for something; an officer proposes a hold and notes a breach."""
    officer = add_officer(cast)
    ask_center(actor=cast.party_a, center=cast.center, right=Right.EXPLAIN, words=REQUEST)
    review = timezone.localdate() + timedelta(days=90)
    duty = Duty("settlement", HoldGround.COURT_ORDER, "Order 1", review)
    propose_hold(actor=officer, case=cast.case, duty=duty)
    note_a_breach(cast, officer)


def add_officer(cast: Cast) -> User:
    """Who looks after the centre's privacy, and is none of the cast."""
    officer = person("oona")
    centers.add_member(center=cast.center, user=officer, role=CenterRole.PRIVACY_OFFICER)
    return officer


def note_a_breach(cast: Cast, officer: User) -> None:
    facts = BreachFacts(
        timezone.now(), BreachHarm.SOME, BreachWords(BREACH, cases=cast.case.number)
    )
    record_breach(actor=officer, center=cast.center, facts=facts)


def _lead(cast: Cast) -> None:
    """Side A has read the opening and answered the fact; side B has done neither."""
    mediator, case = cast.mediator, cast.case
    words = proceedings.OpeningWords(OPENING, "A rule.")
    opening = proceedings.give_opening(mediator, case, words)
    confirm_opening(actor=cast.party_a, opening=opening)
    proceedings.add_point(cast.party_a, case, POINT)
    fact = proceedings.propose_fact(mediator, case, FACT)
    proceedings.agree(cast.party_a, fact)
    proceedings.begin_sitting(mediator, case, cast.party_a)
    proceedings.confirm_identity(mediator, case, cast.party_a)
    proceedings.write_note(mediator, case, NOTE)


def _find_mediator(cast: Cast) -> Assignment:
    matching.show_names(actor=cast.mediator, case=cast.case)
    assignment = matching.claim_case(
        actor=cast.mediator,
        case=cast.case,
        disclosure_kind=DisclosureKind.NONE,
        disclosure_text="",
        has_no_conflict=True,
    )
    for user in (cast.party_a, cast.party_b):
        matching.answer_assignment(actor=user, assignment=assignment, accepts=True)
    cast.case.refresh_from_db()
    return assignment


def _talk_with_a(cast: Cast) -> Room:
    """A talk by invitation of side A and the mediator, in which both have a canary."""
    ada = cast.case.participants.get(user=cast.party_a)
    talk = inviting.invite_to_talk(
        actor=cast.mediator, case=cast.case, purpose=PURPOSE_A, people=[ada.pk]
    )
    inviting.agree_to_talk(actor=cast.party_a, room=talk)
    _say(cast.party_a, talk, TALK_A)
    return talk


def _talk_under_review(cast: Cast) -> Room:
    """A talk of both sides in which the mediator reads first, and words of side A wait."""
    parties = [part.pk for part in cast.case.participants.parties()]
    talk = inviting.invite_to_talk(
        actor=cast.mediator, case=cast.case, purpose="Both sides", people=parties
    )
    for user in (cast.party_a, cast.party_b):
        talk = inviting.agree_to_talk(actor=user, room=talk)
    reviewing.propose_review(actor=cast.mediator, room=talk)
    for user in (cast.party_a, cast.party_b):
        reviewing.agree_to_review(actor=user, room=talk)
    _say(cast.party_a, talk, RETURNED_A)
    returned = HeldMessage.objects.get(room=talk)
    reviewing.return_message(actor=cast.mediator, held=returned, note=NOTE_TO_A)
    _say(cast.party_a, talk, HELD_A)
    return talk


def _among_mediators(cast: Cast, found: dict[str, Room]) -> None:
    """A second mediator, with whom the first talks alone, and who talks with side B alone."""
    second = person("mo")
    row = {"user": second, "role": ParticipantRole.MEDIATOR, "joined_at": timezone.now()}
    cast.case.participants.create(**row)
    rooms.open_rooms(case=cast.case)
    found["mediators"] = cast.case.rooms.get(kind=RoomKind.MEDIATORS)
    _say(cast.mediator, found["mediators"], MEDIATORS)
    bo = cast.case.participants.get(user=cast.party_b)
    found["talk_b"] = inviting.invite_to_talk(
        actor=second, case=cast.case, purpose=PURPOSE_B, people=[bo.pk]
    )
    inviting.agree_to_talk(actor=cast.party_b, room=found["talk_b"])
    _say(cast.party_b, found["talk_b"], TALK_B)


def _say(user: User, room: Room, text: str) -> None:
    visible = rooms_visible_to(user).get(pk=room.pk)
    rooms.post_message(actor=user, room=visible, client_id=uuid4(), body=text)


def client_of(user: User | None) -> Client:
    """This person's browser; a person or nobody."""
    client = Client(headers={"host": "127.0.0.1"})
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


def values_of_every_parameter() -> dict[str, list[str]]:
    """What a thief of ids would fill in: for each parameter the keys of the rows it could mean."""
    others = ("evidence.Document", "matching.Assignment", "privacy.Certificate")
    elsewhere = [_keys(apps.get_model(label)) for label in others]
    return {
        "case_id": _keys(Case),
        "center_id": [*_keys(Center), *_keys(Case)],
        "pk": [*_keys(Case), *(key for keys in elsewhere for key in keys)],
        "room_id": [*_keys(Room), *_keys(Case)],
        "member_id": [*_keys(Member), *_keys(Room)],
        "held_id": [*_keys(HeldMessage), *_keys(Room)],
        "offer_id": [*_keys(Offer), *_keys(Case)],
        "point_id": [*_keys(AgendaPoint), *_keys(Case)],
        "fact_id": [*_keys(Fact), *_keys(Case)],
        "sitting_id": [*_keys(Sitting), *_keys(Case)],
        "note_id": [*_keys(Note), *_keys(Case)],
        "consent_id": [str(row.pk) for row in Consent.objects.filter(purpose="mediate")],
        "round_id": [*_keys(SealedRound), *_keys(Case)],
        "release_id": [*_keys(Release), *_keys(Court)],
        "hold_id": [*_keys(Hold), *_keys(Case)],
        "request_id": [*_keys(RightsRequest), *_keys(Case)],
        "breach_id": [*_keys(Breach), *_keys(Case)],
        "wish_id": [*_keys(ErasureRequest), *_keys(Case)],
        "passkey_id": [*_keys(Passkey), *_keys(Case)],
        "name": ["summary", "background"],
        "purpose": ["mediate", "video"],
        "scope": ["own", "everything"],
        "obligation_id": ["o1", "new"],
        "party_id": ["A", "B"],
        "guarantor_id": ["g1", "new"],
        "clause": ["o1", "text"],
        "line_key": ["o1", "o2"],
        "number": ["1", "2"],
        "version": ["1", "2"],
        "sequence": ["1", "2"],
        "key": ["nobody"],
        "segment": ["2026"],
        "size": ["1"],
    }


def _keys(model: type[Model]) -> list[str]:
    return [str(pk) for pk in model._default_manager.values_list("pk", flat=True)]
