from typing import Any

from allauth.account.forms import RequestLoginCodeForm
from django import forms
from django.conf import settings
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from mediation.core.clock import zone_choices
from mediation.core.forms import INVALID_EMAIL


class SignInForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """allauth's question for the address, refused in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].error_messages["required"] = _("Enter your e-mail address.")
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


class ConfirmationCodeForm(forms.Form):
    """Six digits; spaces are forgiven."""

    code = forms.CharField(
        label=_("Code from the e-mail"),
        help_text=_("Six digits. It is valid for 10 minutes."),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].split())
        if len(code) != 6 or not code.isdigit():  # noqa: PLR2004 six digits, as the label says
            raise forms.ValidationError(_("Enter the six digits from the e-mail."))
        return code
