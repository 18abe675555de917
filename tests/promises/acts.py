"""Everything a person can do in matching, rooms, offers, proceedings, settlements, performance and
courts, by service and by page.

One line an act: where the case stands, who does it, the service call, and the page and fields that
lead to it. `ACTS` need both sides' consents in force. `WAYS_OUT` never do: nobody has to agree to
anything in order to leave, refuse or read what was said to them.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from mediation.cases.models import Case
from mediation.core.errors import DomainError
from mediation.courts.services import packages, releases
from mediation.matching import services as matching
from mediation.matching.enums import DisclosureKind
from mediation.offers.models import SealedRound
from mediation.offers.services import figures, offers, rounds
from mediation.performance.enums import Says
from mediation.performance.services import certificates, reminders
from mediation.proceedings.enums import IdentityMethod, Stage
from mediation.proceedings.services import (
    agenda,
    facts,
    identity,
    notes,
    opening,
    sittings,
    stages,
)
from mediation.rooms import services as rooms
from mediation.rooms.models import HeldMessage, Message, Room
from mediation.rooms.readings import share_reading
from mediation.rooms.services import appending, inviting, releasing, reviewing
from mediation.rooms.services.drafts import Draft
from mediation.settlements.document.terms import Guarantor, PartyKind
from mediation.settlements.models import FreedomConfirmation
from mediation.settlements.selectors import current_version
from mediation.settlements.services import (
    amending,
    commenting,
    drafting,
    freedom,
    offering,
    oral,
    reading,
    scanning,
    sealing,
    signing,
)
from mediation.settlements.services.revisions import sha256_of
from tests.factories import offers as offer_factory
from tests.factories import performance, proceedings, sealed
from tests.factories.courts import fresh
from tests.factories.passkeys import Device, give_passkey
from tests.factories.settlements import PAYMENT, add_scan, scan_bytes
from tests.promises.places import Places, release, released

Fields = Callable[[Places], dict[str, Any]]


@dataclass(frozen=True)
class Door:
    """A page that does the act by POST: its name, its ids, the fields."""

    name: str
    ids: Fields
    fields: Fields = field(default=lambda places: {})


@dataclass(frozen=True)
class Act:
    """`prepare` is what has to have happened just before; its result is handed to the others."""

    service: str
    stage: str
    who: str
    call: Callable[[Places], object]
    doors: tuple[Door, ...] = ()
    prepare: Callable[[Places], object] = lambda places: None

    def __str__(self) -> str:
        return self.service


def case_id(stage: str, **more: str) -> Fields:
    return lambda places: {"case_id": places.case[stage].pk, **more}


def case_pk(stage: str) -> Fields:
    return lambda places: {"pk": places.case[stage].pk}


def assignment_pk(stage: str) -> Fields:
    return lambda places: {"pk": places.assignment[stage].pk}


def settlement_page(name: str, stage: str, fields: Fields | None = None, **more: str) -> Door:
    return Door(f"settlements:{name}", case_id(stage, **more), fields or (lambda places: {}))


def edition(places: Places) -> dict[str, Any]:
    return {"edition": fresh(places.settlement["drafting"]).edition}


def whose_draft(places: Places) -> dict[str, Any]:
    return {
        "actor": places.cast.mediator,
        "settlement": places.settlement["drafting"],
        **edition(places),
    }


def draft_fields(places: Places) -> dict[str, Any]:
    written = {"facts_summary": "New words.", "issues": "One", "settles": "All"}
    return {**edition(places), **written, "scope": "full", "enforcement": "none"}


def obligation_fields(places: Places) -> dict[str, Any]:
    who = {"debtor": "B", "creditor": "A", "kind": "do", "description": "Something else"}
    return {**edition(places), **who, "condition": "after spring"}


def add_guarantor(places: Places) -> object:
    guarantor = Guarantor(id="g1", name="Olaf", obligations=("o1",), document="Paper")
    return drafting.save_guarantor(**whose_draft(places), guarantor=guarantor)


def ask_for_change(places: Places) -> object:
    return amending.propose_amendment(
        actor=places.cast.party_a, settlement=places.settlement["sealed"], wish="Another day."
    )


def scan_fields(places: Places) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("scan.pdf", scan_bytes(), "application/pdf")}


def scan_answer_fields(places: Places) -> dict[str, Any]:
    return {"sha256": sha256_of(scan_bytes()), "says": "same"}


def guarantor_fields(places: Places) -> dict[str, Any]:
    return {**edition(places), "name": "Olaf", "obligations": ["o1"], "document": "Paper"}


def answering(places: Places) -> dict[str, Any]:
    return {"actor": places.cast.party_b, "version": places.version()}


def comment_fields(places: Places) -> dict[str, Any]:
    return {
        "version": "1",
        "body": "Later, please.",
        "audience": "open",
        "client_id": uuid4(),
    }


def signing_now(places: Places) -> dict[str, Any]:
    return {
        "actor": places.cast.party_a,
        "settlement": places.settlement["signing"],
        "document_sha256": places.sha256,
    }


def terms_to_sign(places: Places) -> str:
    version = current_version(places.settlement["signing"])
    assert version is not None
    return version.terms_sha256


def recorded(places: Places) -> dict[str, Any]:
    version = current_version(places.settlement["recorded"])
    assert version is not None
    return {"version": version, "terms_sha256": version.terms_sha256}


def agree_fields(places: Places) -> dict[str, Any]:
    shown = recorded(places)
    return {**shown, "version": shown["version"].number, "is_meant": "on"}


def freedom_fields(places: Places) -> dict[str, Any]:
    return {"terms_sha256": terms_to_sign(places), "answer": "free"}


def sign_fields(places: Places) -> dict[str, Any]:
    return {
        "document_sha256": places.sha256,
        "typed_name": "Ada Applicant",
        "code": places.code,
    }


def answer_by_passkey(places: Places) -> None:
    device = Device()
    give_passkey(places.cast.party_a, device)
    places.answer = device.answer(signing.begin_passkey(**signing_now(places)))


def paper_fields(places: Places) -> dict[str, Any]:
    today = timezone.localdate()
    parts = {"day": today.day, "month": today.month, "year": today.year}
    parts = {f"signed_on_{name}": value for name, value in parts.items()}
    return {**parts, "is_signed": "on"}


def append(places: Places) -> object:
    """The room's own way in for sockets; it returns refusals instead of raising them."""
    draft = Draft(places.cast.party_a, places.room["talking"].pk, uuid4(), "hello")
    (result,) = appending.append([draft])
    if isinstance(result, DomainError):
        raise result
    return result


