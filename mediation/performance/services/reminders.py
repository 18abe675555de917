"""Reminders of a settlement's days: only for whoever asked for them, and without a word of it."""

import logging
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.core.clock import zone_for
from mediation.core.errors import require
from mediation.mail import services as mail
from mediation.performance import access
from mediation.performance.lines import Line
from mediation.performance.models import Reminder
from mediation.performance.selectors import lines_for, tracked_settlement
from mediation.settlements.lifecycle import lock
from mediation.settlements.models import Settlement

logger = logging.getLogger(__name__)
DAYS_BEFORE = (1, 7)  # the nearest first: after a pause of the service only that one is sent


@transaction.atomic
def switch_reminders(*, actor: User, settlement: Settlement, wanted: bool) -> None:
    """A party asks to be reminded of the days of this settlement, or no longer. For their own
    account; nobody else is told. Twice is the same as once. Raises Forbidden.
    """
    case, settlement = lock(settlement)
    require(access.settlements_tracked_by(actor).filter(pk=settlement.pk).exists())
    part = case_access.require_party(actor, case)
    rows = Reminder.objects.filter(settlement=settlement, participant=part)
    if wanted == rows.exists():
        return
    if wanted:
        rows.create(settlement=settlement, participant=part, on_since=timezone.now())
    else:
        rows.delete()
    audit.record(actor=actor, action="performance.reminders", target=settlement, case_id=case.pk)


def remind_of_days() -> int:
    """Remind everybody who asked for it, seven days and one day before the day of something that
    is not confirmed; returns how many mails are due. Each goes out once, whatever runs this; one
    that the mail server did not take is tried again the next time.
    """
    return sum(_reminded_or_logged(row) for row in _wanted())


def _wanted() -> list[Reminder]:
    rows = Reminder.objects.filter(participant__left_at=None)
    return list(rows.select_related("participant__user", "settlement__case"))


def _reminded_or_logged(row: Reminder) -> int:
    """One that cannot be read keeps nobody else from being reminded."""
    try:
        return _remind(row)
    except Exception:
        logger.exception("reminders of settlement %s failed", row.settlement_id)
        return 0


def _remind(row: Reminder) -> int:
    person, settlement = row.participant.user, row.settlement
    assert person is not None
    if tracked_settlement(person, settlement.case) != settlement:
        return 0
    due = _due(row, person, lines_for(person, settlement))
    for place, days in due:
        try:
            _send(row, person, place, days)
        except mail.MailFailed:
            logger.warning("a reminder was not taken by the mail server")
    return len(due)


def _due(row: Reminder, person: User, lines: list[Line]) -> list[tuple[int, int]]:
    """(the day's place among all days of the settlement, how many days before it is) for each day
    that is near: several lines on one day are one mail.
    """
    zone = zone_for(chosen=person.time_zone, language=person.language)
    today = timezone.localdate(timezone=zone)
    since = timezone.localdate(row.on_since, zone)
    every = sorted({line.due_on for line in lines if line.due_on})
    waiting = {line.due_on for line in lines if not line.is_settled}
    steps = [(place, _step(day, today, since)) for place, day in enumerate(every) if day in waiting]
    return [(place, days) for place, days in steps if days is not None]


def _step(due_on: date, today: date, since: date) -> int | None:
    """Which reminder of this day it is time for: 1 or 7 days before, or None."""
    for days in DAYS_BEFORE:
        remind_on = due_on - timedelta(days=days)
        if remind_on <= today < due_on:
            return days if since <= remind_on else None
    return None


def _send(row: Reminder, person: User, place: int, days: int) -> None:
    mail.send_mail(
        kind="performance/reminder",
        to=person.email,
        language=person.language,
        time_zone=person.time_zone,
        context={"case_id": row.settlement.case_id},
        # The day's place among the others, not the day: what mail remembers is no content.
        key=f"remind:{days}:{place}:{row.settlement_id}:{row.participant_id}",
    )
