"""Who answers for a term if its debtor does not."""

from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from mediation.cases.enums import Currency
from mediation.core.forms import Checkboxes, MoneyField
from mediation.settlements.document.terms import Guarantor, Terms
from mediation.settlements.forms.parts import SHORT, EditionForm, Text


class GuarantorForm(EditionForm):
    """Who answers for which terms, up to how much, and what binds them (民法典 685)."""

    name = Text(
        label=_("Who answers for it?"),
        help_text=_("The name as it stands in the guarantor's own papers."),
        max_length=120,
        error_messages={"required": _("Enter the guarantor's name.")},
    )
    obligations = forms.MultipleChoiceField(
        label=_("For which terms?"),
        widget=Checkboxes(),
        error_messages={"required": _("Choose at least one term.")},
    )
    amount = MoneyField(
        label=_("Up to how much?"),
        help_text=_("Empty means for the whole. For example 1250.00"),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices, required=False)
    address = Text(
        label=_("Address of the guarantor"),
        help_text=_("So that the guarantor can be given a copy."),
        required=False,
        max_length=SHORT,
    )
    document = Text(
        label=_("What binds the guarantor?"),
        help_text=_(
            "A guarantor does not sign here. Name their own signed guarantee, for example: written "
            "guarantee of 3 November 2026."
        ),
        required=False,
        max_length=SHORT,
    )

    def __init__(self, *args: Any, terms: Terms, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["obligations"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (one.id, f"4.{number} {Truncator(one.description).chars(80)}")
            for number, one in enumerate(terms.obligations, start=1)
        ]

    @staticmethod
    def initial_from(guarantor: Guarantor) -> dict[str, Any]:
        """What the form shows for a guarantor."""
        names = GuarantorForm.base_fields.keys() - {"edition"}
        return {name: getattr(guarantor, name) for name in names}

    def guarantor(self, guarantor_id: str) -> Guarantor:
        """The guarantor as typed; without an amount there is no currency."""
        values = {name: self.cleaned_data[name] for name in self.fields if name != "edition"}
        values["obligations"] = tuple(values["obligations"])
        values["currency"] = values["currency"] if values["amount"] is not None else ""
        return Guarantor(id=guarantor_id, **values)
