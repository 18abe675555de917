"""What starts, answers and ends a settlement. Forms only turn input into clean values."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mediation.core.forms import DateField, Radios
from mediation.settlements.forms.parts import long_text, with_current


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


class SignForm(forms.Form):
    """The signature: one's own name typed, and the code for exactly this document."""

    document_sha256 = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    typed_name = forms.CharField(
        label=_("Type your name as it stands in the document"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type your name.")},
    )
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
        if _folded(typed) != _folded(self.expected_name):
            raise ValidationError(
                _("Type the name exactly like this: %(name)s"),
                params={"name": self.expected_name},
            )
        return typed

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].split())
        if len(code) != 6 or not code.isdigit():  # noqa: PLR2004 six digits, as the label says
            raise ValidationError(_("Enter the six digits from the e-mail."))
        return code


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


class PaperForm(forms.Form):
    signed_on = DateField(label=_("On which day did both sides and you sign on paper?"))
    is_signed = forms.BooleanField(
        label=_("I have seen the signatures of both sides on this document, and signed it myself."),
        error_messages={"required": _("Confirm this only when everybody has signed.")},
    )
