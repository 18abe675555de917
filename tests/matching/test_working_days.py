from datetime import UTC, datetime

import pytest

from mediation.matching.working_days import end_of_working_day
from mediation.profiles.holidays import Holidays

NONE = Holidays()


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-16 09:00", 3, "2026-11-19 23:59:59"),  # Monday to Thursday
        ("2026-11-19 23:59", 2, "2026-11-23 23:59:59"),  # Thursday, over a weekend
        ("2026-11-21 12:00", 1, "2026-11-23 23:59:59"),  # Saturday: Monday is the first day
        ("2026-11-20 12:00", 5, "2026-11-27 23:59:59"),
        ("2026-11-20 12:00", 0, "2026-11-20 23:59:59"),
    ],
)
def test_saturdays_and_sundays_do_not_count(start, days, end):
    began = datetime.fromisoformat(start).replace(tzinfo=UTC)

    found = end_of_working_day(began, days, holidays=NONE)

    assert found == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_days_are_those_of_the_installation(settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    friday_evening_utc = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # Saturday in Shanghai

    end = end_of_working_day(friday_evening_utc, 1, holidays=NONE)

    assert end.isoformat() == "2026-11-23T23:59:59+08:00"
