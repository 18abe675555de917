from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.core.forms import DateField, Radios
from mediation.holds.enums import HoldGround
from mediation.holds.selectors import IN_WORDS, last_review_day, talk_named
from mediation.holds.services.holds import MOST_REFERENCE, Duty

TALK = Compartment.ROOM.value


class HoldForm(forms.Form):
    """Which part of which case, what obliges the centre, and when somebody looks at it again."""

    number = forms.CharField(
        label=_("Case number"),
        help_text=_("For example HY-7K2M4PQR."),
        max_length=20,
        error_messages={"required": _("Enter the case number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20"}),
    )
    compartment = forms.ChoiceField(
        label=_("Which part of the case is to be kept?"),
        help_text=_("One part only. The rest goes on its date."),
        choices=[*IN_WORDS.items(), (TALK, _("One talk by invitation"))],
        error_messages={"required": _("Choose a part.")},
        widget=Radios(),
    )
    talk = forms.CharField(
        label=_("The reference of the talk by invitation"),
        help_text=_(
            "Only for such a talk: eight letters and digits. A side that is in it finds them on the"
            " page “What is stored, and until when”."
        ),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-10"}),
    )
    ground = forms.ChoiceField(
        label=_("What obliges the centre?"),
        choices=HoldGround.choices,
        error_messages={"required": _("Choose a ground.")},
        widget=Radios(),
    )
    reference = forms.CharField(
        label=_("Who gave the order, when, and its number"),
        help_text=_("Those who decide at the centre read this, and nobody else."),
        max_length=MOST_REFERENCE,
        error_messages={"required": _("Say what the duty rests on.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_on = DateField(
        label=_("When does somebody look at it again?"),
        help_text=_(
            "Within six months. On that day the hold ends by itself, unless another one was placed"
            " before."
        ),
    )

    def __init__(self, *args: Any, cases: QuerySet[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cases = cases

    def clean_number(self) -> Case:
        number = self.cleaned_data["number"].strip().upper()
        found = self.cases.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(
                _("There is no case with this number at your centre that you have no part in.")
            )
        return found

    def clean_review_on(self) -> date:
        day: date = self.cleaned_data["review_on"]
        today = timezone.localdate()
        if not today < day <= last_review_day(today):
            raise forms.ValidationError(_("Choose a review date within the next six months."))
        return day

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("compartment") == TALK and "number" in said:
            found = talk_named(said["number"], said.get("talk", ""))
            if found is None:
                self.add_error("talk", _("There is no such talk in this case."))
            else:
                said["compartment"] = found
        return said

    @property
    def duty(self) -> Duty:
        """What the valid form says."""
        said = self.cleaned_data
        return Duty(
            compartment=said["compartment"],
            ground=HoldGround(said["ground"]),
            reference=said["reference"],
            review_on=said["review_on"],
        )
