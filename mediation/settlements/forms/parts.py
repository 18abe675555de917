"""What several forms of settlements need."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.core.text import in_one_form
from mediation.settlements.document.comparison import Words, word_changes

LONG = 4000
SHORT = 400


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


def with_current(typed: Any, **values: str) -> Any:
    """A copy of what was typed, every ticked box too, with some hidden fields up to date."""
    new = typed.copy()
    for name, value in values.items():
        new[name] = value
    return new


def _readable(field: forms.Field, value: Any) -> str:
    """A value of a form as people read it."""
    value = field.prepare_value(value)
    if isinstance(field, forms.ChoiceField):
        chosen = value if isinstance(value, list | tuple) else [value]
        choices: Any = field.choices
        return "\n".join(str(label) for name, label in choices if name in chosen)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Beside:
    """A field in which the draft says something else than what was typed: both, word by word."""

    label: str | Promise
    words: tuple[Words, ...]


class EditionForm(forms.Form):
    """A form over a draft that may meanwhile have been saved elsewhere. What was typed stays in the
    form; sending it once more is a decision.
    """

    edition = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, current: int, **options: Any) -> None:
        self.current = current
        self.is_stale = False
        super().__init__(*args, **options)
        self.initial["edition"] = current

    def clean_edition(self) -> int:
        seen: int = self.cleaned_data["edition"]
        if seen != self.current:
            self.is_stale = True
            self.data = with_current(self.data, edition=str(self.current))
            self.add_error(
                None,
                _(
                    "The draft was saved in another window after you opened this page. What you "
                    "typed is still here: compare it with the draft, then save again to replace it."
                ),
            )
        return seen

    def beside(self) -> Iterator[Beside]:
        """After an edit of an outdated draft: what saving again would replace, field by field."""
        names = [field.name for field in self.visible_fields() if self.is_stale]
        for name in names:
            now, typed = self._in_draft(name), self._typed(name)
            if now != typed and len(typed) <= LONG:  # what is longer is refused beside its field
                yield Beside(self.fields[name].label or "", tuple(word_changes(now, typed)))

    def _in_draft(self, name: str) -> str:
        field = self.fields[name]
        return _readable(field, self.get_initial_for_field(field, name))

    def _typed(self, name: str) -> str:
        """As it was typed: a text may be wrong in other ways too, and is shown all the same."""
        field, typed = self.fields[name], self[name].value()
        if isinstance(field, Text):
            return _readable(field, Text.to_python(field, typed).strip())
        return _readable(field, self.cleaned_data.get(name))


class EditionOnlyForm(forms.Form):
    """A single button on a draft: which edition the person was looking at."""

    edition = forms.IntegerField()
