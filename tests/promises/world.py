"""A case in full life with a canary in every confidential place, for tests that look for leaks."""

from dataclasses import dataclass
from io import BytesIO
from uuid import uuid4

from mediation.cases.services import intake
from mediation.courts.models import Court
from mediation.courts.services import clerks
from mediation.evidence.enums import Audience
from mediation.evidence.services.documents import add_document
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.models import Room
from mediation.settlements.services import drafting
from tests.factories.cast import Cast, make_cast

CAUCUS_A = "canary-of-caucus-A"
CAUCUS_B = "canary-of-caucus-B"
JOINT = "canary-of-the-joint-room"
DRAFT = "canary-of-the-draft"
PAPER_A = "canary-paper-A"
MAY_SEE = {
    "party_a": {CAUCUS_A, JOINT, PAPER_A},
    "party_b": {CAUCUS_B, JOINT},
    "mediator": {CAUCUS_A, CAUCUS_B, JOINT, DRAFT, PAPER_A},
    "coordinator": set(),
    "other_staff": set(),
    "clerk": set(),
    "stranger": set(),
    "nobody": set(),
}
CANARIES = {CAUCUS_A, CAUCUS_B, JOINT, DRAFT, PAPER_A}


@dataclass
class World:
    cast: Cast
    rooms: dict[str, Room]
    court: Court


def make_world() -> World:
    """Both sides and the mediator have spoken everywhere, and a draft is begun."""
    cast = make_cast("mediating")
    court = clerks.open_court(code="C-1", name="A court", seat="Heyang")
    clerks.add_clerk(court=court, user=cast.clerk)
    found = {
        room.side.letter if room.side else "": room for room in rooms.open_rooms(case=cast.case)
    }
    _say(cast.party_a, found["A"], CAUCUS_A)
    _say(cast.party_b, found["B"], CAUCUS_B)
    _say(cast.mediator, found[""], JOINT)
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
    draft = drafting.start_draft(actor=cast.mediator, case=cast.case, language="en")
    drafting.save_draft(
        actor=cast.mediator,
        settlement=draft,
        edition=draft.edition,
        changes={"facts_summary": DRAFT},
    )
    return World(cast, found, court)


def _say(user, room, text):
    visible = rooms_visible_to(user).get(pk=room.pk)
    rooms.post_message(actor=user, room=visible, client_id=uuid4(), body=text)
