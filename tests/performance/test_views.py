"""The pages: what they say, what they do, and what they do with a slip."""

import json
import re
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.cases.access import participant_of
from mediation.desk.next_steps import tasks_for
from mediation.performance.enums import LineStatus as L
from mediation.performance.enums import Says
from mediation.performance.models import Reminder, Statement
from tests.factories.performance import line_of, say
from tests.performance.test_access import url
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db
REPORT = {
    "says": "part",
    "amount": "400",
    "done_on_day": "2",
    "done_on_month": "11",
    "done_on_year": "2026",
    "note": "The first half.",
}


def text_of(answer):
    """What stands on the page, without its marks and blanks."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def sent(seen=0, **fields):
    return {"client_id": uuid4(), "seen": seen, **fields}


def page(user, cast, name="tracker"):
    return text_of(client_of(user).get(url(name, cast.case)))


def test_every_line_stands_with_its_status(cast, settlement):
    shown = page(cast.party_a, cast)
    assert "Confirmed: 0 of 1" in shown
    assert "The rest of the loan" in shown
    assert "EUR 1,200.00" in shown
    assert "31 January 2027" in shown
    assert "To be done" in shown
    assert "Took effect with the settlement" in shown
    with time_machine.travel(date(2027, 2, 2), tick=False):
        assert "Its day is over" in page(cast.party_a, cast)


def test_a_report_by_form_is_read_and_confirmed_by_the_other_side(cast, settlement):
    client = client_of(cast.party_b)
    fields = sent(**REPORT)
    for _time in "12":
        answer = client.post(url("report", cast.case), fields, follow=True)
    assert "The other side is told that there is something new." in text_of(answer)
    assert Statement.objects.count() == 1
    read = page(cast.party_a, cast, "line")
    assert "Waits for your answer" in read
    for words in ("A part of it is done", "EUR 400.00", "On 2 November 2026", "The first half."):
        assert words in read
    client = client_of(cast.party_a)
    client.post(url("confirm_part", cast.case), sent(1))
    assert line_of(cast.party_a, settlement).status == L.PART
    assert "you cannot take it back" in page(cast.party_a, cast, "confirm")
    answer = client.post(url("confirm", cast.case), sent(2), follow=True)
    assert "Done and confirmed" in text_of(answer)
    assert line_of(cast.party_a, settlement).status == L.CONFIRMED


def test_a_different_view_stands_beside_the_yes_and_needs_no_words(cast, settlement):
    say(cast.party_b, settlement, Says.DONE)
    html = client_of(cast.party_a).get(url("line", cast.case)).content.decode()
    buttons = html.partition('class="govuk-button-group"')[2].partition("</div>")[0]
    assert re.findall(r'class="(govuk-button[^"]*)"', buttons) == ["govuk-button", "govuk-button"]
    answer = client_of(cast.party_a).post(url("dispute", cast.case), sent(1), follow=True)
    assert "That is nobody's fault and decides nothing." in text_of(answer).replace("&#x27;", "'")
    assert line_of(cast.party_a, settlement).status == L.DISPUTED
    client_of(cast.party_a).post(url("take_back", cast.case), sent(2))
    assert line_of(cast.party_a, settlement).status == L.DONE


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ({"says": ""}, "Please check the following"),
        ({"says": "confirmed"}, "Please check the following"),
        ({"amount": "-1"}, "Please check the following"),
        ({"done_on_year": "2099"}, "Enter a day that is not still to come."),
        ({"note": "x" * 2001}, "Please check the following"),
    ],
)
def test_a_slip_is_told_beside_its_field(cast, settlement, slip, told):
    answer = client_of(cast.party_b).post(url("report", cast.case), sent(**REPORT | slip))
    assert answer.status_code == 200
    assert told in text_of(answer)
    assert not Statement.objects.exists()


def test_a_page_that_is_out_of_date_changes_nothing(cast, settlement):
    say(cast.party_b, settlement, Says.PART)
    say(cast.party_b, settlement, Says.DONE)
    answer = client_of(cast.party_a).post(url("confirm", cast.case), sent(1))
    assert answer.status_code == 409
    assert "Look again." in text_of(answer)
    assert line_of(cast.party_a, settlement).status == L.DONE


def test_what_a_side_cannot_say_is_refused_in_words(cast, settlement):
    answer = client_of(cast.party_a).post(url("report", cast.case), sent(**REPORT))
    assert answer.status_code == 409


def test_words_are_text_and_never_markup(cast, settlement):
    say(cast.party_b, settlement, Says.DONE, note="<b>&amp;</b>")
    for name in ("line", "confirm", "dispute"):
        html = client_of(cast.party_a).get(url(name, cast.case)).content.decode()
        assert "<b>&amp;</b>" not in html
        assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in html


def test_the_certificate_is_offered_once_everything_is_confirmed(cast, settlement):
    link = url("certificate", cast.case)
    assert link not in client_of(cast.party_a).get(url("tracker", cast.case)).content.decode()
    assert client_of(cast.party_a).get(link).status_code == 409
    say(cast.party_a, settlement, Says.CONFIRMED)
    for user in (cast.party_a, cast.party_b):
        assert link in client_of(user).get(url("tracker", cast.case)).content.decode()
        answer = client_of(user).get(link)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert json.loads(answer.content)["statement"]["agreement_no"] == settlement.number


def test_reminders_are_off_until_somebody_switches_them_on_for_themselves(cast, settlement):
    assert "Remind me" in page(cast.party_a, cast)
    client = client_of(cast.party_a)
    answer = client.post(url("remind", cast.case), {"wanted": "on"}, follow=True)
    assert "No longer remind me" in text_of(answer)
    assert "No longer remind me" not in page(cast.party_b, cast)
    assert [row.participant.user for row in Reminder.objects.all()] == [cast.party_a]
    client.post(url("remind", cast.case), {"wanted": "off"})
    assert not Reminder.objects.exists()


def test_the_case_page_says_when_something_waits_for_me(cast, settlement):
    def row(user):
        part = participant_of(user, cast.case)
        found = [task for task in tasks_for(part) if "/obligations/" in (task.url or "")]
        return [(str(task.status), task.tone) for task in found]

    assert row(cast.party_a) == row(cast.party_b) == [("Look", "neutral")]
    say(cast.party_b, settlement, Says.DONE)
    assert row(cast.party_a) == [("Waits for your answer", "attention")]
    assert row(cast.party_b) == [("Look", "neutral")]
    assert row(cast.mediator) == []


def test_the_settlement_leads_to_it(cast, settlement):
    address = reverse("settlements:read", args=[cast.case.pk])
    assert url("tracker", cast.case) in client_of(cast.party_b).get(address).content.decode()


def test_the_page_takes_the_same_queries_for_one_word_and_three(cast, settlement):
    def queries():
        client = client_of(cast.party_b)
        client.get(url("tracker", cast.case))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("tracker", cast.case)).status_code == 200
        return len(captured)

    say(cast.party_b, settlement, Says.PART)
    one = queries()
    say(cast.party_b, settlement, Says.PART)
    say(cast.party_b, settlement, Says.DONE)
    assert queries() == one
