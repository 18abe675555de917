"""What is written and chosen in the course of a mediation. Forms only turn input into values."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mediation.core.forms import Checkboxes, Radios
from mediation.core.text import in_one_form
from mediation.proceedings.enums import IdentityMethod, Stage
from mediation.proceedings.services import agenda, facts, notes, opening
from mediation.proceedings.texts import OpeningWords

Choices = Sequence[tuple[str, str]]


class StageForm(forms.Form):
    """Where the mediation goes on, or back to."""

    stage = forms.ChoiceField(label=_("Go on with"), choices=Stage.choices)


class OpeningForm(forms.Form):
    """The opening statement and the ground rules."""

    statement = forms.CharField(
        label=_("Your opening statement"),
        help_text=_("Each line becomes a paragraph."),
        max_length=opening.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": _("Write an opening statement.")},
    )
    rules = forms.CharField(
        label=_("The ground rules"),
        help_text=_("One rule a line."),
        max_length=opening.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Write at least one rule.")},
    )

    def words(self) -> OpeningWords:
        values = self.cleaned_data
        return OpeningWords(in_one_form(values["statement"]), in_one_form(values["rules"]))


class ReadForm(forms.Form):
    """Which opening, or which wording of a fact, somebody has read."""

    number = forms.IntegerField(min_value=1)


class PointForm(forms.Form):
    """A point of the agenda, with the id that makes sending it twice the same as once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    title = forms.CharField(
        label=_("What should be talked about?"),
        help_text=_("In a few neutral words. Everybody in the case reads it."),
        max_length=agenda.MOST_WORDS,
        error_messages={"required": _("Say what should be talked about.")},
    )


class MoveForm(forms.Form):
    is_up = forms.TypedChoiceField(
        choices=[("up", ""), ("down", "")], coerce=lambda value: value == "up"
    )


class MarkForm(forms.Form):
    is_dealt_with = forms.TypedChoiceField(
        choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes"
    )


class FactForm(forms.Form):
    """A fact both sides may agree on, with the id that makes sending it twice the same as once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text = forms.CharField(
        label=_("What do both sides agree happened, or is so?"),
        help_text=_("One fact, without a judgement. Everybody in the case reads it."),
        max_length=facts.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write the fact in a sentence.")},
    )


class RewordForm(forms.Form):
    """Another wording of the fact; `edition` is the wording it was written against."""

    edition = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("The fact in other words"),
        help_text=_("Every yes to the old wording ends with it. Everybody in the case reads it."),
        max_length=facts.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write the fact in a sentence.")},
    )


class SittingForm(forms.Form):
    """Who is there when a sitting begins."""

    present = forms.MultipleChoiceField(
        label=_("Who is here now?"),
        help_text=_("You are noted in any case. Whoever comes later can be added."),
        required=False,
        widget=Checkboxes(),
    )

    def __init__(self, *args: Any, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "present", people)


class PersonForm(forms.Form):
    """One of the people in the case."""

    person = forms.UUIDField()


class IdentityForm(forms.Form):
    """Whose identity the mediator confirms, and how they made sure."""

    person = forms.ChoiceField(
        label=_("Whose identity do you confirm?"),
        widget=Radios(),
        error_messages={"required": _("Choose a person.")},
    )
    method = forms.ChoiceField(
        label=_("How did you make sure?"),
        help_text=_("Only this and the time are kept: no picture, and no number."),
        choices=IdentityMethod.choices,
        widget=Radios(),
        error_messages={"required": _("Choose how you made sure.")},
    )

    def __init__(self, *args: Any, people: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "person", people)


class NoteForm(forms.Form):
    """A note, with the id that makes sending it twice the same as once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text = forms.CharField(
        label=_("A new note"),
        max_length=notes.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write something first.")},
    )


def _offer(form: forms.Form, name: str, people: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(people)