def first_words(places: Places) -> dict[str, Any]:
    return {"actor": places.cast.party_a, "room_id": places.room["talking"].pk, "sequence": 1}


def message_ids(places: Places) -> dict[str, Any]:
    room = places.room["talking"]
    return {"case_id": room.case_id, "room_id": room.pk, "sequence": 1}


def private_room(places: Places) -> Room:
    return places.case["talking"].rooms.get(side__letter="A")


def private_ids(places: Places) -> dict[str, Any]:
    room = private_room(places)
    return {"case_id": room.case_id, "room_id": room.pk, "sequence": 1}


def release_fields(places: Places) -> dict[str, Any]:
    return {"client_id": uuid4(), "shown_sha256": releasing.text_sha256(places.private_words)}


def room_ids(name: str) -> Fields:
    return lambda places: {
        "case_id": places.case["talking"].pk,
        "room_id": places.room[name].pk,
    }


def fresh_held(places: Places) -> HeldMessage:
    return HeldMessage.objects.select_related("room__case").get(pk=places.held.pk)


def held_ids(places: Places) -> dict[str, Any]:
    return {"case_id": places.case["talking"].pk, "held_id": places.held.pk}


def talk_ids(places: Places) -> dict[str, Any]:
    return {"case_id": places.talk.case_id, "room_id": places.talk.pk}


def guest_ids(places: Places) -> dict[str, Any]:
    return {"case_id": places.talk.case_id, "member_id": places.guest.pk}


def side_a(places: Places) -> UUID:
    return places.case["talking"].participants.get(user=places.cast.party_a).pk


def offer_ids(places: Places) -> dict[str, Any]:
    return {"case_id": places.case["talking"].pk, "offer_id": places.offer.pk}


def answering_offer(places: Places) -> dict[str, Any]:
    return {"actor": places.cast.party_b, "offer": places.offer}


def offer_fields(places: Places) -> dict[str, Any]:
    return {"client_id": uuid4(), "words": "An apology.", "valid_days": 7}


def course_ids(places: Places) -> dict[str, Any]:
    return {"case_id": places.case["talking"].pk}


def point_ids(places: Places) -> dict[str, Any]:
    return {**course_ids(places), "point_id": places.point.pk}


def fact_ids(places: Places) -> dict[str, Any]:
    return {**course_ids(places), "fact_id": places.fact.pk}


def sitting_ids(places: Places) -> dict[str, Any]:
    return {**course_ids(places), "sitting_id": places.sitting.pk}


def note_ids(places: Places) -> dict[str, Any]:
    return {**course_ids(places), "note_id": places.note.pk}


def leading(places: Places) -> dict[str, Any]:
    return {"actor": places.cast.mediator, "case": places.case["talking"]}


def saying(places: Places) -> dict[str, Any]:
    return {"actor": places.cast.party_b, "fact": places.fact}


def part_b(places: Places) -> Any:
    return proceedings.part_of(places.cast.party_b, places.case["talking"])


def part_fields(places: Places) -> dict[str, Any]:
    return {"person": part_b(places).pk}


def part_a_fields(places: Places) -> dict[str, Any]:
    return {"person": proceedings.part_of(places.cast.party_a, places.case["talking"]).pk}


def release_ids(places: Places) -> dict[str, Any]:
    assert places.release is not None
    return {"case_id": places.case["sealed"].pk, "release_id": places.release.pk}


def package_ids(places: Places) -> dict[str, Any]:
    assert places.release is not None
    return {"release_id": places.release.pk}


def propose(places: Places) -> SealedRound:
    """Side A's proposal of a sealed round."""
    return sealed.propose(places.cast.party_a, places.case["talking"])


def agree(places: Places) -> SealedRound:
    return rounds.agree_to_round(actor=places.cast.party_b, row=propose(places))


def browsers(places: Places) -> tuple[sealed.Browser, sealed.Browser]:
    """The two sides' browsers, with the same keys each time."""
    return sealed.browsers(places.cast, known=True)


def both_in(places: Places) -> SealedRound:
    row = agree(places)
    for browser in browsers(places):
        row = browser.commit(row)
    return row


