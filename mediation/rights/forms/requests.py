import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mediation.accounts.forms import ConfirmationCodeForm
from mediation.core.forms import DateField, Radios
from mediation.holds.enums import RestrictionReason
from mediation.rights import clock
from mediation.rights.enums import Asker, Decision, Right
from mediation.rights.forms.fields import FUTURE, CenterForm, text
from mediation.rights.services.account import MOST_ADDRESS, MOST_NAME
from mediation.rights.services.requests import LONGEST_AGO

# The same as the enumeration says, in the words of the person who chooses.
REASONS = {
    RestrictionReason.ACCURACY: _("I say that something in it is not right"),
    RestrictionReason.UNLAWFUL: _("It should not have been stored, and I want it kept for now"),
    RestrictionReason.CLAIMS: _("I need it for a legal claim"),
    RestrictionReason.OBJECTION: _("I objected to its use, and that is being looked at"),
}

LONG_AGO = _("This is more than a year ago.")


class AskForm(CenterForm):
    """What one asks a centre for, in one's own words."""

    right = forms.ChoiceField(
        label=_("What do you ask for?"),
        choices=Right.choices,
        error_messages={"required": _("Choose what you ask for.")},
        widget=Radios(),
    )
    words = text(
        _("Say what it is about"),
        _(
            "A case number helps. The centre's privacy officer reads this; the other side and the"
            " mediator do not. You need not prove who you are, and it costs nothing."
        ),
        _("Say in a few words what it is about."),
    )


class RecordForm(AskForm):
    """What somebody asked by letter, by telephone or in person."""

    received_on = DateField(label=_("On which day did it come?"))
    asker = forms.ChoiceField(
        label=_("Who asks?"),
        choices=Asker.choices,
        error_messages={"required": _("Choose who asks.")},
        widget=Radios(),
    )
    who = text(
        _("Their name, how to reach them, and what shows that they may ask"),
        _(
            "For a relative: how they are related, and what shows that the person has died. Copy no"
            " papers."
        ),
        _("Say who asks and how to reach them."),
        rows=3,
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    field_order = ("center", "received_on", "asker", "who", "right", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["right"].label = _("What do they ask for?")
        self.fields["right"].error_messages["required"] = _("Choose what they ask for.")
        self.fields["words"].help_text = _("In their words, as far as you have them.")

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if not clock.today() - LONGEST_AGO <= day <= clock.today():
            raise ValidationError(FUTURE if day > clock.today() else LONG_AGO)
        return day


class ExtendForm(forms.Form):
    """Why more time is needed."""

    reasons = text(
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
        widget=Radios(),
    )
    words = text(
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
