"""Time limits that the law counts in working days."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from mediation.profiles.holidays import Holidays


def end_of_working_day(start: datetime, days: int, *, holidays: Holidays) -> datetime:
    """The last second of the `days`-th working day after `start`, on the installation's clock.

    Saturdays, Sundays and public holidays do not count, days that make up for one do; the day of
    `start` itself never does (民法典 201).
    """
    day = timezone.localtime(start, timezone.get_default_timezone()).date()
    while days > 0:
        day += timedelta(days=1)
        days -= holidays.is_working(day)
    return timezone.make_aware(
        datetime.combine(day, time.max.replace(microsecond=0)), timezone.get_default_timezone()
    )
