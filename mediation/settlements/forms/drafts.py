"""What the mediator writes. Forms only turn input into clean values."""

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mediation.cases.enums import Currency
from mediation.core.forms import DateField, MoneyField, Radios
from mediation.settlements.document.clauses import Clause
from mediation.settlements.document.completeness import SHA256
from mediation.settlements.document.terms import (
    MOST_DAYS_TO_THINK,
    Authority,
    Enforcement,
    Instalment,
    Obligation,
    ObligationKind,
    Party,
    PartyKind,
    Representative,
    Scope,
    Statements,
    Superseded,
    Terms,
)
from mediation.settlements.forms.parts import LONG, SHORT, EditionForm, Text, long_text

MOST_INSTALMENTS = 120


class Lines(Text):
    """A list, one entry a line. Cleans to a tuple of texts without empty ones."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=LONG, **options)
        self.widget.attrs["rows"] = 4

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, tuple | list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return tuple(line.strip() for line in text.splitlines() if line.strip())


class DraftForm(EditionForm):
    """The text around the obligations."""

    facts_summary = long_text(
        _("What happened, in a few neutral sentences"),
        _("Only what both sides can sign. No blame, and nothing from a private talk."),
        rows=6,
    )
    issues = Lines(label=_("Points in dispute"), help_text=_("One a line."))
    settles = Lines(label=_("What is settled by this agreement"), help_text=_("One claim a line."))
    scope = forms.ChoiceField(
        label=_("How much of the dispute is settled?"),
        choices=[(Scope.FULL.value, _("All of it")), (Scope.PARTIAL.value, _("A part of it"))],
        widget=Radios(),
    )
    unresolved_items = Lines(
        label=_("What stays open"),
        help_text=_("Only when a part is settled. One a line. It is not part of the agreement."),
    )
    default_clause = long_text(
        _("What follows if a term is not kept"),
        _("For example interest, or that the whole rest falls due."),
        rows=3,
    )
    costs_clause = long_text(_("Costs"), rows=2)
    governing_law = Text(label=_("Law that applies"), required=False, max_length=SHORT)
    enforcement = forms.ChoiceField(
        label=_("What do both sides want to do with it afterwards?"),
        choices=[
            (Enforcement.NONE.value, _("Nothing more: it binds them as a contract")),
            (
                Enforcement.JUDICIAL_CONFIRMATION.value,
                _("Ask a court together to confirm it, within 30 days"),
            ),
            (Enforcement.NOTARY.value, _("Have it notarised as an enforceable document")),
            (Enforcement.PAYMENT_ORDER.value, _("Leave the way of a payment order open")),
            (Enforcement.CONSENT_AWARD.value, _("Have it recorded as an award by consent")),
            (Enforcement.COURT_ORDER.value, _("Have a court record it in an order")),
        ],
        widget=Radios(),
    )
    cooling_off_days = forms.IntegerField(
        label=_("Time to think before signing, in days"),
        help_text=_(
            "Empty or 0 for none, 30 at most. It begins when both sides have approved the text; "
            "nobody can sign before it is over."
        ),
        required=False,
        min_value=0,
        max_value=MOST_DAYS_TO_THINK,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
    )
    supersedes_no = Text(
        label=_("Number of an earlier agreement that this one replaces"),
        help_text=_("Only where there is one. It stands on the first page of that document."),
        required=False,
        max_length=120,
    )
    supersedes_sha256 = Text(
        label=_("Fingerprint of that document's file (SHA-256)"),
        help_text=_("64 digits. The page of the settlement shows it, and so does the check."),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )
    is_confidential = forms.BooleanField(
        label=_("Say that what was said in the mediation stays confidential"), required=False
    )
    is_without_admission = forms.BooleanField(
        label=_("Say that nobody admits fault by signing"), required=False
    )

    @staticmethod
    def initial_from(terms: Terms) -> dict[str, Any]:
        """What the form shows for a draft."""
        plain = DraftForm.base_fields.keys() - {
            "edition",
            "is_confidential",
            "is_without_admission",
            "supersedes_no",
            "supersedes_sha256",
        }
        earlier = terms.supersedes
        return {
            **{name: getattr(terms, name) for name in plain},
            "is_confidential": bool(terms.statements.confidentiality),
            "is_without_admission": bool(terms.statements.non_admission),
            "supersedes_no": earlier.agreement_no if earlier else "",
            "supersedes_sha256": earlier.sha256 if earlier else "",
        }

    def clean_cooling_off_days(self) -> int:
        return self.cleaned_data["cooling_off_days"] or 0

    def clean_supersedes_sha256(self) -> str:
        digits = "".join(self.cleaned_data["supersedes_sha256"].split()).lower()
        if digits and not SHA256.fullmatch(digits):
            raise ValidationError(_("A fingerprint has 64 digits, 0 to 9 and a to f."))
        return digits

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        number, digits = values.get("supersedes_no"), values.get("supersedes_sha256")
        if digits is not None and bool(number) != bool(digits):
            missing = "supersedes_sha256" if number else "supersedes_no"
            self.add_error(missing, _("Enter both the number and the fingerprint, or neither."))
        return values

    def changes(self, fixed: dict[str, str]) -> dict[str, Any]:
        """The terms as typed; `fixed` are the sentences of the settlement's language."""
        values = dict(self.cleaned_data)
        del values["edition"]
        left_out = {
            name
            for name, wanted in (
                ("confidentiality", values.pop("is_confidential")),
                ("non_admission", values.pop("is_without_admission")),
            )
            if not wanted
        }
        number, sha256 = values.pop("supersedes_no"), values.pop("supersedes_sha256")
        values["supersedes"] = Superseded(agreement_no=number, sha256=sha256) if number else None
        values["scope"] = Scope(values["scope"])
        values["enforcement"] = Enforcement(values["enforcement"])
        kept = {name: text for name, text in fixed.items() if name not in left_out}
        values["statements"] = Statements(**kept)
        return values


