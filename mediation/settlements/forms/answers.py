"""What starts, answers and ends a settlement. Forms only turn input into clean values."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mediation.core.forms import DateField, Radios
from mediation.settlements.document.drawing import Drawing, NotADrawing, parse_drawing
from mediation.settlements.forms.parts import Text, long_text, with_current
from mediation.settlements.selectors.signing import is_same_name


class StartForm(forms.Form):
    language = forms.ChoiceField(
        label=_("In which language will both sides sign?"),
        help_text=_("The document exists in this one language."),
        choices=settings.LANGUAGES,
        widget=Radios(),
    )


class WishForm(forms.Form):
    """What somebody would like to read differently. Empty is fine: nobody has to explain."""

    note = long_text(
        _("What would you like to be different?"),
        _("Only the mediator reads this. You can leave it empty."),
        rows=6,
    )


class CommentForm(forms.Form):
    """A comment on a term. Who reads it is always chosen, never assumed."""

    PRIVATE, OPEN = "private", "open"
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    body = long_text(
        _("What would you like to say about it?"),
        rows=5,
        required=_("Write your comment, or go back without one."),
    )
    audience = forms.ChoiceField(
        label=_("Who can read it?"),
        choices=[
            (PRIVATE, _("Only you and the mediator")),
            (OPEN, _("Both sides and the mediator")),
        ],
        widget=Radios(
            hints={
                PRIVATE: _("The other side does not learn that you wrote something."),
                OPEN: _("The other side reads your words and your name."),
            }
        ),
        error_messages={"required": _("Choose who can read it.")},
    )


class FreedomForm(forms.Form):
    """One question with two answers, neither chosen beforehand; only the first is ever stored."""

    FREE, UNSURE = "free", "unsure"
    terms_sha256 = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    answer = forms.ChoiceField(
        label=_("Is this how it is for you?"),
        choices=[
            (FREE, _("Yes: I know that I am free to say no")),
            (UNSURE, _("I am not sure, or I feel pressed")),
        ],
        widget=Radios(),
        error_messages={"required": _("Choose the answer that is true for you.")},
    )


class AgreeForm(forms.Form):
    """The yes that binds: to which text, and that this is understood."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=99_999)
    terms_sha256 = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    is_meant = forms.BooleanField(
        label=_("I agree to this, and know that it binds me as soon as the other side agrees too."),
        error_messages={"required": _("Tick this only if you agree. You need not.")},
    )


class TellMediatorForm(forms.Form):
    """What somebody who is not sure chooses to tell the mediator."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    note = Text(
        label=_("What would you like the mediator to know?"),
        help_text=_("It goes into your private talk with the mediator, and nowhere else."),
        max_length=2000,  # in Chinese three bytes each: a message holds 8 KiB
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("Write what you want to tell the mediator, or go back without a word.")
        },
    )


class SignForm(forms.Form):
    """The signature: one's own name typed, and the code for exactly this document; or, by a
    script, what one's passkey answered about it.
    """

    document_sha256 = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    typed_name = forms.CharField(
        label=_("Type your name as it stands in the document"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type your name.")},
    )
    drawing = forms.CharField(widget=forms.HiddenInput, required=False)
    answer = forms.CharField(widget=forms.HiddenInput, max_length=20_000, required=False)
    code = forms.CharField(
        label=_("Code from the e-mail"),
        help_text=_("Six digits. It is valid for 10 minutes, for this document only."),
        max_length=12,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": "govuk-input--width-10",
            }
        ),
        error_messages={"required": _("Enter the six digits from the e-mail.")},
    )

    def __init__(self, *args: Any, name: str, current_sha256: str, **options: Any) -> None:
        self.expected_name = name
        self.current_sha256 = current_sha256
        super().__init__(*args, **options)
        self.initial["document_sha256"] = current_sha256
        self.fields["code"].required = not self.data.get("answer")

    def clean_document_sha256(self) -> str:
        seen: str = self.cleaned_data["document_sha256"]
        if seen != self.current_sha256:
            self.data = with_current(self.data, document_sha256=self.current_sha256)
            self.add_error(
                None,
                _(
                    "Somebody else signed while you were here, so the document has a new "
                    "fingerprint. Nothing is wrong. Please ask for a new code."
                ),
            )
        return seen

    def clean_typed_name(self) -> str:
        typed: str = self.cleaned_data["typed_name"]
        if not is_same_name(typed, self.expected_name):
            raise ValidationError(
                _("Type the name exactly like this: %(name)s"),
                params={"name": self.expected_name},
            )
        return typed

    def clean_drawing(self) -> Drawing | None:
        drawn: str = self.cleaned_data["drawing"]
        try:
            return parse_drawing(drawn) if drawn else None
        except NotADrawing:
            self.data = with_current(self.data, drawing="")
            self.add_error(None, _("The drawing could not be used. Draw again, or only type."))
            return None

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].split())
        if self.cleaned_data.get("answer"):
            return ""
        if len(code) != 6 or not code.isdigit():  # noqa: PLR2004 six digits, as the label says
            raise ValidationError(_("Enter the six digits from the e-mail."))
        return code


class PaperForm(forms.Form):
    signed_on = DateField(label=_("On which day did both sides and you sign on paper?"))
    is_signed = forms.BooleanField(
        label=_("I have seen the signatures of both sides on this document, and signed it myself."),
        error_messages={"required": _("Confirm this only when everybody has signed.")},
    )
