"""Until when a request is to be answered.

- `month` (GDPR 12(3)): the same day of the next month, its last day where there is none; if that is
  a Saturday, Sunday or public holiday, the next working day (Regulation 1182/71, 3(2)(c) and 3(4)).
  Two further months if the person was told why within the first.
- `working_days` (认定方法 2019, 6(5), for PIPL 50): fifteen working days, which nothing extends.

Public holidays are those the operator has entered for the rule profile; where they are missing, a
date is at worst some days too early.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from mediation.matching.working_days import end_of_working_day
from mediation.profiles.holidays import Holidays

MONTH, WORKING_DAYS = "month", "working_days"
DAYS = 15
FURTHER_MONTHS = 2
FARTHEST_WEST = timedelta(hours=12)  # so much are clocks behind at most


def due_on(received: datetime, rule: str, *, holidays: Holidays) -> date:
    """The last day for an answer to what came in at `received`."""
    if rule == WORKING_DAYS:
        return day_of(end_of_working_day(received, DAYS, holidays=holidays))
    return next_working_day(months_later(day_of(received), 1), holidays)


def extended_due_on(received: datetime, *, holidays: Holidays) -> date:
    """The last day after an extension (GDPR 12(3), second sentence)."""
    return next_working_day(months_later(day_of(received), 1 + FURTHER_MONTHS), holidays)


def can_extend(rule: str) -> bool:
    return rule == MONTH


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def next_working_day(day: date, holidays: Holidays) -> date:
    """`day`, or the first working day after it."""
    while not holidays.is_working(day):
        day += timedelta(days=1)
    return day


def today() -> date:
    """The installation's day, not that of whoever asks: what is counted by it is our duty."""
    return day_of(timezone.now())


def start_of(day: date) -> datetime:
    """The installation's midnight with which `day` begins."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def day_of(moment: datetime) -> date:
    """The installation's day of a moment."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def can_be_told_at(told_at: datetime, known_at: datetime) -> bool:
    """Nobody is told of what nobody knows; to the minute, which is what the form asks for."""
    return told_at >= known_at.replace(second=0, microsecond=0)


def can_be_told_on(told_on: date, known_at: datetime) -> bool:
    """The same for a day, which is no earlier than it was anywhere when the centre knew: officers
    of one centre may have clocks of their own.
    """
    return told_on >= (known_at.astimezone(UTC) - FARTHEST_WEST).date()


def tell_authority_by(known: datetime, hours: int) -> datetime:
    """Until when an authority is to be told of a breach (GDPR 33(1), Regulation 1182/71, 3(1)):
    hours count through nights and weekends.
    """
    return known + timedelta(hours=hours)
