"""What is due for destruction, and what has been destroyed."""

from django.utils import timezone

from mediation.cases.models import Case
from mediation.cases.selectors import ErasureDate, erasure_dates


def due_compartments(case: Case) -> list[ErasureDate]:
    """The compartments of an ended case whose date has come, soonest first."""
    if case.closed_at is None:
        return []
    return [date for date in erasure_dates(case) if date.at <= timezone.now()]
