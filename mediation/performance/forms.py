"""What a side says about one line. Forms only turn input into clean values."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.core.forms import DateField, MoneyField, Radios
from mediation.core.text import in_one_form
from mediation.performance.enums import Says
from mediation.performance.lines import Details
from mediation.performance.services.statements import LARGEST, MOST_NOTE, Draft


class WordForm(forms.Form):
    """Any statement: its own id, and the number of the last one that was read."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def draft(self, line: str, says: Says) -> Draft:
        values = self.cleaned_data
        return Draft(values["client_id"], line, says, values["seen"], self.details())

    def details(self) -> Details:
        return Details()


class NoteForm(WordForm):
    """A different view, with or without words."""

    note = forms.CharField(
        label=_("What is different from what was reported?"),
        help_text=_("You do not have to say. Only the two sides read it."),
        required=False,
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_note(self) -> str:
        return in_one_form(self.cleaned_data["note"])

    def details(self) -> Details:
        return Details(note=self.cleaned_data["note"])


class ReportForm(WordForm):
    """Done or done in part; the rest is optional. Without an amount in the terms none is asked."""

    says = forms.ChoiceField(
        label=_("How much of it is done?"),
        choices=[(Says.DONE, _("All of it")), (Says.PART, _("A part of it"))],
        widget=Radios(),
    )
    amount = MoneyField(
        label=_("How much money?"),
        help_text=_("For example 1250.00"),
        max_value=LARGEST,
    )
    done_on = DateField(label=_("On which day?"), required=False)
    note = forms.CharField(
        label=_("A note"),
        help_text=_("Only the two sides read it."),
        required=False,
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, has_amount: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_amount:
            del self.fields["amount"]

    def clean_done_on(self) -> date | None:
        day: date | None = self.cleaned_data["done_on"]
        if day is not None and day > timezone.localdate():
            raise ValidationError(_("Enter a day that is not still to come."))
        return day

    def clean_note(self) -> str:
        return in_one_form(self.cleaned_data["note"])

    def chosen(self) -> Says:
        return Says(self.cleaned_data["says"])

    def details(self) -> Details:
        values = self.cleaned_data
        return Details(values["note"], values.get("amount"), values["done_on"])
