import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.core.forms import DateField, Radios
from mediation.rights import clock
from mediation.rights.enums import BreachHarm
from mediation.rights.forms.fields import FUTURE, CenterForm, text
from mediation.rights.selectors.breaches import (
    CASE_NUMBER,
    BreachFacts,
    BreachShown,
    BreachWords,
)
from mediation.rights.services.breaches import MOST_WORDS

UNKNOWN = _("This is before the centre came to know of it.")


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


class BreachForm(CenterForm):
    """What is known of a breach by now."""

    what = text(
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