def a_has_sealed(places: Places) -> SealedRound:
    return browsers(places)[0].seal(both_in(places))


def the_round(places: Places) -> SealedRound:
    return SealedRound.objects.select_related("case", "side").get(case=places.case["talking"])


def round_ids(places: Places) -> dict[str, Any]:
    return {"case_id": places.case["talking"].pk, "round_id": the_round(places).pk}


def round_fields(places: Places) -> dict[str, Any]:
    asked = {"question": "All of it?", "payer": "A", "currency": "EUR", "rule": "overlap"}
    return {"client_id": uuid4(), **asked, "valid_days": 7}


def answering_round(places: Places) -> dict[str, Any]:
    return {"actor": places.cast.party_b, "row": the_round(places)}


def revealed(places: Places) -> dict[str, Any]:
    """What side B's browser would send last. Its key does not ask whether it still may."""
    browser, row = browsers(places)[1], the_round(places)
    keys = [sealed.public_key(one.private) for one in browsers(places)]
    key = sealed.shared_key(browser.private, keys[0], keys, row.pk)
    text = sealed.encrypted(key, browser.text(row))
    return {"opening": text, "key": b64encode(key).decode()}


def line_ids(places: Places) -> dict[str, Any]:
    return {"case_id": places.case["sealed"].pk, "line_key": "o1"}


def word_fields(seen: int, **more: str) -> Fields:
    """`seen` is the number of the last statement once the act itself was undone."""
    return lambda places: {"client_id": uuid4(), "seen": seen, **more}


def said(*words: tuple[str, Says]) -> Callable[[Places], object]:
    """The sides have said these about the payment."""

    def prepare(places: Places) -> None:
        for who, says in words:
            user = getattr(places.cast, who)
            performance.say(user, places.settlement["sealed"], says)

    return prepare


def tracking(places: Places) -> dict[str, Any]:
    return {"actor": places.cast.party_a, "settlement": places.settlement["sealed"]}


