"""Until when an answer is due, at the edges of months, weeks and clocks."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import timezone

from mediation.profiles.holidays import Holidays
from mediation.rights.clock import (
    MONTH,
    WORKING_DAYS,
    can_extend,
    due_on,
    extended_due_on,
    months_later,
    today,
)

NONE = Holidays()
BEFORE = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ((2027, 1, 31), date(2027, 3, 1)),  # 28 February is a Sunday
        ((2028, 1, 31), date(2028, 2, 29)),
        ((2026, 11, 23), date(2026, 12, 23)),
        ((2026, 12, 30), date(2027, 2, 1)),  # 30 January is a Saturday
        ((2026, 3, 31), date(2026, 4, 30)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last_or_the_next_working_day(received, due):
    assert due_on(datetime(*received, 12, tzinfo=UTC), MONTH, holidays=NONE) == due


def test_more_time_is_two_months_more_from_the_first_day():
    assert extended_due_on(datetime(2026, 11, 30, 12, tzinfo=UTC), holidays=NONE) == date(
        2027, 3, 1
    )
    assert can_extend(MONTH)
    assert not can_extend(WORKING_DAYS)


def test_fifteen_working_days_are_three_weeks():
    assert due_on(BEFORE, WORKING_DAYS, holidays=NONE) == date(2026, 12, 11)


def test_public_holidays_do_not_count_and_days_that_make_up_for_them_do():
    off = frozenset({date(2026, 11, 25), date(2026, 12, 11), date(2026, 12, 14)})
    here = Holidays(off, works=frozenset({date(2026, 12, 12)}))  # a Saturday
    assert due_on(BEFORE, WORKING_DAYS, holidays=here) == date(2026, 12, 15)
    assert due_on(datetime(2026, 11, 11, 12, tzinfo=UTC), MONTH, holidays=here) == date(
        2026, 12, 12
    )


@pytest.mark.parametrize("months", range(1, 30))
def test_months_never_leave_the_calendar(months):
    later = months_later(date(2024, 1, 31), months)
    assert (later.year * 12 + later.month) - (2024 * 12 + 1) == months


@pytest.mark.parametrize("rule", [MONTH, WORKING_DAYS])
def test_the_date_is_the_installations_wherever_the_person_is(rule):
    received = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with timezone.override("Asia/Shanghai"):
        there = due_on(received, rule, holidays=NONE)
    assert there == due_on(received, rule, holidays=NONE)


def test_today_is_the_installations_wherever_the_reader_is():
    evening = datetime(2026, 11, 20, 20, tzinfo=UTC)
    with time_machine.travel(evening, tick=False), timezone.override("Asia/Shanghai"):
        assert today() == date(2026, 11, 20)
