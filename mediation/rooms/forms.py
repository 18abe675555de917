import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mediation.core.errors import InvalidInput
from mediation.rooms.services import normalised


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
