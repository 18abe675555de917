"""Days off are those the operator has entered, as the file says now; what is wrong is said."""

import logging
import os
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from mediation.centers.enums import CenterRole
from mediation.centers.services import add_member
from mediation.profiles.apps import check_holidays
from mediation.profiles.holidays import Holidays, holidays_of
from mediation.rights.enums import Right
from mediation.rights.services.requests import ask_center
from tests.factories.cast import person

SATURDAY, MONDAY = date(2027, 2, 20), date(2027, 2, 8)
SAID = "off = [2027-02-08]\nworks = [2027-02-20]\n"


@pytest.fixture
def write(settings, tmp_path):
    settings.HOLIDAYS_DIR = tmp_path / "holidays"
    settings.HOLIDAYS_DIR.mkdir()
    times = iter(range(1, 100))

    def write(text, name="generic.toml"):
        path = settings.HOLIDAYS_DIR / name
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(next(times), next(times)))  # two changes within one tick of the clock

    return write


def test_a_day_off_is_none_and_a_day_that_makes_up_for_it_is_one(write):
    assert holidays_of("generic") == Holidays()
    write(SAID)
    days = holidays_of("generic")
    assert (days.is_working(MONDAY), days.is_working(SATURDAY)) == (False, True)
    assert (days.knows(2027), days.knows(2026)) == (True, False)
    assert holidays_of("cn-people") == Holidays()  # each place has its own


def test_a_change_counts_at_once(write):
    write(SAID)
    assert not holidays_of("generic").is_working(MONDAY)
    write("off = []")
    assert holidays_of("generic").is_working(MONDAY)


@pytest.mark.parametrize(
    "text",
    [
        "off = 2027-02-08 and more",
        'off = ["2027-02-08"]',
        "off = [2027-02-08T10:00:00]",
        "holidays = [2027-02-08]",
        "off = [2027-02-08]\nworks = [2027-02-08]",
        "off = [2027-02-30]",
    ],
)
def test_what_cannot_be_read_counts_for_nothing_and_is_said(write, caplog, text):
    write(text)
    with caplog.at_level(logging.ERROR):
        assert holidays_of("generic") == Holidays()
    assert "generic.toml" in caplog.text
    (said,) = check_holidays()
    assert "generic.toml" in said.msg
    call_command("check")  # as before every command: a file of dates stops none


def test_a_file_for_no_profile_is_said_and_what_an_editor_leaves_is_not(write):
    for name in ("generic.toml", ".generic.toml.swp", "generic.toml~"):
        write(SAID, name)
    assert check_holidays() == []
    write(SAID, "generic-rules.toml")
    (said,) = check_holidays()
    assert "no rule profile" in said.msg


def test_a_folder_that_cannot_be_reached_counts_for_nothing_and_is_said(settings, tmp_path, caplog):
    (tmp_path / "file").touch()
    settings.HOLIDAYS_DIR = tmp_path / "file"
    with caplog.at_level(logging.ERROR):
        assert holidays_of("generic") == Holidays()
    assert "generic.toml" in caplog.text
    assert check_holidays() == []


@pytest.mark.django_db
def test_a_request_is_due_after_the_days_off_and_the_desk_says_what_is_not_entered(cast, write):
    cast.center.profile = "cn-people"
    cast.center.save()
    officer = person("otto")
    add_member(center=cast.center, user=officer, role=CenterRole.PRIVACY_OFFICER)
    client = Client()
    asked = datetime(2027, 2, 5, 12, tzinfo=UTC)
    with time_machine.travel(asked, tick=False):
        client.force_login(officer)
        before = client.get(reverse("rights:desk")).content.decode()
        write(SAID, "cn-people.toml")
        request = ask_center(
            actor=cast.party_a, center=cast.center, right=Right.EXPLAIN, words="Why?"
        )
        after = client.get(reverse("rights:desk")).content.decode()
    assert "not entered for 2027" in before
    assert "not entered" not in after
    assert request.due_on == date(2027, 2, 26)  # one day off, one Saturday that counts
