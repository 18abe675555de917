"""A case with everything in it that a case can hold, made by the real services."""

from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage

from mediation.cases.models import Case
from mediation.cases.services import participation
from mediation.core.jobs import find_task
from mediation.evidence.enums import Audience
from mediation.evidence.services.documents import add_document
from mediation.matching import services as matching
from mediation.matching.enums import DisclosureKind
from mediation.offers.selectors import OfferTerms, RoundTerms
from mediation.offers.services import offers
from mediation.privacy.models import Erasure
from mediation.privacy.services.erasing import carry_out
from mediation.proceedings.enums import Stage
from mediation.proceedings.services.opening import confirm_opening
from mediation.proceedings.services.stages import move_stage
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from tests.factories import proceedings
from tests.factories.cast import make_cast
from tests.factories.courts import seal
from tests.factories.offers import draft, make_offer
from tests.factories.sealed import both_in
from tests.keyrings import own_keyring


@pytest.fixture(autouse=True)
def own_places(settings, tmp_path):
    """Key ring, keys and files of this test alone."""
    settings.MEDIA_ROOT = tmp_path / "files"
    with own_keyring(settings, tmp_path):
        yield


@pytest.fixture
def mediated(transactional_db):
    """A case in mediation with messages and documents of every audience."""
    cast = make_cast("waiting")
    agree_on_mediator(cast)
    talk(cast, "joint-canary", "caucus-A-talk-canary", "caucus-B-talk-canary")
    offer(cast, "offer-canary", "counter-canary", "proposal-canary")
    lead(cast)
    for user in (cast.party_a, cast.party_b):
        for audience in Audience:
            bring(cast, user, audience, f"{audience}-paper-canary")
    return cast


@pytest.fixture
def settled(mediated):
    """The same, ended with a sealed settlement."""
    mediated.extra["settlement"] = seal(mediated, mediated.case)
    mediated.case.refresh_from_db()
    return mediated


@pytest.fixture
def left(mediated):
    """The same, ended because a party left."""
    participation.leave_case(actor=mediated.party_a, case=mediated.case)
    mediated.case.refresh_from_db()
    return mediated


def agree_on_mediator(cast):
    matching.show_names(actor=cast.mediator, case=cast.case)
    assignment = matching.claim_case(
        actor=cast.mediator,
        case=cast.case,
        disclosure_kind=DisclosureKind.OTHER,
        disclosure_text="disclosure-canary",
        has_no_conflict=False,
    )
    for user in (cast.party_a, cast.party_b):
        matching.answer_assignment(actor=user, assignment=assignment, accepts=True)
    cast.case.refresh_from_db()
    rooms.open_rooms(case=cast.case)


def talk(cast, joint, caucus_a, caucus_b):
    said = [
        (cast.party_a, None, joint),
        (cast.party_a, "A", caucus_a),
        (cast.party_b, "B", caucus_b),
    ]
    for user, letter, body in said:
        room = rooms_visible_to(user).get(case=cast.case, side__letter=letter)
        rooms.post_message(actor=user, room=room, client_id=uuid4(), body=body)


def offer(cast, first, second, proposed):
    """A side's offer, the other's answer to it, a proposal only side A has answered, and a sealed
    round with both figures in that nothing has ended yet.
    """
    made = make_offer(cast.party_a, cast.case, terms=OfferTerms(words=first))
    counter = draft(terms=OfferTerms(words=second))
    offers.counter_offer(actor=cast.party_b, offer=made, draft=counter)
    proposal = make_offer(cast.mediator, cast.case, terms=OfferTerms(words=proposed))
    offers.accept_offer(actor=cast.party_a, offer=proposal)
    row, browser, _other = both_in(cast, terms=RoundTerms("B", "EUR", proposed))
    browser.seal(row)


def lead(cast):
    """Everything the course of a mediation can hold."""
    mediator, case = cast.mediator, cast.case
    words = proceedings.OpeningWords("opening-canary", "rule-canary")
    opening = proceedings.give_opening(mediator, case, words)
    confirm_opening(actor=cast.party_b, opening=opening)
    move_stage(actor=mediator, case=case, stage=Stage.ISSUES)
    proceedings.add_point(cast.party_b, case, "agenda-canary")
    fact = proceedings.propose_fact(cast.party_a, case, "fact-canary")
    proceedings.agree(cast.party_b, fact)
    proceedings.propose_fact(mediator, case, "open-fact-canary")
    proceedings.begin_sitting(mediator, case, cast.party_a)
    for who in (cast.party_a, cast.party_b):
        proceedings.confirm_identity(mediator, case, who)
    proceedings.write_note(mediator, case, "note-canary")


def bring(cast, user, audience, text, name=None):
    return add_document(
        actor=user,
        case=cast.case,
        audience=audience,
        name=f"{name or text}.txt",
        content=BytesIO(text.encode()),
    )


def run_erasures(case: Case) -> list[Erasure]:
    """What the queue would do next."""
    rows = Erasure.objects.unfinished().filter(case_id=case.pk)
    return [carry_out(erasure=row) for row in rows]


def run_job(name: str, **arguments: str) -> None:
    find_task(name).call(**arguments)


def stored_files() -> list[str]:
    folders = default_storage.listdir("sealed")[0] if default_storage.exists("sealed") else []
    return [name for folder in folders for name in default_storage.listdir(f"sealed/{folder}")[1]]
