"""Before signing: a question nobody else sees, and what follows from either answer."""

import io
import json
import zipfile
from uuid import uuid4

import pytest
from django.urls import reverse

from mediation.audit.selectors import history_for_case
from mediation.core.errors import Forbidden, WrongState
from mediation.privacy.services.export import download_data
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Message
from mediation.rooms.services import open_rooms
from mediation.settlements.access import freedom_confirmations_visible_to
from mediation.settlements.models import FreedomConfirmation, Settlement, Signature
from mediation.settlements.selectors import document_of
from mediation.settlements.selectors.freedom import freedom_lines
from mediation.settlements.services import freedom, offering, signing
from mediation.settlements.services.offering import OtherText
from tests.factories.cast import NAMES, Cast, make_cast
from tests.factories.settlements import (
    approve,
    confirm_freedom,
    make_settlement,
    prove,
    shown_sha256,
    sign,
)
from tests.promises.tables import changed, fingerprint
from tests.settlements.test_views import as_person, page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def prepared_once(cast_once: Cast) -> Settlement:
    made = make_settlement(cast_once, stage="preparing")
    signing.prepare_document(settlement=made)
    return made


@pytest.fixture
def settlement(prepared_once: Settlement, cast: Cast) -> Settlement:
    """Ready to sign, and nobody has answered the question yet."""
    cast.case.refresh_from_db()
    return fresh(prepared_once)


def fresh(settlement: Settlement) -> Settlement:
    return Settlement.objects.select_related("case").get(pk=settlement.pk)


def answer(settlement: Settlement, choice: str) -> dict[str, str]:
    document = document_of(settlement)
    assert document is not None
    return {"terms_sha256": document.version.terms_sha256, "answer": choice}


