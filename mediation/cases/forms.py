"""One form a page of the application. Forms only turn input into clean values."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from mediation.cases.enums import Category, Currency, Need
from mediation.core.forms import Checkboxes, EmailField, MoneyField, Radios


def _long_text(label: Any, hint: Any, *, required: bool, missing: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": missing},
    )


class CategoryForm(forms.Form):
    category = forms.ChoiceField(
        label=_("What is it about?"),
        help_text=_("Choose what comes closest. Nothing depends on it but which mediators see it."),
        choices=Category.choices,
        widget=Radios(),
        error_messages={"required": _("Choose what it is about.")},
    )


class SummaryForm(forms.Form):
    summary = _long_text(
        _("In a few sentences: what is the disagreement?"),
        _("The other side and the mediator read this. Describe what happened, not the person."),
        required=True,
        missing=_("Write in a few sentences what the disagreement is."),
    )


class BackgroundForm(forms.Form):
    background = _long_text(
        _("What should the mediator know?"),
        _("Only you and the mediator read this. You can leave it empty."),
        required=False,
    )


class WishesForm(forms.Form):
    wishes = _long_text(
        _("What would be a good outcome for you?"),
        _("Only you and the mediator read this. You can change it at any time."),
        required=False,
    )


class AmountForm(forms.Form):
    amount = MoneyField(
        label=_("How much money is it about?"),
        help_text=_("Leave empty if it is not about money. The other side will see this."),
        max_digits=14,
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)


class OwnNameForm(forms.Form):
    name = forms.CharField(
        label=_("Your full name"),
        help_text=_("The other side sees it in the invitation, and it stands in a settlement."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your full name.")},
    )
    address = forms.CharField(
        label=_("Your postal address"),
        help_text=_(
            "It is only written into a settlement, if there is one: courts ask for it. "
            "Leave it empty if the other side must not learn it."
        ),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )


class OtherSideForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the other side"),
        help_text=_("The person or company you disagree with."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the other side's name.")},
    )
    email = EmailField(
        label=_("Their e-mail address"),
        help_text=_("We write to it at most twice, and destroy it if they do not want to talk."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the other side's e-mail address.")},
    )


class NeedsForm(forms.Form):
    needs = forms.MultipleChoiceField(
        label=_("Is there anything you need to take part well?"),
        help_text=_("Only you and the mediator see this. Choose all that apply, or none."),
        choices=Need.choices,
        required=False,
        widget=Checkboxes(),
    )


class InvitationSecretForm(forms.Form):
    secret = forms.CharField(
        label=_("The code from your letter"),
        help_text=_("Twelve letters, for example BCDF-GHJK-LMNP."),
        max_length=100,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Enter the code from your letter.")},
    )


class StatementForm(SummaryForm, BackgroundForm, WishesForm):
    """A side's own account, on one page. Nothing in it is required."""

    field_order = ("summary", "background", "wishes")

    def __init__(self, *args: Any, kept: Mapping[str, date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["summary"].required = False
        self.fields["summary"].label = _("How do you see it?")
        for name in kept.keys() & self.fields.keys():
            self._show_as_written(self.fields[name], kept[name])

    def _show_as_written(self, field: forms.Field, until: date) -> None:
        """What a hold keeps is shown, and sent as it is."""
        field.widget.attrs["readonly"] = True
        field.help_text = _(
            "The centre is under a duty to keep this as it is until %(day)s at the latest."
        ) % {"day": date_format(until)}
