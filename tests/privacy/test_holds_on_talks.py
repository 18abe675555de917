"""A duty to keep one talk by invitation: like any hold, and known to those on its list alone."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks import default_task_backend

from mediation.audit import selectors as audit
from mediation.cases.errors import Held
from mediation.cases.selectors.dates import erasure_dates
from mediation.cases.services.participation import end_without_settlement, leave_case
from mediation.core.errors import Forbidden, InvalidInput
from mediation.holds import access, selectors
from mediation.holds.enums import HoldGround
from mediation.holds.models import Hold
from mediation.holds.services import apart, news
from mediation.holds.services import holds as services
from mediation.privacy.enums import Scope
from mediation.privacy.models import Certificate
from mediation.privacy.selectors import history_of
from mediation.privacy.services.requests import ask_erasure
from mediation.privacy.services.retention import sweep_retention
from mediation.rights.services import account
from mediation.rooms import services as rooms
from mediation.rooms.access import own_talks, talks_visible_to
from mediation.rooms.models import Member, Message, Room
from mediation.rooms.selectors import messages_after
from mediation.rooms.services import inviting
from mediation.vault import services as vault
from mediation.vault.services import KeyDestroyed, Restricted
from tests.factories.cast import add_third_person
from tests.privacy.conftest import run_erasures, run_job
from tests.privacy.test_holds import duty, join_officer, place_hold, release
from tests.privacy.test_retention import SECOND, sweep_at
from tests.privacy.test_talks import open_talk
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talk(mediated):
    """A talk of side A and the mediator in a case that is open."""
    return open_talk(mediated)


@pytest.fixture
def over(mediated, talk):
    """The same after side B has left the case."""
    leave_case(actor=mediated.party_b, case=mediated.case)
    mediated.case.refresh_from_db()
    return mediated


def date_of(case, talk):
    dates = erasure_dates(case, [talk.compartment])
    return next(date.at for date in dates if date.compartment == talk.compartment)


def said_in(user, talk):
    return [message.body for message in messages_after(user, talk, 0)]


def part_of(cast, user):
    return cast.case.participants.select_related("side", "case", "user").get(user=user)


def told(cast, user):
    part = part_of(cast, user)
    return selectors.told_of(part, own_talks(part))


def page_of(user, case):
    client = Client()
    client.force_login(user)
    page = client.get(reverse("privacy:case", args=[case.pk])).content.decode()
    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page)


# --- Two people, one talk -----------------------------------------------------------------------


def test_one_proposes_another_confirms_and_this_talk_alone_is_kept(over, talk):
    officer = join_officer(over)
    hold = services.propose_hold(actor=officer, case=over.case, duty=duty(talk.compartment))
    assert access.held_compartments(over.case.pk) == set()
    with pytest.raises(Forbidden):
        services.answer_hold(actor=officer, hold=hold, confirms=True)
    services.answer_hold(actor=over.coordinator, hold=hold, confirms=True)
    assert access.held_compartments(over.case.pk) == {talk.compartment, "shell"}


@pytest.mark.parametrize(
    "name", ["party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]
)
def test_only_an_officer_outside_the_case_proposes(over, talk, name):
    with pytest.raises(Forbidden):
        services.propose_hold(
            actor=getattr(over, name), case=over.case, duty=duty(talk.compartment)
        )


def test_only_a_talk_of_this_case_can_be_named(mediated, talk):
    officer = join_officer(mediated)
    for name in (f"room:A:{uuid4()}", f"room::{talk.pk}", f"room:AB:{talk.pk}", "room", "shell"):
        with pytest.raises(InvalidInput):
            services.propose_hold(actor=officer, case=mediated.case, duty=duty(name))
    assert not Hold.objects.exists()


def test_a_talk_that_is_destroyed_is_held_no_more(over, talk):
    hold = services.propose_hold(
        actor=join_officer(over), case=over.case, duty=duty(talk.compartment)
    )
    vault.destroy_keys(case_id=over.case.pk, compartments={talk.compartment})
    with pytest.raises(KeyDestroyed):
        services.answer_hold(actor=over.coordinator, hold=hold, confirms=True)


def test_an_officer_names_it_by_the_reference_its_people_see(mediated, talk):
    reference = selectors.reference_of_talk(talk.compartment)
    assert f"reference {reference}" in page_of(mediated.party_a, mediated.case)
    assert reference not in page_of(mediated.party_b, mediated.case)
    client = Client()
    client.force_login(join_officer(mediated))
    review = timezone.localdate() + timedelta(days=30)
    answers = {
        "number": mediated.case.number,
        "compartment": "room",
        "ground": HoldGround.CLAIM,
        "reference": "claim-canary",
        "review_on_day": review.day,
        "review_on_month": review.month,
        "review_on_year": review.year,
    }
    url = reverse("holds:propose")
    for wrong in ("", "00000000", talk.compartment, mediated.case.number):
        refused = client.post(url, {**answers, "talk": wrong}).content.decode()
        assert refused.count("There is no such talk in this case.") == 2
    shown = client.post(url, {**answers, "talk": f" {reference.lower()} "}, follow=True)
    assert Hold.objects.get().compartment == talk.compartment
    page = shown.content.decode()
    assert f"A talk by invitation, reference {reference}" in page
    assert "purpose-canary" not in page


# --- What it keeps ------------------------------------------------------------------------------


def test_it_outlives_its_date_unread_and_goes_when_released(over, talk):
    hold = place_hold(over, talk.compartment)
    at = date_of(over.case, talk) + SECOND
    assert said_in(over.party_a, talk) == ["invited-canary"]  # before its date, as always
    sweep_at(at)
    with time_machine.travel(at, tick=False):
        apart.follow_all()
        with pytest.raises(Restricted):
            said_in(over.party_a, talk)
        with vault.opening_restricted():
            assert said_in(over.party_a, talk) == ["invited-canary"]
        assert "caucus:A" in vault.closed_compartments(case_id=over.case.pk)
        release(over, hold)
        apart.follow_all()
        with pytest.raises(Restricted):  # it stays shut until the sweep
            said_in(over.party_a, talk)
        sweep_retention()
    assert talk.compartment in vault.closed_compartments(case_id=over.case.pk)
    assert not Room.objects.filter(pk=talk.pk).exists()


def test_nothing_said_in_it_is_taken_back_or_changed(mediated, talk):
    place_hold(mediated, talk.compartment)
    message = Message.objects.get(room=talk)
    what = {"actor": mediated.party_a, "room_id": talk.pk, "sequence": message.sequence}
    with pytest.raises(Held):
        rooms.retract_message(**what, client_id=uuid4())
    with pytest.raises(Held):
        rooms.edit_message(**what, client_id=uuid4(), body="other words")
    client = Client()
    client.force_login(mediated.party_a)
    url = reverse("rooms:take_back", args=[mediated.case.pk, talk.pk, message.sequence])
    assert client.post(url, {"client_id": uuid4()}).status_code == 423
    assert said_in(mediated.party_a, talk) == ["invited-canary"]


def test_the_other_talks_are_not_kept_with_it(mediated, talk):
    other = open_another(mediated)
    place_hold(mediated, talk.compartment)
    leave_case(actor=mediated.party_b, case=mediated.case)
    mediated.case.refresh_from_db()
    sweep_at(date_of(mediated.case, talk) + SECOND)
    keys = vault.compartments_with_keys(case_id=mediated.case.pk)
    assert talk.compartment in keys
    assert not {other.compartment, "caucus:A", "caucus:B"} & keys


def open_another(cast):
    made = inviting.invite_to_talk(
        actor=cast.mediator,
        case=cast.case,
        purpose="another",
        people=[part_of(cast, cast.party_a).pk],
    )
    return inviting.agree_to_talk(actor=cast.party_a, room=made)


# --- Who learns of it ---------------------------------------------------------------------------


def test_the_people_of_the_talk_are_told_and_nobody_else(mediated, talk):
    mail.outbox.clear()
    hold = place_hold(mediated, talk.compartment)
    assert "tell_of_hold" in [result.task.name for result in default_task_backend.results]
    run_job("rooms.tell_of_hold", hold_id=str(hold.pk), what="placed")
    people = {mediated.party_a.email, mediated.mediator.email}
    assert {address for letter in mail.outbox for address in letter.to} == people
    assert len(mail.outbox) == 2
    news.tell_people(hold=hold, what="placed")  # which knows of no list
    assert len(mail.outbox) == 2
    assert [str(line.what) for line in told(mediated, mediated.party_a)] == [
        f"A talk by invitation, reference {selectors.reference_of_talk(talk.compartment)}"
    ]
    assert told(mediated, mediated.mediator)
    assert not told(mediated, mediated.party_b)


def test_who_left_the_talk_is_not_told(mediated, talk):
    inviting.leave_talk(actor=mediated.party_a, room=talk)
    hold = place_hold(mediated, talk.compartment)
    mail.outbox.clear()
    run_job("rooms.tell_of_hold", hold_id=str(hold.pk), what="placed")
    assert [letter.to for letter in mail.outbox] == [[mediated.mediator.email]]
    assert not told(mediated, mediated.party_a)


def test_to_the_other_side_it_makes_no_difference(mediated, talk):
    part = part_of(mediated, mediated.party_b)
    before = page_of(mediated.party_b, mediated.case), [str(one.what) for one in history_of(part)]
    place_hold(mediated, talk.compartment)
    after = page_of(mediated.party_b, mediated.case), [str(one.what) for one in history_of(part)]
    assert before == after
    facts = [line for line in audit.history_for_case(mediated.case.pk) if "hold" in line.action]
    assert {line.action for line in facts} == {"private_hold.proposed", "private_hold.in_force"}


def test_no_certificate_tells_the_other_side(over, talk):
    place_hold(over, talk.compartment, days=170)
    for user in (over.party_a, over.mediator):
        assert told(over, user)
    sweep_at(date_of(over.case, talk) + SECOND)
    said = {row.letter: row.signed["statement"]["retained"] for row in Certificate.objects.all()}
    grounds = {
        letter: {one["compartment"]: one["ground"] for one in kept} for letter, kept in said.items()
    }
    assert grounds["A"][talk.compartment] == grounds["A"]["shell"] == "legal_hold"
    for letter in set(grounds) - {"A"}:
        assert "legal_hold" not in grounds[letter].values()
        assert not [name for name in grounds[letter] if name.startswith("room")]


def test_it_keeps_the_account_of_its_people_and_of_nobody_else(over, talk):
    place_hold(over, talk.compartment)
    assert account.why_not(over.party_a) != ""
    assert account.why_not(over.party_b) == ""


def test_who_was_asked_about_a_third_person_learns_nothing_after_the_end(mediated):
    """Before it the side knows that there is a talk: it is asked whether the person may come."""
    guest = add_third_person(mediated.case)
    people = [part_of(mediated, user).pk for user in (mediated.party_a, guest)]
    talk = inviting.invite_to_talk(
        actor=mediated.mediator, case=mediated.case, purpose="p", people=people
    )
    assert talks_visible_to(mediated.party_b).filter(pk=talk.pk).exists()
    place_hold(mediated, talk.compartment)
    assert not told(mediated, mediated.party_b)
    leave_case(actor=mediated.party_a, case=mediated.case)
    mediated.case.refresh_from_db()
    sweep_at(date_of(mediated.case, talk) + SECOND)
    assert Member.objects.filter(room=talk).exists()  # held
    assert not talks_visible_to(mediated.party_b).filter(pk=talk.pk).exists()
    client = Client()
    client.force_login(mediated.party_b)
    assert client.get(reverse("rooms:talks", args=[mediated.case.pk])).status_code == 200


def test_a_wider_destruction_leaves_it_out_and_says_so_to_its_people_alone(mediated, talk):
    hold = place_hold(mediated, talk.compartment)
    end_without_settlement(actor=mediated.mediator, case=mediated.case)
    mediated.case.refresh_from_db()
    for user in (mediated.party_a, mediated.party_b):
        ask_erasure(actor=user, case=mediated.case, scope=Scope.EVERYTHING)
    run_erasures(mediated.case)
    assert vault.compartments_with_keys(case_id=mediated.case.pk) >= {hold.compartment}
    assert "caucus:A" not in vault.compartments_with_keys(case_id=mediated.case.pk)
    for row in Certificate.objects.exclude(letter="A"):
        assert str(talk.pk) not in str(row.signed)


def test_by_api_a_talk_is_named_by_its_reference_alone(over, talk):
    officer = join_officer(over)
    written = {
        "client_id": str(uuid4()),
        "case_number": over.case.number,
        "compartment": "room",
        "talk": selectors.reference_of_talk(talk.compartment).lower(),
        "ground": "court_order",
        "reference": "order 12/2026",
        "review_on": str(timezone.localdate() + timedelta(days=60)),
    }
    browser, address = client_of(officer), reverse("api:holds")

    for wrong in ({"talk": "ABCD1234"}, {"talk": ""}, {"compartment": talk.compartment}):
        refused = browser.post(address, {**written, **wrong}, content_type="application/json")
        assert refused.status_code == 400, wrong
    made = browser.post(address, written, content_type="application/json")

    assert made.status_code == 201
    assert made.json()["hold"]["compartment"] == "room"
    assert made.json()["hold"]["talk"] == written["talk"].upper()
    assert str(talk.pk) not in made.content.decode()
    assert Hold.objects.get().compartment == talk.compartment
