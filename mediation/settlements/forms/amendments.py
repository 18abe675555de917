"""What one side would like to change in a signed settlement, and the other side's yes or no."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mediation.settlements.forms.parts import Text


class AmendmentForm(forms.Form):
    wish = Text(
        label=_("What would you like to talk about?"),
        help_text=_(
            "In a sentence or two. The other side reads it once it has said yes to talking, and "
            "the mediator once both of you have agreed on one."
        ),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write what you would like to talk about.")},
    )
