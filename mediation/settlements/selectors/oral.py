"""Reads of what is agreed without a signature."""

from datetime import datetime, timedelta

from django.utils import timezone

from mediation.settlements.models import Version
from mediation.settlements.selectors import version_terms


def agreeing_opens_at(version: Version) -> datetime:
    """From when on one can agree to this version: at once, or after the time to think."""
    return version.frozen_at + timedelta(days=version_terms(version).cooling_off_days)


def is_time_to_think(version: Version) -> bool:
    return timezone.now() < agreeing_opens_at(version)
