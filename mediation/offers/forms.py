"""What an offer or a sealed round says. Forms only turn input into clean values."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.cases.enums import Currency
from mediation.core.forms import DateField, MoneyField, Radios
from mediation.core.text import in_one_form
from mediation.offers.commitment import CIPHERTEXT, COMMITMENT, KEY, PUBLIC_KEY
from mediation.offers.enums import RoundRule
from mediation.offers.selectors import OfferTerms, RoundTerms
from mediation.offers.services.figures import Entry
from mediation.offers.services.offers import (
    LARGEST,
    LONGEST_DAYS,
    MOST_WORDS,
    SHORTEST_DAYS,
    USUAL_DAYS,
    Draft,
)
from mediation.offers.services.rounds import MOST_QUESTION, RoundDraft

DAYS_WRONG = _("Enter a number of days from 1 to 30.")


class OfferForm(forms.Form):
    """An offer, with the id that makes sending it twice the same as once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    amount = MoneyField(
        label=_("How much money?"),
        help_text=_("Leave it empty if your offer is not about money. For example 1250.00"),
        max_value=LARGEST,
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices, required=False)
    payer = forms.ChoiceField(
        label=_("Who pays?"),
        help_text=_("Needed when there is an amount."),
        required=False,
        widget=Radios(),
    )
    due_on = DateField(label=_("By which day?"), required=False)
    words = forms.CharField(
        label=_("In your own words: who does what, and on which conditions?"),
        help_text=_("Needed when there is no amount. Everybody in the case reads it."),
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    valid_days = forms.IntegerField(
        label=_("For how many days is the offer valid?"),
        help_text=_("From 1 to 30. After that it ends by itself; you can take it back before."),
        initial=USUAL_DAYS,
        min_value=SHORTEST_DAYS,
        max_value=LONGEST_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-2"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), DAYS_WRONG),
    )

    def __init__(self, *args: Any, sides: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        payer = self.fields["payer"]
        assert isinstance(payer, forms.ChoiceField)
        payer.choices = list(sides)

    def clean_due_on(self) -> date | None:
        day: date | None = self.cleaned_data["due_on"]
        if day is not None and day < timezone.localdate():
            raise ValidationError(_("Enter a day that is not over yet."))
        return day

    def clean_words(self) -> str:
        return in_one_form(self.cleaned_data["words"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        has_amount = values.get("amount") is not None
        if "amount" in values and "words" in values and not has_amount and not values["words"]:
            self.add_error("amount", _("Enter an amount, or say in words what you offer."))
        if has_amount and not values.get("payer"):
            self.add_error("payer", _("Say who pays."))
        if has_amount and not values.get("currency"):
            self.add_error("currency", _("Choose a currency."))
        return values

    def draft(self) -> Draft:
        """The offer as typed; without an amount there is neither payer nor currency."""
        values = self.cleaned_data
        has_amount = values["amount"] is not None
        terms = OfferTerms(
            payer=values["payer"] if has_amount else "",
            amount=values["amount"],
            currency=values["currency"] if has_amount else "",
            due_on=values["due_on"],
            words=values["words"],
        )
        return Draft(values["client_id"], terms, values["valid_days"])


class RoundForm(forms.Form):
    """A sealed round somebody proposes. No figure is asked for here, nor taken."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    question = forms.CharField(
        label=_("What is the figure to settle?"),
        help_text=_(
            "One question for both, without a figure. For example: all claims about the van"
        ),
        max_length=MOST_QUESTION,
        widget=forms.TextInput(),
    )
    payer = forms.ChoiceField(
        label=_("Who would pay?"),
        help_text=_(
            "That side seals the most it would pay, the other one the least it would take."
        ),
        widget=Radios(),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    rule = forms.ChoiceField(
        label=_("What do both sides and the mediator learn if the figures overlap?"),
        choices=RoundRule.choices,
        widget=Radios(
            hints={
                RoundRule.MIDPOINT: _(
                    "From the middle and its own figure each side can work out the other's."
                )
            }
        ),
    )
    valid_days = forms.IntegerField(
        label=_("For how many days is there time?"),
        help_text=_("From 1 to 30. After that it ends by itself, and the figures are destroyed."),
        initial=USUAL_DAYS,
        min_value=SHORTEST_DAYS,
        max_value=LONGEST_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-2"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), DAYS_WRONG),
    )

    def __init__(self, *args: Any, sides: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        payer = self.fields["payer"]
        assert isinstance(payer, forms.ChoiceField)
        payer.choices = list(sides)

    def clean_question(self) -> str:
        return in_one_form(self.cleaned_data["question"])

    def draft(self) -> RoundDraft:
        values = self.cleaned_data
        terms = RoundTerms(values["payer"], values["currency"], values["question"])
        return RoundDraft(
            values["client_id"], terms, RoundRule(values["rule"]), values["valid_days"]
        )


class BlindForm(forms.Form):
    """What a script sends of a figure. A field that is not asked for is refused and not passed
    over: nothing in clear may come in by accident.
    """

    def clean(self) -> dict[str, Any]:
        if set(self.data) - set(self.fields) - {"csrfmiddlewaretoken"}:
            raise ValidationError(_("Something was sent that is not taken."), code="unasked")
        return super().clean() or self.cleaned_data


def _only(pattern: str) -> forms.RegexField:
    return forms.RegexField(rf"\A(?:{pattern})\Z", strip=False)


class EntryForm(BlindForm):
    commitment = _only(COMMITMENT)
    public_key = _only(PUBLIC_KEY)
    kept = _only(CIPHERTEXT)

    def entry(self) -> Entry:
        return Entry(**self.cleaned_data)


class OpeningForm(BlindForm):
    opening = _only(CIPHERTEXT)


class KeyForm(OpeningForm):
    key = _only(KEY)
