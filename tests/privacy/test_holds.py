"""A duty to keep: two people, one part, an end; and that it wins every race or loses it in time."""

import re
import threading
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mediation.audit import selectors as audit
from mediation.cases.errors import Held
from mediation.cases.services.participation import leave_case
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.evidence.models import Document
from mediation.evidence.services.documents import withdraw_document
from mediation.holds import access, selectors
from mediation.holds.enums import HoldGround, HoldState, RestrictionReason
from mediation.holds.lifecycle import MOVES, move
from mediation.holds.models import Hold
from mediation.holds.services import apart, news
from mediation.holds.services import holds as services
from mediation.holds.services.holds import Duty
from mediation.privacy.enums import ErasureState, RequestState, Scope
from mediation.privacy.models import Certificate, Erasure, ErasureRequest
from mediation.privacy.selectors import history_of, in_seconds
from mediation.privacy.services import erasing
from mediation.privacy.services.requests import ask_erasure
from mediation.privacy.services.retention import sweep_retention
from mediation.proceedings.services.notes import forget_left_notes
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.models import Message
from mediation.settlements.models import Comment
from mediation.settlements.services import offering
from mediation.settlements.services.commenting import write_comment
from mediation.vault import services as vault
from mediation.vault.services import KeyDestroyed, Place, Restricted, Slot
from tests.factories.cast import make_case, person
from tests.factories.settlements import make_settlement
from tests.privacy.conftest import run_erasures
from tests.privacy.test_retention import SECOND, date_of, read_caucus, sweep_at

pytestmark = pytest.mark.django_db(transaction=True)


def join_officer(cast):
    officer = person("otto")
    centers.add_member(center=cast.center, user=officer, role=CenterRole.PRIVACY_OFFICER)
    return officer


def duty(compartment="caucus:A", days=60):
    return Duty(
        compartment=compartment,
        ground=HoldGround.COURT_ORDER,
        reference="order-canary 12/2026",
        review_on=timezone.localdate() + timedelta(days=days),
    )


def place_hold(cast, compartment="caucus:A", days=60):
    officer = join_officer(cast)
    hold = services.propose_hold(actor=officer, case=cast.case, duty=duty(compartment, days))
    return services.answer_hold(actor=cast.coordinator, hold=hold, confirms=True)


def release(cast, hold):
    officer = hold.proposed_by
    services.propose_release(actor=officer, hold=hold)
    return services.answer_release(actor=cast.coordinator, hold=hold, confirms=True)


def read_joint(case):
    message = Message.objects.filter(room__case=case, room__kind="joint").first()
    return vault.open_text(
        place=Place(case.pk, "joint"),
        slot=Slot("rooms.message", message.pk, "body"),
        sealed=bytes(message.body_sealed),
    )


# --- Two people -----------------------------------------------------------------------------


def test_a_proposal_keeps_nothing_and_a_second_person_makes_it_a_hold(left):
    officer = join_officer(left)
    hold = services.propose_hold(actor=officer, case=left.case, duty=duty())
    assert access.held_compartments(left.case.pk) == set()
    with pytest.raises(Forbidden):
        services.answer_hold(actor=officer, hold=hold, confirms=True)
    services.answer_hold(actor=left.coordinator, hold=hold, confirms=True)
    assert access.held_compartments(left.case.pk) == {"caucus:A", "settlement", "shell"}