def test_no_party_signs_before_they_said_that_they_are_free(cast: Cast, settlement: Settlement):
    sha256 = shown_sha256(settlement)
    prove(cast.party_a, sha256)
    with pytest.raises(freedom.FreedomNotConfirmed):
        signing.send_signing_code(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    with pytest.raises(freedom.FreedomNotConfirmed):
        signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    confirm_freedom(cast.party_b, settlement)  # the other side's yes is not mine
    with pytest.raises(freedom.FreedomNotConfirmed):
        signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    confirm_freedom(cast.party_a, settlement)
    signing.sign(actor=cast.party_a, settlement=settlement, document_sha256=sha256)
    assert Signature.objects.count() == 1


@pytest.mark.parametrize(
    "order",
    [("party_b", "mediator", "party_a"), ("mediator", "party_a", "party_b")],
    ids=lambda order: order[0],
)
def test_nobody_has_to_sign_first(cast: Cast, settlement: Settlement, order: tuple[str, ...]):
    for who in order:
        if who != "mediator":
            confirm_freedom(getattr(cast, who), settlement)
        sign(getattr(cast, who), fresh(settlement))
    assert fresh(settlement).state == "sealing"


def test_the_question_leads_to_the_signature_and_back(cast: Cast, settlement: Settlement):
    client = as_person(cast.party_a)
    assert client.get(page(cast, "sign")).headers["Location"] == page(cast, "freedom")
    assert (
        "answer"
        in client.post(page(cast, "freedom"), answer(settlement, "")).context["form"].errors
    )
    there = client.post(page(cast, "freedom"), answer(settlement, "free"))
    assert there.headers["Location"] == page(cast, "sign")
    assert client.get(page(cast, "sign")).status_code == 200
    assert as_person(cast.party_b).get(page(cast, "sign")).status_code == 302
    assert as_person(cast.mediator).get(page(cast, "sign")).status_code == 200


def test_both_answers_look_alike_and_none_is_chosen(cast: Cast, settlement: Settlement):
    html = as_person(cast.party_a).get(page(cast, "freedom")).content.decode()
    assert html.count('type="radio"') == 2
    assert " checked" not in html


def test_being_unsure_leaves_nothing_behind(cast: Cast, settlement: Settlement):
    client = as_person(cast.party_a)
    before = fingerprint()
    shown = client.post(page(cast, "freedom"), answer(settlement, "unsure"))
    assert changed(before, fingerprint()) == set()
    assert shown.status_code == 200  # the same address: no log can tell the answers apart
    for way in ("tell_mediator", "refuse", "pdf", "read"):
        assert page(cast, way) in shown.content.decode()


def test_telling_the_mediator_is_a_message_in_the_own_private_talk(
    cast: Cast, settlement: Settlement
):
    open_rooms(case=cast.case)
    client = as_person(cast.party_a)
    client.post(
        page(cast, "tell_mediator"), {"note": "My uncle stands behind me.", "client_id": uuid4()}
    )
    message = Message.objects.latest("sent_at")
    assert message.room.kind == RoomKind.CAUCUS
    assert (message.room.side.letter, message.participant.user) == ("A", cast.party_a)
    assert not FreedomConfirmation.objects.exists()


def test_an_empty_note_is_not_sent(cast: Cast, settlement: Settlement):
    before = Message.objects.count()
    shown = as_person(cast.party_a).post(
        page(cast, "tell_mediator"), {"note": " ", "client_id": uuid4()}
    )
    assert shown.context["form"].errors["note"]
    assert Message.objects.count() == before


def test_the_mediator_sees_whether_it_is_done_and_the_other_side_nothing(
    cast: Cast, settlement: Settlement
):
    before = _seen_by(cast.party_b, cast)
    confirm_freedom(cast.party_a, settlement)
    confirm_freedom(cast.party_a, settlement)  # twice is the same as once
    assert FreedomConfirmation.objects.count() == 1
    document = document_of(fresh(settlement))
    lines = [(line.name, line.is_done) for line in freedom_lines(cast.mediator, document)]
    assert lines == [("Ada Applicant", True), ("Bo Respondent", False)]
    assert freedom_lines(cast.party_b, document) == []
    assert _seen_by(cast.party_b, cast) == before
    seen = {who for who in NAMES if freedom_confirmations_visible_to(getattr(cast, who)).exists()}
    assert seen == {"party_a", "mediator"}
    assert "Not yet confirmed" in text_of(as_person(cast.mediator).get(page(cast, "read")))


def _seen_by(user, cast: Cast) -> list[str]:
    """What the pages about the settlement and the case's own records say to this person."""
    client = as_person(user)
    records = reverse("privacy:case", args=[cast.case.pk])
    shown = [text_of(client.get(path)) for path in (page(cast, "read"), records)]
    assert not any("free to say no" in text for text in shown)
    return shown


def test_it_is_for_one_document_and_dies_with_it(cast: Cast, settlement: Settlement):
    confirm_freedom(cast.party_a, settlement)
    offering.reopen_draft(actor=cast.mediator, settlement=settlement)
    assert not FreedomConfirmation.objects.exists()
    again = fresh(settlement)
    offering.freeze_version(actor=cast.mediator, settlement=again, edition=again.edition)
    for user in (cast.party_a, cast.party_b):
        approve(user, fresh(again))
    signing.prepare_document(settlement=fresh(again))
    with pytest.raises(freedom.FreedomNotConfirmed):
        signing.send_signing_code(
            actor=cast.party_a, settlement=fresh(again), document_sha256=shown_sha256(again)
        )


def test_a_yes_to_other_terms_does_not_count(cast: Cast, settlement: Settlement):
    with pytest.raises(OtherText):
        freedom.confirm_freedom(actor=cast.party_a, settlement=settlement, terms_sha256="0" * 64)


@pytest.mark.parametrize("who", [name for name in NAMES if name not in {"party_a", "party_b"}])
def test_only_parties_are_asked(cast: Cast, settlement: Settlement, who: str):
    with pytest.raises(Forbidden):
        freedom.confirm_freedom(
            actor=getattr(cast, who), settlement=settlement, terms_sha256="0" * 64
        )
    with pytest.raises(Forbidden):
        freedom.tell_mediator(
            actor=getattr(cast, who), settlement=settlement, note="x", client_id=uuid4()
        )


def test_on_paper_the_question_is_not_asked(cast: Cast, settlement: Settlement):
    Settlement.objects.filter(pk=settlement.pk).update(is_paper_only=True)
    with pytest.raises(WrongState):
        confirm_freedom(cast.party_a, fresh(settlement))
    answered = as_person(cast.party_a).get(page(cast, "freedom"))
    assert answered.headers["Location"] == page(cast, "read")


def test_before_there_is_a_document_there_is_no_question():
    cast = make_cast("mediating")
    offered = make_settlement(cast, stage="offered")
    with pytest.raises(WrongState):
        confirm_freedom(cast.party_a, offered)


def test_the_record_has_no_more_than_that_it_was_done(cast: Cast, settlement: Settlement):
    confirm_freedom(cast.party_a, settlement)
    (line,) = [
        line for line in history_for_case(cast.case.pk) if line.action == "freedom.confirmed"
    ]
    assert line.actor_id == cast.party_a.pk


def test_a_copy_of_ones_own_data_says_when(cast: Cast, settlement: Settlement):
    confirm_freedom(cast.party_a, settlement)
    assert _confirmed_at(cast.party_a, cast)
    assert _confirmed_at(cast.party_b, cast) is None


def _confirmed_at(user, cast: Cast) -> str | None:
    with zipfile.ZipFile(io.BytesIO(download_data(actor=user, case=cast.case))) as archive:
        (told,) = json.loads(archive.read("data.json"))["settlements"]
    return told["i_confirmed_that_i_am_free_to_say_no_at"]
