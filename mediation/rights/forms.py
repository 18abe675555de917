from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mediation.accounts.forms import ConfirmationCodeForm
from mediation.centers.models import Center
from mediation.core.forms import Radios
from mediation.holds.enums import RestrictionReason
from mediation.rights.enums import Decision, Right
from mediation.rights.services.account import MOST_ADDRESS, MOST_NAME
from mediation.rights.services.requests import LONGEST

# The same as the enumeration says, in the words of the person who chooses.
REASONS = {
    RestrictionReason.ACCURACY: _("I say that something in it is not right"),
    RestrictionReason.UNLAWFUL: _("It should not have been stored, and I want it kept for now"),
    RestrictionReason.CLAIMS: _("I need it for a legal claim"),
    RestrictionReason.OBJECTION: _("I objected to its use, and that is being looked at"),
}


def _text(label: Any, help_text: Any, required: Any, rows: int = 6) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST,
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class AskForm(forms.Form):
    """What one asks a centre for, in one's own words."""

    center = forms.ModelChoiceField(
        label=_("Which centre?"),
        queryset=Center.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose a centre.")},
        widget=Radios(),
    )
    right = forms.ChoiceField(
        label=_("What do you ask for?"),
        choices=Right.choices,
        error_messages={"required": _("Choose what you ask for.")},
        widget=Radios(),
    )
    words = _text(
        _("Say what it is about"),
        _(
            "A case number helps. The centre's privacy officer reads this; the other side and the"
            " mediator do not. You need not prove who you are, and it costs nothing."
        ),
        _("Say in a few words what it is about."),
    )

    def __init__(self, *args: Any, centers: QuerySet[Center], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["center"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = centers
        if len(centers) == 1:
            field.initial = centers[0]


class ExtendForm(forms.Form):
    """Why more time is needed."""

    reasons = _text(
        _("Why do you need more time?"),
        _("The person reads this. The law allows two more months, once."),
        _("Say why more time is needed."),
        rows=4,
    )


class AnswerForm(forms.Form):
    """The decision, the ground of a no, and the answer in words."""

    decision = forms.ChoiceField(
        label=_("Your answer"),
        choices=Decision.choices,
        error_messages={"required": _("Choose an answer.")},
        widget=Radios(),
    )
    ground = forms.ChoiceField(
        label=_("If not, or only in part: why?"),
        help_text=_("These are the exceptions of the law that applies here; there are no others."),
        required=False,
    )
    words = _text(
        _("Your answer in words"),
        _("Say what was done, or why not. Where the person can complain is added by itself."),
        _("Write the answer."),
    )

    def __init__(self, *args: Any, grounds: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ground"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Nothing is refused")), *grounds.items()]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if "decision" in said:
            self._check_ground(said)
        return said

    def _check_ground(self, said: dict[str, Any]) -> None:
        granted, ground = said["decision"] == Decision.GRANTED, said.get("ground", "")
        if granted and ground:
            self.add_error(
                "ground", ValidationError(_("A yes needs no ground. Choose “Nothing is refused”."))
            )
        elif not granted and not ground:
            self.add_error("ground", ValidationError(_("Choose the ground on which you refuse.")))


class DeleteForm(ConfirmationCodeForm):
    """The code from the mail, nothing else: leaving is no place for a questionnaire."""


class CorrectForm(forms.Form):
    """How one is called in a case, and where a court would reach one."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=MOST_NAME,
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    address = forms.CharField(
        label=_("Your address"),
        help_text=_("Where a court would reach you, if you want a settlement confirmed."),
        max_length=MOST_ADDRESS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )


class RestrictForm(forms.Form):
    """Why one's private part is to be kept and not used."""

    reason = forms.ChoiceField(
        label=_("Why should it be kept and not used?"),
        choices=list(REASONS.items()),
        error_messages={"required": _("Choose a reason.")},
        widget=Radios(),
    )
