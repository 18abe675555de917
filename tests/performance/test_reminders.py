"""Reminders for those who asked, and the calendar file; neither says what it is about."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command

from mediation.core.errors import Forbidden
from mediation.mail.models import Dispatch
from mediation.performance.calendar import calendar_file
from mediation.performance.enums import Says
from mediation.performance.models import Reminder
from mediation.performance.services.reminders import remind_of_days, switch_reminders
from tests.factories.performance import say
from tests.performance.test_access import url
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db
DUE = date(2027, 1, 31)


def switch(user, settlement, *, wanted=True):
    switch_reminders(actor=user, settlement=settlement, wanted=wanted)


def on_day(before, run=remind_of_days):
    with time_machine.travel(datetime(2027, 1, 31, 9, tzinfo=UTC) - timedelta(days=before)):
        return run()


def test_nobody_is_reminded_who_did_not_ask(cast, settlement, mailoutbox):
    for before in (7, 1):
        assert on_day(before) == 0
    assert mailoutbox == []


def test_seven_days_and_one_day_before_once_each(cast, settlement, mailoutbox):
    switch(cast.party_a, settlement)
    sent = []
    for before in (9, 8, 7, 6, 2, 1, 0, -1):
        on_day(before)
        on_day(before)
        sent.append(len(mailoutbox))
    assert sent == [0, 0, 1, 1, 1, 2, 2, 2]
    assert {letter.to[0] for letter in mailoutbox} == {cast.party_a.email}


def test_the_mail_says_nothing_of_the_case(cast, settlement, mailoutbox):
    switch(cast.party_a, settlement)
    on_day(7, lambda: call_command("remind_of_days"))
    (letter,) = mailoutbox
    assert letter.subject == "An appointment you asked to be reminded of"
    text = letter.subject + letter.body
    assert f"/cases/{cast.case.pk}/settlement/obligations/" in text
    for content in (cast.case.number, settlement.number, "loan", "1,200", "2027", "January"):
        assert content not in text
    assert "2027" not in Dispatch.objects.get(kind="performance/reminder").key


def test_whoever_asks_late_is_reminded_of_what_is_still_to_come(cast, settlement, mailoutbox):
    on_day(3, lambda: switch(cast.party_b, settlement))
    for before in (3, 2):
        assert on_day(before) == 0
    on_day(1)
    assert len(mailoutbox) == 1


def test_after_a_pause_of_the_service_only_the_nearest_is_sent(cast, settlement, mailoutbox):
    switch(cast.party_a, settlement)
    on_day(4)
    assert len(mailoutbox) == 1
    Dispatch.objects.all().delete()
    on_day(1)
    assert len(mailoutbox) == 2


def test_what_is_confirmed_needs_no_reminder(cast, settlement, mailoutbox):
    switch(cast.party_a, settlement)
    say(cast.party_b, settlement, Says.DONE)
    on_day(7)
    assert len(mailoutbox) == 1
    say(cast.party_a, settlement, Says.CONFIRMED)
    assert on_day(1) == 0


def test_switched_off_nothing_comes_and_nothing_is_left(cast, settlement, mailoutbox):
    switch(cast.party_a, settlement)
    switch(cast.party_a, settlement)
    assert Reminder.objects.count() == 1
    switch(cast.party_a, settlement, wanted=False)
    switch(cast.party_a, settlement, wanted=False)
    assert not Reminder.objects.exists()
    assert on_day(7) == 0


def test_whoever_left_is_not_reminded(cast, settlement, mailoutbox):
    switch(cast.party_a, settlement)
    cast.case.participants.filter(user=cast.party_a).update(left_at=settlement.created_at)
    assert on_day(7) == 0


@pytest.mark.parametrize("who", ["mediator", "coordinator", "clerk", "stranger"])
def test_only_the_sides_can_ask(cast, settlement, who):
    with pytest.raises(Forbidden):
        switch(getattr(cast, who), settlement)


def test_the_calendar_file_has_the_days_and_no_words(cast, settlement):
    answer = client_of(cast.party_a).get(url("days", cast.case))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    text = answer.content.decode().replace("\r\n ", "")
    assert "DTSTART;VALUE=DATE:20270131" in text
    assert "SUMMARY:A day to remember" in text
    for content in ("loan", "1200", "1,200", cast.case.number, settlement.number, "Ada", "Bo"):
        assert content not in text
    say(cast.party_a, settlement, Says.CONFIRMED)
    assert b"VEVENT" not in client_of(cast.party_a).get(url("days", cast.case)).content


def test_the_calendar_file_is_as_the_standard_says():
    content = calendar_file(
        days=[("one", DUE)],
        title="需要记住的日子,需要记住的日子;需要记住的日子",
        url="https://heyi.example/" + "a" * 70,
        made_at=datetime(2026, 11, 22, 8, tzinfo=UTC),
    )
    assert content.endswith(b"END:VCALENDAR\r\n")
    lines = content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()  # no character is cut in two
    text = content.decode().replace("\r\n ", "")
    assert "DTSTAMP:20261122T080000Z" in text
    assert "SUMMARY:需要记住的日子\\,需要记住的日子\\;需要记住的日子" in text
    assert "URL:https://heyi.example/" + "a" * 70 in text
