"""What several forms of settlements need."""

from collections.abc import Mapping
from typing import Any

from django import forms

from mediation.core.text import in_one_form

LONG = 4000


class Text(forms.CharField):
    """What somebody wrote, as it is signed: in one form, and without characters nobody can see.
    Browsers send a line end as two characters, and tables bring tabs.
    """

    def to_python(self, value: Any) -> Any:
        return in_one_form(super().to_python(value) or "").replace("\t", " ")


def long_text(label: Any, hint: Any = "", *, rows: int = 4, required: Any = "") -> Text:
    """`required` is what to say when it is left empty; without words it may be."""
    return Text(
        label=label,
        help_text=hint,
        required=bool(required),
        error_messages={"required": required},
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def with_current(typed: Mapping[str, Any], **values: str) -> dict[str, Any]:
    """What was typed, with some hidden fields brought up to date."""
    return {name: typed[name] for name in typed} | values
