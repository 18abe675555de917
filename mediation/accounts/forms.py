import zoneinfo
from functools import cache

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


@cache
def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label=_("Your name"),
        help_text=_("The other side and the mediator see this name."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zones)


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