KINDS = {
    ObligationKind.PAY: _("Pay money"),
    ObligationKind.DELIVER: _("Deliver something"),
    ObligationKind.RETURN: _("Give something back"),
    ObligationKind.TRANSFER: _("Transfer a right"),
    ObligationKind.DO: _("Do something"),
    ObligationKind.REFRAIN: _("Not do something"),
    ObligationKind.APOLOGISE: _("Apologise"),
    ObligationKind.WAIVE: _("Give up a claim"),
}


class ObligationForm(EditionForm):
    """Who owes whom what, how much, by when and how (民诉法解释 358(5): nothing may be unclear)."""

    debtor = forms.ChoiceField(
        label=_("Who has to do it?"),
        widget=Radios(),
        error_messages={"required": _("Say who has to do it.")},
    )
    creditor = forms.ChoiceField(
        label=_("For whom?"),
        widget=Radios(),
        error_messages={"required": _("Say for whom it is done.")},
    )
    kind = forms.ChoiceField(
        label=_("What kind of term is it?"),
        choices=[(kind.value, label) for kind, label in KINDS.items()],
        widget=Radios(),
        error_messages={"required": _("Say what kind of term it is.")},
    )
    description = long_text(
        _("What exactly?"),
        _("So that somebody who knows nothing of the dispute could tell whether it was done."),
        required=_("Say exactly what is to be done."),
    )
    amount = MoneyField(
        label=_("How much?"),
        help_text=_("Needed for payments. For example 1250.00"),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices, required=False)
    due_on = DateField(label=_("By which day?"), required=False)
    condition = Text(
        label=_("Or after what?"),
        help_text=_("A condition that anybody can see, such as: after the keys were handed over."),
        required=False,
        max_length=SHORT,
    )
    instalments = Text(
        label=_("In parts?"),
        help_text=_("One part a line, the day and the amount. For example: 2027-01-31 500.00"),
        required=False,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    method = Text(
        label=_("How?"),
        help_text=_("For example: by bank transfer. Do not write account numbers here."),
        required=False,
        max_length=SHORT,
    )
    place = Text(label=_("Where?"), required=False, max_length=SHORT)
    evidence = Text(
        label=_("How will both see that it was done?"),
        help_text=_("For example: the bank's confirmation, or photographs with the date."),
        required=False,
        max_length=SHORT,
    )

    def __init__(self, *args: Any, parties: Sequence[Party], **options: Any) -> None:
        super().__init__(*args, **options)
        people = [(party.id, party.name) for party in parties]
        for name in ("debtor", "creditor"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = people

    @staticmethod
    def initial_from(obligation: Obligation) -> dict[str, Any]:
        """What the form shows for an obligation."""
        names = ObligationForm.base_fields.keys() - {"edition", "instalments"}
        parts = (f"{part.due_on.isoformat()} {part.amount}" for part in obligation.instalments)
        values = {name: getattr(obligation, name) for name in names}
        return {**values, "instalments": "\n".join(parts)}

    @staticmethod
    def initial_from_clause(clause: Clause) -> dict[str, Any]:
        """What the form shows for a ready term."""
        names = {field.name for field in fields(Clause)} - {"id", "title"}
        return {name: getattr(clause, name) for name in names}

    def clean_instalments(self) -> tuple[Instalment, ...]:
        lines = [line for line in self.cleaned_data["instalments"].splitlines() if line.strip()]
        if len(lines) > MOST_INSTALMENTS:
            raise ValidationError(_("That is too many parts."))
        return tuple(_instalment(seq, line) for seq, line in enumerate(lines, start=1))

    def obligation(self, obligation_id: str) -> Obligation:
        """The obligation as typed; without an amount there is no currency."""
        values = {name: self.cleaned_data[name] for name in self.fields if name != "edition"}
        values["kind"] = ObligationKind(values["kind"])
        values["currency"] = values["currency"] if values["amount"] is not None else ""
        return Obligation(id=obligation_id, **values)


def _instalment(seq: int, line: str) -> Instalment:
    try:
        day, amount = re.split(r"[\s,;，；]+", line.strip(), maxsplit=1)
        return Instalment(seq=seq, due_on=date.fromisoformat(day), amount=_money(amount))
    except (ValueError, InvalidOperation) as error:
        message = _("Line %(number)s is not a day and an amount. Write it like 2027-01-31 500.00")
        raise ValidationError(message, params={"number": seq}) from error


def _money(text: str) -> Decimal:
    amount = Decimal(text)
    if not re.fullmatch(r"\d{1,13}(\.\d{1,2})?", text.strip()):
        raise ValueError(text)
    return amount


class PartyForm(EditionForm):
    """Whether a side is a person or an organisation, and who signs for it."""

    kind = forms.ChoiceField(
        label=_("Is this side a person or an organisation?"),
        choices=[
            (PartyKind.PERSON.value, _("A person")),
            (PartyKind.ORGANISATION.value, _("A company or another organisation")),
        ],
        widget=Radios(),
    )
    representative = Text(
        label=_("Who signs for it?"),
        help_text=_("Needed for an organisation. The name of the person who signs here."),
        required=False,
        max_length=120,
    )
    authority = forms.ChoiceField(
        label=_("On what authority?"),
        choices=[
            (Authority.LEGAL.value, _("As its legal representative")),
            (Authority.SPECIAL.value, _("By a special authority to settle")),
        ],
        required=False,
        widget=Radios(),
    )
    document = Text(
        label=_("What shows this authority?"),
        help_text=_("For example: power of attorney of 3 November 2026."),
        required=False,
        max_length=SHORT,
    )

    @staticmethod
    def initial_from(party: Party) -> dict[str, Any]:
        person = party.representative
        return {
            "kind": party.kind,
            "representative": person.name if person else "",
            "authority": person.authority if person else None,
            "document": person.document if person else "",
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("representative") and not values.get("authority"):
            self.add_error("authority", _("Choose on what authority this person signs."))
        return values

    def representative_named(self) -> Representative | None:
        name = self.cleaned_data["representative"].strip()
        if not name:
            return None
        return Representative(
            name=name,
            authority=Authority(self.cleaned_data["authority"]),
            document=self.cleaned_data["document"].strip(),
        )
