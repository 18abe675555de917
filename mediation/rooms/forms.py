import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mediation.core.errors import InvalidInput
from mediation.rooms.services.drafts import normalised
from mediation.rooms.services.inviting import MOST_WORDS
from mediation.rooms.services.reviewing import MOST_NOTE


class MessageForm(forms.Form):
    """A message, with the id that makes sending it twice the same as once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    body = forms.CharField(
        label=_("Your message"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        error_messages={"required": _("Write something before you send it.")},
    )

    def clean_body(self) -> str:
        try:
            return normalised(self.cleaned_data["body"])
        except InvalidInput as error:
            raise ValidationError(str(error.message), code=error.code) from error


class ReleaseForm(forms.Form):
    """The yes to showing everybody exactly the text whose hash the page carries."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    shown_sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)


class NoteForm(forms.Form):
    """What a mediator writes to a message they return."""

    note = forms.CharField(
        label=_("A note to its author"),
        help_text=_("Only they read it. You can leave it empty."),
        required=False,
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TalkForm(forms.Form):
    """What a talk by invitation is for, and who is to come."""

    purpose = forms.CharField(
        label=_("What is the talk for?"),
        help_text=_("One sentence. Everybody you ask reads it, and nobody else."),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say what the talk is for.")},
    )
    people = forms.TypedMultipleChoiceField(
        label=_("Who is to come?"),
        help_text=_("You are in it yourself. It opens once everybody you choose has agreed."),
        coerce=uuid.UUID,
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"required": _("Choose at least one person.")},
    )

    def __init__(self, *args: Any, people: Sequence[tuple[uuid.UUID, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["people"].choices = [(str(pk), name) for pk, name in people]  # type: ignore[attr-defined]
