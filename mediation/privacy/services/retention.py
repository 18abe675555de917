"""What the clock destroys."""

from mediation.cases.models import Case
from mediation.privacy.selectors import due_compartments
from mediation.vault import services as vault


def sweep_retention() -> int:
    """Destroy what is due in every ended case; returns how many cases had something due."""
    ended = Case.objects.filter(closed_at__isnull=False).order_by("closed_at")
    return sum(_sweep(case) for case in ended)


def _sweep(case: Case) -> bool:
    names = {date.compartment for date in due_compartments(case)}
    names -= {key.compartment for key in vault.destroyed_keys(case_id=case.pk)}
    if names:
        vault.destroy_keys(case_id=case.pk, compartments=names)
    return bool(names)
