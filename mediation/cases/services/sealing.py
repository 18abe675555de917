"""Writing a sealed field of a row that belongs to a case."""

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from mediation.cases.errors import Held
from mediation.cases.models import Case
from mediation.cases.selectors import address, kept_until, open_sealed
from mediation.core.text import in_one_form
from mediation.vault import services as vault

WRITTEN = gettext_noop(
    "What is written here must stay as it is until %(day)s at the latest, because the centre is"
    " under a duty to keep it. You can still write where nothing is written yet."
)


def seal_field(row: Model, case: Case, field: str, compartment: str, text: str) -> str:
    """Set `row.<field>_sealed` (not saved) and return the model field's name for update_fields."""
    place, slot = address(row, case, field, compartment)
    sealed = vault.seal_text(place=place, slot=slot, text=text) if text else b""
    setattr(row, f"{field}_sealed", sealed)
    return f"{field}_sealed"


def write_over(row: Model, case: Case, field: str, compartment: str, text: str) -> str:
    """`seal_field` for words that can be written again. Call with the case's row locked.

    Raises Held where a hold keeps what is written there; the same words again are no change.
    """
    until = kept_until(case, compartment)
    written = open_sealed(row, case, field, compartment) if until else ""
    if until and written:
        if in_one_form(written) != in_one_form(text):
            raise Held(gettext(WRITTEN) % {"day": date_format(until)})
        return f"{field}_sealed"
    return seal_field(row, case, field, compartment, text)
