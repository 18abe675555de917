from typing import Any

from allauth.account.forms import RequestLoginCodeForm
from django import forms
from django.conf import settings
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from mediation.core.clock import zone_choices
from mediation.core.forms import INVALID_EMAIL, EmailField

NO_ADDRESS = _("Enter your e-mail address.")
NO_CODE = _("Enter the six digits from the e-mail.")


class SignInForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """allauth's question for the address, refused in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].error_messages["required"] = NO_ADDRESS
        self.fields["email"].validators = [EmailValidator(INVALID_EMAIL)]


class ProfileForm(forms.Form):
    """Name, language and clock; `device_zone` is what the browser said, shown first."""

    display_name = forms.CharField(
        label=_("Your name"),
        help_text=_("The other side and the mediator see this name."),
        max_length=120,
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("All times are shown on this clock. Letters by e-mail use it too."),
        required=False,
    )

    def __init__(self, *args: Any, device_zone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = zone_choices(chosen=self.initial.get("time_zone", ""), seen=device_zone)
        self.fields["time_zone"].choices = choices  # type: ignore[attr-defined]


class CodeField(forms.CharField):
    """Six digits; spaces are forgiven."""

    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    default_error_messages = {"required": NO_CODE}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=12, **kwargs)

    def clean(self, value: Any) -> str:
        code = "".join(super().clean(value).split())
        if len(code) != 6 or not code.isdigit():  # noqa: PLR2004 six digits, as the label says
            raise forms.ValidationError(NO_CODE)
        return code


class ConfirmationCodeForm(forms.Form):
    """The code from the mail."""

    code = CodeField(
        label=_("Code from the e-mail"), help_text=_("Six digits. It is valid for 10 minutes.")
    )


class NewAddressForm(forms.Form):
    """Another address to sign in with than the `present` one."""

    email = EmailField(
        label=_("Your new e-mail address"),
        help_text=_("You need to be able to read what arrives there, and at the present one too."),
        error_messages={"required": NO_ADDRESS},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = present

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email == self.present.lower():
            raise forms.ValidationError(_("You sign in with this address already."))
        return email


class AddressCodesForm(forms.Form):
    """The two codes, each from its mailbox."""

    old_code = CodeField(
        label=_("Code sent to your present address"),
        help_text=_("Six digits. It is valid for 10 minutes."),
    )
    new_code = CodeField(
        label=_("Code sent to your new address"),
        help_text=_("Another six digits."),
    )


def _passkey_name() -> forms.CharField:
    return forms.CharField(
        label=_("What do you want to call this passkey?"),
        help_text=_("So that you can tell it from others later, for example: my phone."),
        max_length=60,
        error_messages={"required": _("Give the passkey a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PasskeyNameForm(forms.Form):
    """What a person calls one of their passkeys."""

    name = _passkey_name()


class PasskeyAnswerForm(forms.Form):
    """What the browser got from a passkey, as JSON; of a few hundred octets, or an RSA key more."""

    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


class AddPasskeyForm(PasskeyAnswerForm):
    """A new passkey and its name. Without its answer there was no script."""

    name = _passkey_name()
    field_order = ["name", "answer"]
