"""Time limits that the law counts in working days."""

from datetime import datetime, time, timedelta

from django.utils import timezone

SATURDAY = 5


def end_of_working_day(start: datetime, days: int) -> datetime:
    """The last second of the `days`-th working day after `start`, on the installation's clock.

    Saturdays and Sundays do not count; the day of `start` itself never does (民法典 201).
    """
    day = timezone.localtime(start, timezone.get_default_timezone()).date()
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return timezone.make_aware(
        datetime.combine(day, time.max.replace(microsecond=0)), timezone.get_default_timezone()
    )
