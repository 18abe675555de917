"""How every Django form of ours turns into markup: one renderer, one bound field, three widgets.

`settings.FORM_RENDERER` names `Renderer`; nothing else is needed for `{{ form }}`,
`{{ form.name.as_field_group }}` or `components/_field.html` to come out in our design.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

Text = str | Promise

INVALID_EMAIL = _("Enter an e-mail address like name@example.com.")
INVALID_AMOUNT = _("Enter an amount in digits, for example 1250.00.")
EARLIEST_YEAR = 1900  # "26" for 2026 is a slip, not a date in the first century


class OptionHints(forms.RadioSelect):
    """Options with an optional hint each; `inline` puts a short pair side by side."""

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        hints: Mapping[str, Text] | None = None,
        inline: bool = False,
    ) -> None:
        super().__init__(attrs)
        self.hints = hints or {}
        self.inline = inline

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["inline"] = self.inline
        return context

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        hint = self.hints.get(str(option["value"]))
        if hint and "id" in option["attrs"]:
            option["hint"] = hint
            option["attrs"]["aria-describedby"] = f"{option['attrs']['id']}_hint"
        return option


class Radios(OptionHints):
    """One answer out of a few."""


class Checkboxes(OptionHints, forms.CheckboxSelectMultiple):
    """Any number of answers."""


class DateInputs(forms.MultiWidget):
    """Three boxes for a date somebody knows by heart; the year comes first in Chinese."""

    template_name = "django/forms/widgets/date_inputs.html"
    use_fieldset = True
    labels = {"day": _("Day"), "month": _("Month"), "year": _("Year")}

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({name: _date_box(name) for name in self.labels}, attrs)

    def decompress(self, value: date | None) -> list[int | None]:
        return [value.day, value.month, value.year] if value else [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        parts = zip(self.labels.values(), context["widget"]["subwidgets"], strict=True)
        context["widget"]["parts"] = list(parts)[:: self.reading_direction()]
        return context

    @staticmethod
    def reading_direction() -> int:
        """1 for day-month-year, -1 for year-month-day."""
        return -1 if (get_language() or "").startswith("zh") else 1


def _date_box(name: str) -> forms.TextInput:
    width = 4 if name == "year" else 2
    css = f"govuk-input govuk-date-input__input govuk-input--width-{width}"
    return forms.TextInput({"class": css, "inputmode": "numeric", "autocomplete": "off"})


class EmailField(forms.EmailField):
    """An address, refused in our words."""

    default_validators = [EmailValidator(INVALID_EMAIL)]


class MoneyField(forms.DecimalField):
    """An optional amount above zero with two decimals; a phone shows digits to type it."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-10"})
    default_error_messages = {"invalid": INVALID_AMOUNT}

    def __init__(self, *, max_digits: int = 15, **kwargs: Any) -> None:
        smallest = Decimal("0.01")
        super().__init__(
            required=False, min_value=smallest, max_digits=max_digits, decimal_places=2, **kwargs
        )


class DateField(forms.Field):
    """A date in three boxes. Cleans to `datetime.date`, or None when optional and left empty."""

    widget = DateInputs
    default_error_messages = {
        "required": _("Enter a date."),
        "invalid": _("Enter a real date, with a day, a month and a year in four digits."),
    }

    def to_python(self, value: date | Sequence[str | None] | None) -> date | None:
        if value is None or isinstance(value, date):
            return value
        parts = [(part or "").strip() for part in value]
        return self._real_date(parts) if any(parts) else None

    def _real_date(self, parts: list[str]) -> date:
        try:
            day, month, year = (int(part) for part in parts)
            if year >= EARLIEST_YEAR:
                return date(year, month, day)
        except ValueError:
            pass
        raise ValidationError(self.error_messages["invalid"], code="invalid")


# The first match wins: Django's checkbox list is a kind of radio list.
KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (DateInputs, "date"),
    (forms.MultiWidget, "group"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
    (forms.FileInput, "file"),
)
CSS_CLASSES = {
    "input": "govuk-input",
    "textarea": "govuk-textarea",
    "select": "govuk-select",
    "file": "govuk-file-upload",
    "checkbox": "govuk-checkboxes__input",
    "checkboxes": "govuk-checkboxes__input",
    "radios": "govuk-radios__input",
}
OPTION_KINDS = {"radios", "checkboxes"}


class ScreenField(forms.BoundField):
    """A form field as the templates see it."""

    @property
    def kind(self) -> str:
        """Which part of `components/_field.html` draws this field."""
        widget = self.field.widget
        if widget.is_hidden:
            return "hidden"
        return next((kind for known, kind in KINDS if isinstance(widget, known)), "input")

    @property
    def focus_id(self) -> str:
        """The id an error summary links to: the first box or option of the field."""
        if self.kind in OPTION_KINDS:
            return f"{self.auto_id}_0"
        if self.kind == "date" and DateInputs.reading_direction() < 0:
            return f"{self.auto_id}_2"
        return f"{self.auto_id}_0" if self.kind in {"date", "group"} else self.id_for_label

    @property
    def counted_length(self) -> int | None:
        """The limit a live character count shows, or None for fields without one, and for what
        cannot be typed in.
        """
        limit: int | None = getattr(self.field, "max_length", None)
        is_written_in = self.kind == "textarea" and "readonly" not in self.field.widget.attrs
        return limit if is_written_in else None

    @property
    def aria_describedby(self) -> str:
        described = super().aria_describedby or ""
        return f"{described} {self.auto_id}-info".strip() if self.counted_length else described

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        built = super().build_widget_attrs(attrs, widget)
        own = self.field.widget.attrs.get("class", "")
        counted = "govuk-js-character-count" if self.counted_length else ""
        if css := CSS_CLASSES.get(self.kind):
            built["class"] = " ".join(f"{css} {counted} {own}".split())
        if self.kind in OPTION_KINDS:
            built.pop("aria-invalid", None)  # ARIA 1.2 has it on the group, not on an option
        if "placeholder" in self.field.widget.attrs:
            built["placeholder"] = False  # it vanishes while typing and is too pale to read
        return built


class Renderer(TemplatesSetting):
    """Our form markup: templates/django/forms and `ScreenField`."""

    bound_field_class = ScreenField
