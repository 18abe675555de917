"""What several forms of settlements need."""

from collections.abc import Mapping
from typing import Any

from django import forms

LONG = 4000


def long_text(label: Any, hint: Any = "", *, rows: int = 4, required: Any = "") -> forms.CharField:
    """`required` is what to say when it is left empty; without words it may be."""
    return forms.CharField(
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
