"""How long a centre keeps what, within what its rule profile allows."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from mediation.centers.models import Center
from mediation.profiles.selectors import ENDING_WORDS, KEPT_WORDS, profile_named


def periods_of(center: Center) -> dict[str, dict[str, int]]:
    """Days by outcome class and compartment: the profile's, or the centre's own in their place.

    What the profile no longer allows is drawn back to the nearest it does.
    """
    rules = profile_named(center.profile)
    periods = {ending: dict(days) for ending, days in rules.retention.items()}
    for change in center.period_changes.all():
        shortest, longest = rules.bounds[change.outcome_class][change.compartment]
        days = min(max(change.days, shortest), longest)
        periods[change.outcome_class][change.compartment] = days
    return periods


@dataclass(frozen=True)
class ChangeLine:
    """One change of a period, in words. Who made it is in the audit log alone."""

    at: datetime
    ending: str | Promise
    part: str | Promise
    days: int


def changes_of(center: Center) -> list[ChangeLine]:
    """Every change of the centre's periods, newest first."""
    return [
        ChangeLine(
            change.changed_at,
            ENDING_WORDS[change.outcome_class],
            KEPT_WORDS[change.compartment],
            change.days,
        )
        for change in center.period_changes.order_by("-changed_at")
    ]