ACTS = [
    Act(
        "matching.services.show_names",
        "waiting",
        "mediator",
        lambda p: matching.show_names(actor=p.cast.mediator, case=p.case["waiting"]),
        (Door("matching:names", case_pk("waiting")),),
    ),
    Act(
        "matching.services.claim_case",
        "waiting",
        "mediator",
        lambda p: matching.claim_case(
            actor=p.cast.mediator,
            case=p.case["waiting"],
            disclosure_kind=DisclosureKind.NONE,
            disclosure_text="",
            has_no_conflict=True,
        ),
        (
            Door(
                "matching:claim",
                case_pk("waiting"),
                lambda p: {"disclosure_kind": "none", "is_impartial": "on"},
            ),
        ),
    ),
    Act(
        "matching.services.answer_assignment",
        "proposed",
        "party_b",
        lambda p: matching.answer_assignment(
            actor=p.cast.party_b, assignment=p.assignment["proposed"], accepts=True
        ),
        (Door("matching:answer", assignment_pk("proposed"), lambda p: {"answer": "accept"}),),
    ),
    Act("rooms.services.appending.append", "talking", "party_a", append),
    Act(
        "rooms.services.post_message",
        "talking",
        "party_a",
        lambda p: rooms.post_message(
            actor=p.cast.party_a, room=p.room["talking"], client_id=uuid4(), body="hello"
        ),
        (
            Door(
                "rooms:room",
                lambda p: {"case_id": p.case["talking"].pk, "room_id": p.room["talking"].pk},
                lambda p: {"client_id": uuid4(), "body": "hello"},
            ),
        ),
    ),
    Act(
        "rooms.services.edit_message",
        "talking",
        "party_a",
        lambda p: rooms.edit_message(**first_words(p), client_id=uuid4(), body="better words"),
        (
            Door(
                "rooms:message",
                message_ids,
                lambda p: {"client_id": uuid4(), "body": "better words"},
            ),
        ),
        prepare=lambda p: Message.objects.update(sent_at=timezone.now()),
    ),
    Act(
        "rooms.services.releasing.release_message",
        "talking",
        "party_a",
        lambda p: releasing.release_message(
            actor=p.cast.party_a, room_id=private_room(p).pk, sequence=1, **release_fields(p)
        ),
        (Door("rooms:release", private_ids, release_fields),),
    ),
    Act(
        "rooms.services.reviewing.propose_review",
        "talking",
        "mediator",
        lambda p: reviewing.propose_review(actor=p.cast.mediator, room=p.room["plain"]),
        (Door("rooms:propose_review", room_ids("plain")),),
    ),
    Act(
        "rooms.services.reviewing.agree_to_review",
        "talking",
        "party_b",
        lambda p: reviewing.agree_to_review(actor=p.cast.party_b, room=p.room["proposed"]),
        (Door("rooms:agree_review", room_ids("proposed")),),
    ),
    Act(
        "rooms.services.reviewing.pass_on",
        "talking",
        "mediator",
        lambda p: reviewing.pass_on(actor=p.cast.mediator, held=fresh_held(p)),
        (Door("rooms:pass_on", held_ids),),
    ),
    Act(
        "rooms.services.reviewing.return_message",
        "talking",
        "mediator",
        lambda p: reviewing.return_message(
            actor=p.cast.mediator, held=fresh_held(p), note="Softer, please."
        ),
        (Door("rooms:return_held", held_ids, lambda p: {"note": "Softer, please."}),),
    ),
    Act(
        "rooms.services.inviting.invite_to_talk",
        "talking",
        "mediator",
        lambda p: inviting.invite_to_talk(
            actor=p.cast.mediator, case=p.case["talking"], purpose="one more", people=[side_a(p)]
        ),
        (
            Door(
                "rooms:invite",
                case_id("talking"),
                lambda p: {"purpose": "one more", "people": [str(side_a(p))]},
            ),
        ),
    ),
    Act(
        "rooms.services.inviting.agree_to_talk",
        "talking",
        "party_a",
        lambda p: inviting.agree_to_talk(actor=p.cast.party_a, room=p.talk),
        (Door("rooms:agree", talk_ids),),
    ),
    Act(
        "rooms.services.inviting.approve_presence",
        "talking",
        "party_a",
        lambda p: inviting.approve_presence(actor=p.cast.party_a, guest=p.guest),
        (Door("rooms:approve", guest_ids),),
    ),
    Act(
        "offers.services.offers.make_offer",
        "talking",
        "mediator",
        lambda p: offer_factory.make_offer(p.cast.mediator, p.case["talking"]),
        (Door("offers:new", case_id("talking"), offer_fields),),
    ),
    Act(
        "offers.services.offers.counter_offer",
        "talking",
        "party_b",
        lambda p: offers.counter_offer(**answering_offer(p), draft=offer_factory.draft()),
        (Door("offers:counter", offer_ids, offer_fields),),
    ),
    Act(
        "offers.services.offers.accept_offer",
        "talking",
        "party_b",
        lambda p: offers.accept_offer(**answering_offer(p)),
        (Door("offers:accept", offer_ids),),
    ),
    Act(
        "offers.services.rounds.propose_round",
        "talking",
        "mediator",
        lambda p: sealed.propose(p.cast.mediator, p.case["talking"]),
        (Door("offers:propose_round", case_id("talking"), round_fields),),
    ),
    Act(
        "offers.services.rounds.agree_to_round",
        "talking",
        "party_b",
        lambda p: rounds.agree_to_round(**answering_round(p)),
        (Door("offers:agree_to_round", round_ids),),
        prepare=propose,
    ),
    Act(
        "offers.services.figures.commit_figure",
        "talking",
        "party_b",
        lambda p: browsers(p)[1].commit(the_round(p)),
        (
            Door(
                "offers:commit_figure",
                round_ids,
                lambda p: vars(browsers(p)[1].entry(the_round(p))),
            ),
        ),
        prepare=agree,
    ),
    Act(
        "offers.services.figures.seal_for_both",
        "talking",
        "party_b",
        lambda p: figures.seal_for_both(**answering_round(p), opening=revealed(p)["opening"]),
        (Door("offers:seal_for_both", round_ids, lambda p: {"opening": revealed(p)["opening"]}),),
        prepare=both_in,
    ),
    Act(
        "offers.services.figures.open_round",
        "talking",
        "party_b",
        lambda p: figures.open_round(**answering_round(p), **revealed(p)),
        (Door("offers:open_round", round_ids, revealed),),
        prepare=a_has_sealed,
    ),
    Act(
        "proceedings.services.opening.give_opening",
        "talking",
        "mediator",
        lambda p: proceedings.give_opening(
            p.cast.mediator, p.case["talking"], proceedings.OpeningWords("Welcome.", "Be kind.")
        ),
        (
            Door(
                "proceedings:write_opening",
                course_ids,
                lambda p: {"statement": "Welcome.", "rules": "Be kind."},
            ),
        ),
    ),
    Act(
        "proceedings.services.opening.confirm_opening",
        "talking",
        "party_b",
        lambda p: opening.confirm_opening(actor=p.cast.party_b, opening=p.opening),
        (Door("proceedings:confirm_opening", course_ids, lambda p: {"number": 1}),),
    ),
    Act(
        "proceedings.services.stages.move_stage",
        "talking",
        "mediator",
        lambda p: stages.move_stage(**leading(p), stage=Stage.OPTIONS),
        (Door("proceedings:move_stage", course_ids, lambda p: {"stage": "options"}),),
    ),
    Act(
        "proceedings.services.agenda.add_point",
        "talking",
        "party_b",
        lambda p: proceedings.add_point(p.cast.party_b, p.case["talking"]),
        (
            Door(
                "proceedings:new_point",
                course_ids,
                lambda p: {"client_id": uuid4(), "title": "The noise"},
            ),
        ),
    ),
    Act(
        "proceedings.services.agenda.move_point",
        "talking",
        "mediator",
        lambda p: agenda.move_point(actor=p.cast.mediator, point=p.point, is_up=False),
        (Door("proceedings:move_point", point_ids, lambda p: {"is_up": "down"}),),
    ),
    Act(
        "proceedings.services.agenda.mark_point",
        "talking",
        "mediator",
        lambda p: agenda.mark_point(actor=p.cast.mediator, point=p.point, is_dealt_with=True),
        (Door("proceedings:mark_point", point_ids, lambda p: {"is_dealt_with": "yes"}),),
    ),
    Act(
        "proceedings.services.facts.propose_fact",
        "talking",
        "party_b",
        lambda p: proceedings.propose_fact(p.cast.party_b, p.case["talking"]),
        (
            Door(
                "proceedings:new_fact",
                course_ids,
                lambda p: {"client_id": uuid4(), "text": "It rained."},
            ),
        ),
    ),
    Act(
        "proceedings.services.facts.reword_fact",
        "talking",
        "party_b",
        lambda p: facts.reword_fact(**saying(p), edition=1, text="It rained much."),
        (
            Door(
                "proceedings:reword_fact",
                fact_ids,
                lambda p: {"edition": 1, "text": "It rained much."},
            ),
        ),
    ),
    Act(
        "proceedings.services.facts.agree_to_fact",
        "talking",
        "party_b",
        lambda p: facts.agree_to_fact(**saying(p), edition=1),
        (Door("proceedings:agree_to_fact", fact_ids, lambda p: {"number": 1}),),
    ),
    Act(
        "proceedings.services.sittings.begin_sitting",
        "talking",
        "mediator",
        lambda p: sittings.begin_sitting(**leading(p), present=[part_b(p)]),
        (Door("proceedings:begin_sitting", course_ids),),
        prepare=lambda p: sittings.end_sitting(actor=p.cast.mediator, sitting=p.sitting),
    ),
    Act(
        "proceedings.services.sittings.note_arrival",
        "talking",
        "mediator",
        lambda p: sittings.note_arrival(
            actor=p.cast.mediator, sitting=p.sitting, participant=part_b(p)
        ),
        (Door("proceedings:note_arrival", sitting_ids, part_fields),),
    ),
    Act(
        "proceedings.services.identity.confirm_identity",
        "talking",
        "mediator",
        lambda p: identity.confirm_identity(
            **leading(p), participant=part_b(p), method=IdentityMethod.KNOWN
        ),
        (
            Door(
                "proceedings:identity",
                course_ids,
                lambda p: {**part_fields(p), "method": "known"},
            ),
        ),
    ),
    Act(
        "proceedings.services.notes.write_note",
        "talking",
        "mediator",
        lambda p: proceedings.write_note(p.cast.mediator, p.case["talking"]),
        (
            Door(
                "proceedings:notes",
                course_ids,
                lambda p: {"client_id": uuid4(), "text": "Ask again."},
            ),
        ),
    ),
    Act(
        "settlements.services.drafting.start_draft",
        "talking",
        "mediator",
        lambda p: drafting.start_draft(
            actor=p.cast.mediator, case=p.case["talking"], language="en"
        ),
        (settlement_page("start", "talking", lambda p: {"language": "en"}),),
    ),
    Act(
        "settlements.services.drafting.save_draft",
        "drafting",
        "mediator",
        lambda p: drafting.save_draft(**whose_draft(p), changes={"facts_summary": "New words."}),
        (settlement_page("draft", "drafting", draft_fields),),
    ),
    Act(
        "settlements.services.drafting.save_obligation",
        "drafting",
        "mediator",
        lambda p: drafting.save_obligation(**whose_draft(p), obligation=PAYMENT),
        (
            settlement_page("add_obligation", "drafting", obligation_fields),
            settlement_page("edit_obligation", "drafting", obligation_fields, obligation_id="o1"),
        ),
    ),
    Act(
        "settlements.services.drafting.remove_obligation",
        "drafting",
        "mediator",
        lambda p: drafting.remove_obligation(**whose_draft(p), obligation_id="o1"),
        (settlement_page("remove_obligation", "drafting", edition, obligation_id="o1"),),
    ),
    Act(
        "settlements.services.drafting.save_guarantor",
        "drafting",
        "mediator",
        add_guarantor,
        (
            settlement_page("add_guarantor", "drafting", guarantor_fields),
            settlement_page("edit_guarantor", "drafting", guarantor_fields, guarantor_id="g1"),
        ),
        prepare=add_guarantor,
    ),
    Act(
        "settlements.services.drafting.remove_guarantor",
        "drafting",
        "mediator",
        lambda p: drafting.remove_guarantor(**whose_draft(p), guarantor_id="g1"),
        (settlement_page("remove_guarantor", "drafting", edition, guarantor_id="g1"),),
        prepare=add_guarantor,
    ),
    Act(
        "settlements.services.drafting.save_party",
        "drafting",
        "mediator",
        lambda p: drafting.save_party(
            **whose_draft(p), party_id="A", kind=PartyKind.PERSON, representative=None
        ),
        (
            settlement_page(
                "edit_party",
                "drafting",
                lambda p: {**edition(p), "kind": PartyKind.PERSON.value},
                party_id="A",
            ),
        ),
    ),
    Act(
        "settlements.services.drafting.choose_paper",
        "drafting",
        "mediator",
        lambda p: drafting.choose_paper(
            actor=p.cast.mediator, settlement=p.settlement["drafting"], is_paper_only=True
        ),
        (settlement_page("choose_paper", "drafting", lambda p: {"paper": "yes"}),),
    ),
    Act(
        "settlements.services.drafting.choose_oral",
        "drafting",
        "mediator",
        lambda p: drafting.choose_oral(
            actor=p.cast.mediator, settlement=p.settlement["drafting"], is_oral=True
        ),
        (settlement_page("choose_oral", "drafting", lambda p: {"oral": "yes"}),),
        prepare=lambda p: Case.objects.filter(pk=p.case["drafting"].pk).update(profile="cn-people"),
    ),
    Act(
        "settlements.services.oral.agree_orally",
        "recorded",
        "party_b",
        lambda p: oral.agree_orally(actor=p.cast.party_b, **recorded(p)),
        (settlement_page("agree", "recorded", agree_fields),),
    ),
    Act(
        "settlements.services.offering.freeze_version",
        "drafting",
        "mediator",
        lambda p: offering.freeze_version(**whose_draft(p)),
        (settlement_page("offer", "drafting", edition),),
    ),
    Act(
        "settlements.services.offering.approve_version",
        "offered",
        "party_b",
        lambda p: offering.approve_version(**answering(p), terms_sha256=p.version().terms_sha256),
        (
            settlement_page(
                "approve", "offered", lambda p: {"terms_sha256": p.version().terms_sha256}
            ),
        ),
    ),
    Act(
        "settlements.services.offering.request_changes",
        "offered",
        "party_b",
        lambda p: offering.request_changes(**answering(p), note="Later, please."),
        (settlement_page("ask_changes", "offered", lambda p: {"note": "Later, please."}),),
    ),
    Act(
        "settlements.services.commenting.write_comment",
        "offered",
        "party_b",
        lambda p: commenting.write_comment(
            **answering(p),
            clause="o1",
            body="Later, please.",
            is_private=True,
            client_id=uuid4(),
        ),
        (settlement_page("comment", "offered", comment_fields, clause="o1"),),
    ),
    Act(
        "settlements.services.offering.reopen_draft",
        "offered",
        "mediator",
        lambda p: offering.reopen_draft(actor=p.cast.mediator, settlement=p.settlement["offered"]),
        (settlement_page("reopen", "offered"),),
    ),
    Act(
        "settlements.services.freedom.confirm_freedom",
        "signing",
        "party_a",
        lambda p: freedom.confirm_freedom(
            actor=p.cast.party_a,
            settlement=p.settlement["signing"],
            terms_sha256=terms_to_sign(p),
        ),
        (settlement_page("freedom", "signing", freedom_fields),),
        prepare=lambda p: FreedomConfirmation.objects.all().delete(),
    ),
    Act(
        "settlements.services.freedom.tell_mediator",
        "signing",
        "party_a",
        lambda p: freedom.tell_mediator(
            actor=p.cast.party_a,
            settlement=p.settlement["signing"],
            note="Not yet.",
            client_id=uuid4(),
        ),
        (
            settlement_page(
                "tell_mediator", "signing", lambda p: {"note": "Not yet.", "client_id": uuid4()}
            ),
        ),
    ),
    Act(
        "settlements.services.signing.send_signing_code",
        "signing",
        "party_a",
        lambda p: signing.send_signing_code(**signing_now(p)),
        (settlement_page("send_code", "signing", lambda p: {"document_sha256": p.sha256}),),
    ),
    Act(
        "settlements.services.signing.confirm_and_sign",
        "signing",
        "party_a",
        lambda p: signing.confirm_and_sign(**signing_now(p), code=p.code),
        (settlement_page("sign", "signing", sign_fields),),
    ),
    Act(
        "settlements.services.signing.begin_passkey",
        "signing",
        "party_a",
        lambda p: signing.begin_passkey(**signing_now(p)),
        (settlement_page("passkey_options", "signing", lambda p: {"document_sha256": p.sha256}),),
        prepare=lambda p: give_passkey(p.cast.party_a),
    ),
    Act(
        "settlements.services.signing.confirm_with_passkey_and_sign",
        "signing",
        "party_a",
        lambda p: signing.confirm_with_passkey_and_sign(**signing_now(p), answer=p.answer),
        prepare=answer_by_passkey,
    ),
    Act(
        "settlements.services.signing.sign",
        "signing",
        "party_a",
        lambda p: signing.sign(**signing_now(p)),
        prepare=lambda p: signing.check_confirmation_code(
            actor=p.cast.party_a, purpose=signing.CODE_PURPOSE, subject=p.sha256, code=p.code
        ),
    ),
    Act(
        "settlements.services.sealing.record_paper_signing",
        "signing",
        "mediator",
        lambda p: sealing.record_paper_signing(
            actor=p.cast.mediator,
            settlement=p.settlement["signing"],
            signed_on=timezone.localdate(),
        ),
        (settlement_page("paper", "signing", paper_fields),),
    ),
    Act(
        "courts.services.releases.propose_release",
        "sealed",
        "party_b",
        lambda p: releases.propose_release(
            actor=p.cast.party_b, case=p.case["sealed"], court=p.court
        ),
        (Door("courts:release", case_id("sealed"), lambda p: {"court": p.court.pk}),),
        prepare=lambda p: releases.withdraw_release(actor=p.cast.party_a, release=p.release),
    ),
    Act(
        "courts.services.releases.consent_to_release",
        "sealed",
        "party_b",
        lambda p: releases.consent_to_release(
            actor=p.cast.party_b, release=p.release, language="en"
        ),
        (Door("courts:consent", release_ids),),
        prepare=release,
    ),
    Act(
        "courts.services.packages.fetch_package",
        "sealed",
        "clerk",
        lambda p: packages.fetch_package(actor=p.cast.clerk, release=p.release),
        (Door("courts:download", package_ids),),
        prepare=released,
    ),
    Act(
        "courts.services.packages.fetch_package_as_system",
        "sealed",
        "clerk",
        lambda p: packages.fetch_package_as_system(token=p.token, release=p.release),
        prepare=released,
    ),
]
WAYS_OUT = [
    Act(
        "rooms.readings.share_reading",
        "talking",
        "party_a",
        lambda p: share_reading(actor=p.cast.party_a, room=p.room["talking"], share=False),
        (
            Door(
                "rooms:reading",
                lambda p: {"case_id": p.case["talking"].pk, "room_id": p.room["talking"].pk},
                lambda p: {"share": "no"},
            ),
        ),
        prepare=lambda p: share_reading(actor=p.cast.party_a, room=p.room["talking"], share=True),
    ),
    Act(
        "rooms.services.retract_message",
        "talking",
        "party_a",
        lambda p: rooms.retract_message(**first_words(p), client_id=uuid4()),
        (Door("rooms:take_back", message_ids),),
    ),
    Act(
        "rooms.services.reviewing.end_review",
        "talking",
        "party_b",
        lambda p: reviewing.end_review(actor=p.cast.party_b, room=p.room["reviewed"]),
        (Door("rooms:end_review", room_ids("proposed")),),
    ),
    Act(
        "rooms.services.reviewing.take_back_held",
        "talking",
        "party_a",
        lambda p: reviewing.take_back_held(actor=p.cast.party_a, held=fresh_held(p)),
        (Door("rooms:take_back_held", held_ids),),
    ),
    Act(
        "rooms.services.inviting.leave_talk",
        "talking",
        "party_a",
        lambda p: inviting.leave_talk(actor=p.cast.party_a, room=p.talk),
        (Door("rooms:leave", talk_ids),),
    ),
    Act(
        "rooms.services.inviting.disapprove_presence",
        "talking",
        "party_b",
        lambda p: inviting.disapprove_presence(actor=p.cast.party_b, guest=p.guest),
        (Door("rooms:disapprove", guest_ids),),
    ),
    Act(
        "matching.services.withdraw_claim",
        "proposed",
        "mediator",
        lambda p: matching.withdraw_claim(
            actor=p.cast.mediator, assignment=p.assignment["proposed"]
        ),
        (Door("matching:withdraw", assignment_pk("proposed")),),
    ),
    Act(
        "matching.services.replace_mediator",
        "talking",
        "party_b",
        lambda p: matching.replace_mediator(
            actor=p.cast.party_b, assignment=p.assignment["talking"]
        ),
        (Door("matching:replace", assignment_pk("talking")),),
    ),
    Act(
        "matching.services.end_assignment",
        "talking",
        "mediator",
        lambda p: matching.end_assignment(
            actor=p.cast.mediator, assignment=p.assignment["talking"]
        ),
        (Door("matching:end", assignment_pk("talking")),),
    ),
    Act(
        "offers.services.offers.decline_offer",
        "talking",
        "party_b",
        lambda p: offers.decline_offer(**answering_offer(p)),
        (Door("offers:decline", offer_ids),),
    ),
    Act(
        "offers.services.offers.withdraw_offer",
        "talking",
        "party_a",
        lambda p: offers.withdraw_offer(actor=p.cast.party_a, offer=p.offer),
        (Door("offers:withdraw", offer_ids),),
    ),
    Act(
        "offers.services.rounds.decline_round",
        "talking",
        "party_b",
        lambda p: rounds.decline_round(**answering_round(p)),
        (Door("offers:decline_round", round_ids),),
        prepare=propose,
    ),
    Act(
        "offers.services.rounds.call_off_round",
        "talking",
        "party_a",
        lambda p: rounds.call_off_round(actor=p.cast.party_a, row=the_round(p)),
        (Door("offers:call_off_round", round_ids),),
        prepare=both_in,
    ),
    Act(
        "proceedings.services.agenda.remove_point",
        "talking",
        "party_a",
        lambda p: agenda.remove_point(actor=p.cast.party_a, point=p.point),
        (Door("proceedings:remove_point", point_ids),),
    ),
    Act(
        "proceedings.services.facts.disagree_with_fact",
        "talking",
        "party_b",
        lambda p: facts.disagree_with_fact(**saying(p), edition=1),
        (
            Door("proceedings:disagree_with_fact", fact_ids, lambda p: {"number": 1}),
            Door("proceedings:take_answer_back", fact_ids),
        ),
    ),
    Act(
        "proceedings.services.facts.remove_fact",
        "talking",
        "mediator",
        lambda p: facts.remove_fact(actor=p.cast.mediator, fact=p.fact),
        (Door("proceedings:remove_fact", fact_ids),),
    ),
    Act(
        "proceedings.services.sittings.note_departure",
        "talking",
        "mediator",
        lambda p: sittings.note_departure(
            actor=p.cast.mediator,
            sitting=p.sitting,
            participant=proceedings.part_of(p.cast.party_a, p.case["talking"]),
        ),
        (Door("proceedings:note_departure", sitting_ids, part_a_fields),),
    ),
    Act(
        "proceedings.services.sittings.end_sitting",
        "talking",
        "mediator",
        lambda p: sittings.end_sitting(actor=p.cast.mediator, sitting=p.sitting),
        (Door("proceedings:end_sitting", sitting_ids),),
    ),
    Act(
        "proceedings.services.sittings.remove_sitting",
        "talking",
        "mediator",
        lambda p: sittings.remove_sitting(actor=p.cast.mediator, sitting=p.sitting),
        (Door("proceedings:remove_sitting", sitting_ids),),
    ),
    Act(
        "proceedings.services.notes.delete_note",
        "talking",
        "mediator",
        lambda p: notes.delete_note(actor=p.cast.mediator, note=p.note),
        (Door("proceedings:delete_note", note_ids),),
    ),
    Act(
        "proceedings.services.notes.delete_notes",
        "talking",
        "mediator",
        lambda p: notes.delete_notes(**leading(p)),
        (Door("proceedings:delete_notes", course_ids),),
    ),
    Act(
        "proceedings.services.facts.take_answer_back",
        "talking",
        "party_a",
        lambda p: facts.take_answer_back(actor=p.cast.party_a, fact=p.fact),
    ),
    Act(
        "settlements.services.signing.refuse_to_sign",
        "signing",
        "party_b",
        lambda p: signing.refuse_to_sign(actor=p.cast.party_b, settlement=p.settlement["signing"]),
        (settlement_page("refuse", "signing"),),
    ),
    Act(
        "settlements.services.reading.read_document",
        "sealed",
        "party_b",
        lambda p: reading.read_document(actor=p.cast.party_b, settlement=p.settlement["sealed"]),
    ),
    Act(
        "settlements.services.reading.read_record",
        "oral",
        "party_b",
        lambda p: reading.read_record(actor=p.cast.party_b, settlement=p.settlement["oral"]),
    ),
    Act(
        "settlements.services.amending.propose_amendment",
        "sealed",
        "party_a",
        ask_for_change,
        (settlement_page("change", "sealed", lambda p: {"wish": "Another day."}),),
    ),
    Act(
        "settlements.services.amending.accept_amendment",
        "sealed",
        "party_b",
        lambda p: amending.accept_amendment(
            actor=p.cast.party_b, amendment=p.settlement["sealed"].amendments.get()
        ),
        (settlement_page("begin_change", "sealed"),),
        prepare=ask_for_change,
    ),
    Act(
        "settlements.services.amending.decline_amendment",
        "sealed",
        "party_b",
        lambda p: amending.decline_amendment(
            actor=p.cast.party_b, amendment=p.settlement["sealed"].amendments.get()
        ),
        (settlement_page("decline_change", "sealed"),),
        prepare=ask_for_change,
    ),
    Act(
        "settlements.services.scanning.add_scan",
        "paper",
        "mediator",
        lambda p: add_scan(p.cast, p.settlement["paper"]),
        (settlement_page("scan", "paper", scan_fields),),
    ),
    Act(
        "settlements.services.scanning.answer_scan",
        "paper",
        "party_a",
        lambda p: scanning.answer_scan(
            actor=p.cast.party_a, settlement=p.settlement["paper"], **scan_answer_fields(p)
        ),
        (settlement_page("answer_scan", "paper", scan_answer_fields),),
        prepare=lambda p: add_scan(p.cast, p.settlement["paper"]),
    ),
    Act(
        "settlements.services.scanning.read_scan",
        "paper",
        "party_b",
        lambda p: scanning.read_scan(actor=p.cast.party_b, settlement=p.settlement["paper"]),
        prepare=lambda p: add_scan(p.cast, p.settlement["paper"]),
    ),
    Act(
        "performance.services.statements.state_performance",
        "sealed",
        "party_b",
        lambda p: performance.say(p.cast.party_b, p.settlement["sealed"], Says.DONE),
        (
            Door("obligations:report", line_ids, word_fields(1, says="done")),
            Door("obligations:take_back", line_ids, word_fields(2)),
        ),
        prepare=said(("party_b", Says.PART)),
    ),
    Act(
        "performance.services.statements.state_performance",
        "sealed",
        "party_a",
        lambda p: performance.say(p.cast.party_a, p.settlement["sealed"], Says.DISPUTED),
        (
            Door("obligations:dispute", line_ids, word_fields(1)),
            Door("obligations:confirm_part", line_ids, word_fields(2)),
            Door("obligations:confirm", line_ids, word_fields(3)),
        ),
        prepare=said(("party_b", Says.PART)),
    ),
    Act(
        "performance.services.reminders.switch_reminders",
        "sealed",
        "party_a",
        lambda p: reminders.switch_reminders(**tracking(p), wanted=True),
        (Door("obligations:remind", case_id("sealed"), lambda p: {"wanted": "on"}),),
    ),
    Act(
        "performance.services.certificates.certify_performance",
        "sealed",
        "party_a",
        lambda p: certificates.certify_performance(**tracking(p)),
        prepare=said(("party_a", Says.CONFIRMED)),
    ),
    Act(
        "courts.services.releases.withdraw_release",
        "sealed",
        "party_b",
        lambda p: releases.withdraw_release(actor=p.cast.party_b, release=p.release),
        (Door("courts:withdraw", release_ids),),
    ),
]
# Pages of these apps on which a POST does nothing at all.
ONLY_READ = {
    *(
        "matching:queue",
        "rooms:joint",
        "rooms:talks",
        "rooms:review",
        "offers:list",
        "offers:offer",
        "offers:round",
        "offers:round_state",
        "proceedings:course",
        "proceedings:opening",
        "settlements:read",
        "settlements:version",
    ),
    *("settlements:preview", "settlements:pdf", "settlements:scan_file", "settlements:record"),
    "courts:packages",
    *("obligations:tracker", "obligations:line", "obligations:days", "obligations:certificate"),
}
