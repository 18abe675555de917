"""Writing a sealed field of a row that belongs to a case."""

from django.db.models import Model

from mediation.cases.models import Case
from mediation.cases.selectors import address
from mediation.vault import services as vault


def seal_field(row: Model, case: Case, field: str, compartment: str, text: str) -> str:
    """Set `row.<field>_sealed` (not saved) and return the model field's name for update_fields."""
    place, slot = address(row, case, field, compartment)
    sealed = vault.seal_text(place=place, slot=slot, text=text) if text else b""
    setattr(row, f"{field}_sealed", sealed)
    return f"{field}_sealed"