@pytest.mark.parametrize(
    "name", ["party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]
)
def test_only_an_officer_of_the_centre_proposes(left, name):
    with pytest.raises(Forbidden):
        services.propose_hold(actor=getattr(left, name), case=left.case, duty=duty())


def test_who_takes_part_in_the_case_is_neither_of_the_two(left):
    for user in (left.mediator, left.party_a):
        centers.add_member(center=left.center, user=user, role=CenterRole.PRIVACY_OFFICER)
        with pytest.raises(Forbidden):
            services.propose_hold(actor=user, case=left.case, duty=duty())
    hold = services.propose_hold(actor=join_officer(left), case=left.case, duty=duty())
    with pytest.raises(Forbidden):
        services.answer_hold(actor=left.mediator, hold=hold, confirms=True)


def test_an_officer_of_another_centre_sees_no_hold(left):
    hold = place_hold(left)
    elsewhere = centers.Center.objects.get(name="Elsewhere")
    other = person("ola")
    centers.add_member(center=elsewhere, user=other, role=CenterRole.PRIVACY_OFFICER)
    assert not access.holds_visible_to(other).exists()
    with pytest.raises(Forbidden):
        services.propose_release(actor=other, hold=hold)


def test_the_table_itself_refuses_one_person_for_both(left):
    hold = services.propose_hold(actor=join_officer(left), case=left.case, duty=duty())
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(confirmed_by=hold.proposed_by)


@pytest.mark.parametrize("days", [0, -1, 184])
def test_a_review_is_due_within_six_months(left, days):
    with pytest.raises(InvalidInput):
        services.propose_hold(actor=join_officer(left), case=left.case, duty=duty(days=days))


def test_moves_outside_the_table_are_refused(left):
    hold = place_hold(left)
    for before, to in product(HoldState, HoldState):
        Hold.objects.filter(pk=hold.pk).update(state=before)
        hold.refresh_from_db()
        if to in MOVES[before]:
            assert move(hold, to, actor=None).state == to
        else:
            with pytest.raises(WrongState):
                move(hold, to, actor=None)


# --- What it keeps --------------------------------------------------------------------------


def test_what_is_held_outlives_its_date_unread_and_goes_when_released(left):
    hold = place_hold(left)
    at = date_of(left.case, "caucus:A")
    apart.follow_holds(case=left.case)
    assert read_caucus(left.case) == "caucus-A-talk-canary"  # before its date, as always

    sweep_at(at + SECOND)
    with time_machine.travel(at + SECOND, tick=False):
        apart.follow_all()
        with pytest.raises(Restricted):
            read_caucus(left.case)
        with vault.opening_restricted():
            assert read_caucus(left.case) == "caucus-A-talk-canary"
        release(left, hold)
        sweep_retention()
    with pytest.raises(KeyDestroyed):
        vault.open_text(
            place=Place(left.case.pk, "caucus:A"), slot=Slot("x", left.case.pk, "y"), sealed=b""
        )


def test_a_hold_ends_by_itself_on_its_review_date(left):
    hold = place_hold(left, days=100)
    with time_machine.travel(timezone.now() + timedelta(days=99), tick=False):
        assert services.end_due_holds() == 0
        sweep_retention()
        assert "caucus:A" in vault.compartments_with_keys(case_id=left.case.pk)
    with time_machine.travel(timezone.now() + timedelta(days=101), tick=False):
        assert services.end_due_holds() == 1
        sweep_retention()
        assert "caucus:A" not in vault.compartments_with_keys(case_id=left.case.pk)
    hold.refresh_from_db()
    assert hold.state == HoldState.LAPSED


def test_a_proposal_nobody_confirms_ends_after_a_week(left):
    hold = services.propose_hold(actor=join_officer(left), case=left.case, duty=duty())
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        assert services.end_due_holds() == 1
    hold.refresh_from_db()
    assert (hold.state, hold.placed_at) == (HoldState.LAPSED, None)


def test_the_rest_goes_on_its_date_and_the_certificate_says_what_stays_and_why(settled):
    place_hold(settled, "joint", days=170)
    sweep_at(date_of(settled.case, "evidence") + SECOND)
    said = [row.signed["statement"] for row in Certificate.objects.all()]
    kept = {one["compartment"]: one["ground"] for one in said[-1]["retained"]}
    assert kept["joint"] == "legal_hold"
    assert "evidence" not in kept
    assert read_joint(settled.case) == "joint-canary"


def test_the_case_itself_stays_for_as_long_as_anything_of_it_is_held(left):
    hold = place_hold(left, "notes", days=10)
    far = date_of(left.case, "shell") + SECOND
    Hold.objects.filter(pk=hold.pk).update(review_on=far.date() + timedelta(days=30))
    sweep_at(far)
    left.case.refresh_from_db()
    with time_machine.travel(far + timedelta(days=31), tick=False):
        services.end_due_holds()
        sweep_retention()
    assert not type(left.case).objects.filter(pk=left.case.pk).exists()
    assert not Hold.objects.exists()


def test_nobody_destroys_a_held_part_piece_by_piece(mediated):
    place_hold(mediated, "evidence")
    for document in Document.objects.filter(file__compartment="evidence"):
        with pytest.raises(Held):
            withdraw_document(actor=document.participant.user, document=document)
    Hold.objects.update(compartment="joint")
    message = Message.objects.get(room__case=mediated.case, room__kind="joint", sequence=1)
    with pytest.raises(Held):
        rooms.retract_message(
            actor=mediated.party_a,
            room_id=message.room_id,
            sequence=1,
            client_id=mediated.case.pk,
        )


@pytest.mark.parametrize(("compartment", "is_private"), [("caucus:B", True), ("joint", False)])
def test_a_hold_on_the_talks_keeps_what_was_said_of_the_settlement(
    mediated, compartment, is_private
):
    settlement = make_settlement(mediated, stage="offered")
    write_comment(
        actor=mediated.party_b,
        version=settlement.versions.get(),
        clause="",
        body="comment-canary",
        is_private=is_private,
        client_id=uuid4(),
    )
    leave_case(actor=mediated.party_a, case=mediated.case)
    mediated.case.refresh_from_db()
    hold = place_hold(mediated, compartment)
    far = date_of(mediated.case, "settlement") + SECOND
    Hold.objects.filter(pk=hold.pk).update(review_on=far.date() + timedelta(days=30))
    sweep_at(far)
    assert Comment.objects.count() == 1
    with time_machine.travel(far + timedelta(days=31), tick=False):
        services.end_due_holds()
        sweep_retention()
    assert not Comment.objects.exists()
    assert "settlement" in vault.closed_compartments(case_id=mediated.case.pk)


def test_a_certificate_does_not_tell_of_a_hold_on_the_other_sides_part(settled):
    place_hold(settled, "caucus:B", days=170)
    sweep_at(date_of(settled.case, "evidence") + SECOND)
    grounds = {
        row.letter: {
            one["compartment"]: one["ground"] for one in row.signed["statement"]["retained"]
        }
        for row in Certificate.objects.all()
    }
    assert grounds["B"]["caucus:B"] == grounds["B"]["shell"] == "legal_hold"
    for letter in ("A", ""):
        assert grounds[letter] == {"settlement": "legal_claims", "shell": "limitation"}
    untils = {
        row.letter: {
            one["compartment"]: one["until"] for one in row.signed["statement"]["retained"]
        }
        for row in Certificate.objects.all()
    }
    assert untils["A"]["shell"] == in_seconds(date_of(settled.case, "shell"))
    assert "holds" not in str([row.signed for row in Certificate.objects.all()])


def test_a_message_just_sent_is_not_changed_while_the_talk_is_held(mediated):
    place_hold(mediated, "joint")
    message = Message.objects.get(room__case=mediated.case, room__kind="joint", sequence=1)
    with pytest.raises(Held):
        rooms.edit_message(
            actor=mediated.party_a,
            room_id=message.room_id,
            sequence=1,
            client_id=mediated.case.pk,
            body="other words",
        )
    assert read_joint(mediated.case) == "joint-canary"


def test_a_held_settlement_is_not_taken_back(mediated):
    settlement = make_settlement(mediated, stage="offered")
    place_hold(mediated, "settlement")
    with pytest.raises(Held):
        offering.reopen_draft(actor=mediated.mediator, settlement=settlement)


def test_the_clock_looks_for_a_hold_with_the_case_locked(mediated):
    place_hold(mediated, "notes")
    mediated.case.participants.mediators().update(left_at=timezone.now())
    with CaptureQueriesContext(connection) as said:
        assert forget_left_notes() == 0
    tables = [re.findall(r'FROM "(\w+)"', query["sql"]) for query in said]
    read = [names[0] for names in tables if names]
    assert read.index("cases_case") < read.index("holds_hold")
    Hold.objects.update(compartment="joint")
    assert forget_left_notes() == 1


def test_what_is_past_its_date_stays_shut_between_the_release_and_the_sweep(left):
    hold = place_hold(left)
    at = date_of(left.case, "caucus:A") + SECOND
    sweep_at(at)
    with time_machine.travel(at, tick=False):
        apart.follow_all()
        release(left, hold)
        apart.follow_all()
        with pytest.raises(Restricted):
            read_caucus(left.case)
        sweep_retention()
    assert "caucus:A" in vault.closed_compartments(case_id=left.case.pk)


def test_who_takes_part_in_the_case_is_not_asked_to_be_the_second(left):
    centers.add_member(center=left.center, user=left.mediator, role=CenterRole.PRIVACY_OFFICER)
    hold = services.propose_hold(actor=join_officer(left), case=left.case, duty=duty())
    mail.outbox.clear()
    news.ask_second_person(hold=hold)
    assert [letter.to for letter in mail.outbox] == [[left.coordinator.email]]
    services.answer_hold(actor=left.coordinator, hold=hold, confirms=True)
    services.propose_release(actor=left.coordinator, hold=hold)
    hold.refresh_from_db()
    mail.outbox.clear()
    news.ask_second_person(hold=hold)
    assert [letter.to for letter in mail.outbox] == [[hold.proposed_by.email]]


# --- Races ----------------------------------------------------------------------------------


def test_a_hold_that_comes_before_the_first_step_stops_a_wish(left):
    wish = ask_erasure(actor=left.party_a, case=left.case, scope=Scope.OWN)
    place_hold(left)
    erasing.carry_out(erasure=Erasure.objects.get())
    assert read_caucus(left.case) == "caucus-A-talk-canary"
    assert not Erasure.objects.exists()
    wish.refresh_from_db()
    assert wish.state == RequestState.WITHDRAWN


def test_a_hold_takes_its_part_out_of_a_wider_erasure(settled):
    place_hold(settled, "joint")
    for user in (settled.party_a, settled.party_b):
        ask_erasure(actor=user, case=settled.case, scope=Scope.EVERYTHING)
    run_erasures(settled.case)
    assert read_joint(settled.case) == "joint-canary"
    assert "evidence" not in vault.compartments_with_keys(case_id=settled.case.pk)
    assert set(ErasureRequest.objects.values_list("state", flat=True)) == {RequestState.DONE}


def test_a_hold_that_comes_after_the_keys_is_refused(left):
    ask_erasure(actor=left.party_a, case=left.case, scope=Scope.OWN)
    hold = services.propose_hold(actor=join_officer(left), case=left.case, duty=duty())
    erasure = Erasure.objects.get()
    while erasure.state == ErasureState.DUE:
        erasure = erasing._next_step(erasure)
    with pytest.raises(KeyDestroyed):
        services.answer_hold(actor=left.coordinator, hold=hold, confirms=True)
    run_erasures(left.case)
    assert Certificate.objects.exists()


def test_own_part_cannot_be_destroyed_while_it_is_held(left):
    place_hold(left)
    with pytest.raises(Held):
        ask_erasure(actor=left.party_a, case=left.case, scope=Scope.OWN)
    ask_erasure(actor=left.party_b, case=left.case, scope=Scope.OWN)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs row locks")
def test_of_a_hold_and_an_erasure_at_once_exactly_one_wins(left):
    hold = services.propose_hold(actor=join_officer(left), case=left.case, duty=duty())
    ask_erasure(actor=left.party_a, case=left.case, scope=Scope.OWN)
    erasure, came, start = Erasure.objects.get(), [], threading.Barrier(2)

    def run(name, act):
        start.wait()
        try:
            act()
            came.append(name)
        except KeyDestroyed:
            pass
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=("erasure", lambda: erasing.carry_out(erasure=erasure))),
        threading.Thread(
            target=run,
            args=(
                "hold",
                lambda: services.answer_hold(actor=left.coordinator, hold=hold, confirms=True),
            ),
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_held = "caucus:A" in access.held_compartments(left.case.pk)
    assert is_held == ("hold" in came)
    assert is_held == ("caucus:A" in vault.compartments_with_keys(case_id=left.case.pk))


# --- Who is told, and restrictions ----------------------------------------------------------


def test_of_a_private_part_its_own_side_alone_is_told(left):
    place_hold(left)
    parts = {
        row.side.letter if row.side else "": row
        for row in left.case.participants.all()
        if row.user_id
    }
    told = {letter for letter, part in parts.items() if selectors.told_of(part, [])}
    assert told == {"A"}
    said = {str(line.what) for part in parts.values() for line in history_of(part)}
    assert not [what for what in said if "longer" in what]
    facts = [line for line in audit.history_for_case(left.case.pk) if "hold" in line.action]
    assert {line.action for line in facts} == {"private_hold.proposed", "private_hold.in_force"}


def test_the_pages_of_a_hold_work_for_the_two_and_no_one_else(left):
    officer = join_officer(left)
    client = Client()
    client.force_login(officer)
    review = timezone.localdate() + timedelta(days=30)
    answers = {
        "number": left.case.number.lower(),
        "compartment": "settlement",
        "ground": "court_order",
        "reference": "order-canary",
        "review_on_day": review.day,
        "review_on_month": review.month,
        "review_on_year": review.year,
    }
    shown = client.post(reverse("holds:propose"), answers, follow=True)
    hold = Hold.objects.get()
    assert "order-canary" in shown.content.decode()
    assert (
        client.post(reverse("holds:answer", args=[hold.pk]), {"answer": "yes"}).status_code == 403
    )
    second = Client()
    second.force_login(left.coordinator)
    assert second.post(reverse("holds:answer", args=[hold.pk]), {}).status_code == 400
    second.post(reverse("holds:answer", args=[hold.pk]), {"answer": "yes"})
    hold.refresh_from_db()
    assert hold.state == HoldState.IN_FORCE
    page = Client()
    page.force_login(left.party_b)
    text = page.get(reverse("privacy:case", args=[left.case.pk])).content.decode()
    assert "The centre must keep this" in text
    assert "order-canary" not in text
    assert page.get(reverse("holds:hold", args=[hold.pk])).status_code == 404
    assert page.get(reverse("holds:list")).status_code == 403


def test_an_unknown_number_is_refused_in_words(left):
    client = Client()
    client.force_login(join_officer(left))
    page = client.post(reverse("holds:propose"), {"number": "HY-NOWHERE"})
    assert "There is no case with this number" in page.content.decode()


def test_a_party_has_their_own_part_kept_and_not_used_until_they_say_otherwise(left):
    with pytest.raises(WrongState):
        apart.lift_own(actor=left.party_a, case=left.case)
    apart.restrict_own(actor=left.party_a, case=left.case, reason=RestrictionReason.CLAIMS)
    with pytest.raises(Restricted):
        read_caucus(left.case)
    with pytest.raises(WrongState):
        apart.restrict_own(actor=left.party_a, case=left.case, reason=RestrictionReason.CLAIMS)
    apart.lift_own(actor=left.party_a, case=left.case)
    assert read_caucus(left.case) == "caucus-A-talk-canary"


def test_a_restriction_does_not_outlive_the_schedule(left):
    apart.restrict_own(actor=left.party_a, case=left.case, reason=RestrictionReason.CLAIMS)
    sweep_at(date_of(left.case, "caucus:A") + SECOND)
    assert "caucus:A" in vault.closed_compartments(case_id=left.case.pk)


def test_an_open_case_is_not_restricted(mediated):
    with pytest.raises(WrongState):
        apart.restrict_own(
            actor=mediated.party_a, case=mediated.case, reason=RestrictionReason.ACCURACY
        )


def test_a_key_ring_from_a_backup_follows_the_tables_again(left):
    apart.restrict_own(actor=left.party_a, case=left.case, reason=RestrictionReason.CLAIMS)
    vault.lift_restriction(case_id=left.case.pk, compartments={"caucus:A"})
    apart.follow_all()
    with pytest.raises(Restricted):
        read_caucus(left.case)


def test_everything_held_beyond_its_date_leaves_the_lists_and_pages_of_the_case_readable(settled):
    for number, compartment in enumerate(selectors.IN_WORDS):
        place_hold(settled, compartment, days=170 - number)
    far = date_of(settled.case, "settlement") + SECOND
    Hold.objects.update(review_on=far.date() + timedelta(days=90))
    with time_machine.travel(far, tick=False):
        sweep_retention()
        apart.follow_all()
        for user in (settled.party_a, settled.party_b, settled.mediator):
            client = Client()
            client.force_login(user)
            for url in ("desk:list", "desk:case", "privacy:case"):
                path = reverse(url, args=[] if url == "desk:list" else [settled.case.pk])
                assert client.get(path).status_code == 200, (user, url)
        client.force_login(settled.party_a)
        joint = rooms_visible_to(settled.party_a).get(case=settled.case, kind="joint")
        assert (
            client.get(reverse("rooms:room", args=[settled.case.pk, joint.pk])).status_code == 423
        )
        packed = client.post(reverse("privacy:download", args=[settled.case.pk]))
        assert packed.status_code == 200  # one's own copy is a right as long as it is stored


def test_other_cases_are_not_touched(left):
    other = make_case(left, stage="mediating")
    place_hold(left)
    assert access.held_compartments(other.pk) == set()
