import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.forms import ConfirmationCodeForm
from mediation.centers.models import Center
from mediation.core.forms import DateField, Radios
from mediation.holds.enums import RestrictionReason
from mediation.rights import clock
from mediation.rights.enums import Asker, BreachHarm, Decision, Right
from mediation.rights.selectors.breaches import (
    CASE_NUMBER,
    BreachFacts,
    BreachShown,
    BreachWords,
)
from mediation.rights.services.account import MOST_ADDRESS, MOST_NAME
from mediation.rights.services.breaches import MOST_WORDS
from mediation.rights.services.requests import LONGEST, LONGEST_AGO

# The same as the enumeration says, in the words of the person who chooses.
REASONS = {
    RestrictionReason.ACCURACY: _("I say that something in it is not right"),
    RestrictionReason.UNLAWFUL: _("It should not have been stored, and I want it kept for now"),
    RestrictionReason.CLAIMS: _("I need it for a legal claim"),
    RestrictionReason.OBJECTION: _("I objected to its use, and that is being looked at"),
}

FUTURE = _("This is still to come.")
LONG_AGO = _("This is more than a year ago.")
UNKNOWN = _("This is before the centre came to know of it.")


def _text(
    label: Any, help_text: Any, required: Any, *, rows: int = 6, longest: int = LONGEST
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=longest,
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _words(label: Any, help_text: Any) -> forms.CharField:
    """Something to say of a breach that may stay unsaid."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=MOST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _time(label: Any, *, required: bool) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        help_text=_("For example 14:30."),
        input_formats=["%H:%M"],
        required=required,
        error_messages={
            "required": _("Enter a time."),
            "invalid": _("Enter a time like 14:30."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-5"}),
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


class RecordForm(AskForm):
    """What somebody asked by letter, by telephone or in person."""

    received_on = DateField(label=_("On which day did it come?"))
    asker = forms.ChoiceField(
        label=_("Who asks?"),
        choices=Asker.choices,
        error_messages={"required": _("Choose who asks.")},
        widget=Radios(),
    )
    who = _text(
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
        widget=Radios(),
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


class BreachForm(forms.Form):
    """What is known of a breach by now."""

    center = forms.ModelChoiceField(
        label=_("Which centre?"),
        queryset=Center.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose a centre.")},
        widget=Radios(),
    )
    what = _text(
        _("What happened?"),
        _("Which data, how, since when. Name nobody: numbers of cases have a box of their own."),
        _("Say what happened."),
        longest=MOST_WORDS,
    )
    known_on = DateField(label=_("On which day did the centre come to know of it?"))
    known_time = _time(_("At what time?"), required=True)
    people_count = forms.IntegerField(
        label=_("How many people does it concern, roughly?"),
        help_text=_("Leave it empty while nobody knows."),
        min_value=0,
        max_value=2_000_000_000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-5"}),
    )
    cases = _words(_("Numbers of the cases it concerns"), _("One a line."))
    harm = forms.ChoiceField(
        label=_("What may it mean for people?"),
        choices=BreachHarm.choices,
        error_messages={"required": _("Choose what it may mean.")},
        widget=Radios(),
    )
    effects = _words(_("Its effects"), _("What happened because of it, or may happen."))
    measures = _words(_("Measures"), _("What was done against it and its effects."))
    authority_told_on = DateField(label=_("On which day was the authority told?"), required=False)
    authority_told_time = _time(_("At what time was it told?"), required=False)
    authority_why = _words(
        _("If it was not told, or late: why?"),
        _("As long as neither is written down, the light counts the hours."),
    )
    people_told_on = DateField(label=_("On which day were the people told?"), required=False)
    people_why = _words(_("If they were not told: why?"), "")

    def __init__(self, *args: Any, centers: QuerySet[Center], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["center"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = centers
        if len(centers) == 1:
            field.initial = centers[0]

    def clean_cases(self) -> str:
        numbers = self.cleaned_data["cases"].upper().split()
        if not all(CASE_NUMBER.fullmatch(number) for number in numbers):
            raise ValidationError(_("Enter numbers of cases only, for example HY-7K2M4PQR."))
        return "\n".join(numbers)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        self._check_moment(said, "known_on", "known_time", "known_at")
        self._check_moment(said, "authority_told_on", "authority_told_time", "authority_told_at")
        told = said.get("people_told_on")
        if told and told > timezone.localdate():
            self.add_error("people_told_on", FUTURE)
        self._check_order(said)
        return said

    def _check_moment(self, said: dict[str, Any], day: str, clock: str, moment: str) -> None:
        """A day and a time as one moment on the reader's clock; neither is none."""
        if self.errors.keys() & {day, clock}:
            return
        on, at = said.get(day), said.get(clock)
        if (on is None) != (at is None):
            self.add_error(clock if at is None else day, _("Enter both, the day and the time."))
        elif on is not None and at is not None:
            said[moment] = self._moment(moment, datetime.combine(on, at))
            if said[moment] > timezone.now():
                self.add_error(day, FUTURE)

    def _moment(self, _name: str, typed: datetime) -> datetime:
        return timezone.make_aware(typed)

    def _check_order(self, said: dict[str, Any]) -> None:
        """Nobody was told before the centre knew."""
        known, told = said.get("known_at"), said.get("authority_told_at")
        if known and told and not clock.can_be_told_at(told, known):
            self.add_error("authority_told_on", UNKNOWN)
        day = said.get("people_told_on")
        if known and day and not clock.can_be_told_on(day, known):
            self.add_error("people_told_on", UNKNOWN)

    @property
    def facts(self) -> BreachFacts:
        """What the valid form says."""
        said = self.cleaned_data
        names = ("what", "effects", "measures", "cases", "authority_why", "people_why")
        return BreachFacts(
            known_at=said["known_at"],
            harm=BreachHarm(said["harm"]),
            people_count=said["people_count"],
            authority_told_at=said.get("authority_told_at"),
            people_told_on=said["people_told_on"],
            words=BreachWords(**{name: said[name] for name in names}),
        )


class NewBreachForm(BreachForm):
    """A new entry; pressing twice sends the same `client_id`, and makes one."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ChangeBreachForm(BreachForm):
    """An entry that is written down, and the edition of it that was read."""

    edition = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, shown: BreachShown, **kwargs: Any) -> None:
        self.breach = shown.breach
        self.is_stale = False
        super().__init__(*args, initial=self._showing(shown), **kwargs)

    def say_stale(self) -> None:
        """Somebody else saved it. What was typed stays here, and saving it once more replaces what
        they wrote: a decision.
        """
        self.is_stale = True
        typed: Any = self.data
        self.data = typed = typed.copy()
        typed["edition"] = str(self.breach.edition)
        self.add_error(
            None,
            _(
                "Somebody saved this entry after you opened this page. What you typed is still"
                " here: compare it with the entry below, then save again to replace it."
            ),
        )

    def _moment(self, name: str, typed: datetime) -> datetime:
        """What was not touched stays as it is, with seconds, which no box shows."""
        written: datetime | None = getattr(self.breach, name)
        if written and _to_the_minute(written) == typed:
            return written
        return super()._moment(name, typed)

    def _showing(self, shown: BreachShown) -> dict[str, Any]:
        breach = shown.breach
        known, told = _to_the_minute(breach.known_at), breach.authority_told_at
        told = _to_the_minute(told) if told else None
        return {
            "center": breach.center,
            "edition": breach.edition,
            "known_on": known.date(),
            "known_time": known.strftime("%H:%M"),
            "harm": breach.harm,
            "people_count": breach.people_count,
            "authority_told_on": told.date() if told else None,
            "authority_told_time": told.strftime("%H:%M") if told else None,
            "people_told_on": breach.people_told_on,
            **vars(shown.words),
        }


def _to_the_minute(moment: datetime) -> datetime:
    """On the reader's clock, as the boxes hold it."""
    return timezone.make_naive(moment).replace(second=0, microsecond=0, fold=0)
