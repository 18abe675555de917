"""The same verbs by REST."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from mediation.performance.enums import Says
from mediation.performance.models import Reminder, Statement
from tests.factories.performance import line_of, say
from tests.promises.world import BACKEND, client_of

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


def url(cast, name="obligations", **ids):
    return reverse(f"api:{name}", kwargs={"case_id": cast.case.pk, **ids})


def state(user, cast, says, seen=0, **more):
    written = {"client_id": str(uuid4()), "says": says, "seen": seen, **more}
    address = url(cast, "obligations-said", line_key=more.pop("line", "o1"))
    return client_of(user).post(address, written, **JSON)


def test_the_tracker_in_full(cast, settlement):
    say(cast.party_b, settlement, Says.PART, note="Half.", amount=Decimal(600))
    shown = client_of(cast.party_a).get(url(cast)).json()
    assert (shown["settlement"], shown["performed_at"]) == (settlement.number, None)
    assert shown["reminds_me"] is False
    payment, waiver = shown["lines"]
    assert payment["may_say"] == ["confirmed", "part_confirmed", "disputed"]
    assert payment["seen"] == 1
    assert (payment["due_on"], payment["amount"]) == ("2027-01-31", "1200.00")
    (word,) = payment["said"]
    assert (word["side"], word["says"], word["amount"]) == ("B", "part", "600.00")
    assert (waiver["status"], waiver["may_say"]) == ("by_itself", [])


def test_a_line_is_reported_and_confirmed(cast, settlement):
    answer = state(cast.party_b, cast, "done", note="Paid.", done_on="2026-11-02")
    assert (answer.status_code, answer.json()["status"]) == (201, "done")
    answer = state(cast.party_a, cast, "confirmed", seen=1)
    assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")
    assert line_of(cast.party_b, settlement).is_settled


def test_the_same_twice_is_stored_once(cast, settlement):
    address = url(cast, "obligations-said", line_key="o1")
    written = {"client_id": str(uuid4()), "says": "done", "seen": 0}
    for _time in "12":
        assert client_of(cast.party_b).post(address, written, **JSON).status_code == 201
    assert Statement.objects.count() == 1


@pytest.mark.parametrize(
    ("written", "status", "code"),
    [
        ({"says": "done", "seen": 1}, 409, "other_word"),
        ({"says": "confirmed"}, 409, "wrong_state"),
        ({"says": "late"}, 400, "invalid"),
        ({"says": "done", "seen": -1}, 400, "invalid"),
        ({"says": "done", "amount": "0"}, 400, "invalid_input"),
        ({"says": "done", "done_on": "2099-01-01"}, 400, "invalid_input"),
        ({"says": "done", "note": "x" * 2001}, 400, "invalid"),
    ],
)
def test_refusals_have_a_code(cast, settlement, written, status, code):
    answer = state(cast.party_b, cast, **{"seen": 0, **written})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Statement.objects.exists()


def test_a_line_that_is_not_there(cast, settlement):
    address = url(cast, "obligations-said", line_key="o9")
    assert client_of(cast.party_b).post(address, {}, **JSON).status_code == 404


def test_what_changes_something_needs_the_csrf_token(cast, settlement):
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(cast.party_b, backend=BACKEND)
    address = url(cast, "obligations-said", line_key="o1")
    assert client.post(address, {"says": "done", "seen": 0}, **JSON).status_code == 403
    address = url(cast, "obligations-reminders")
    assert client.put(address, {"wanted": True}, **JSON).status_code == 403


def test_reminders_on_and_off(cast, settlement):
    client = client_of(cast.party_a)
    for wanted in (True, True, False):
        answer = client.put(url(cast, "obligations-reminders"), {"wanted": wanted}, **JSON)
        assert (answer.status_code, answer.json()) == (200, {"wanted": wanted})
        assert Reminder.objects.exists() is wanted
        assert client.get(url(cast)).json()["reminds_me"] is wanted


def test_the_certificate(cast, settlement):
    address = url(cast, "obligations-certificate")
    assert client_of(cast.party_a).get(address).status_code == 409
    say(cast.party_a, settlement, Says.CONFIRMED)
    signed = client_of(cast.party_b).get(address).json()
    assert signed["statement"]["schema"] == "heyi-performance-certificate-1"
