from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mediation.core.forms import Radios
from mediation.matching.enums import DisclosureKind

DISCLOSURE_LENGTH = 2000


class ClaimForm(forms.Form):
    """A mediator's declaration of conflicts of interest (在线调解规则 13)."""

    disclosure_kind = forms.ChoiceField(
        label=_("Do you know one of these people, or have a connection to this matter?"),
        choices=[
            (DisclosureKind.NONE, _("No, none that I know of")),
            *[(kind, kind.label) for kind in DisclosureKind if kind != DisclosureKind.NONE],
        ],
        widget=Radios,
        error_messages={"required": _("Say whether you have a connection.")},
    )
    disclosure_text = forms.CharField(
        label=_("If you do: what is the connection?"),
        help_text=_("Both sides will read this and decide whether they want you as mediator."),
        max_length=DISCLOSURE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_impartial = forms.BooleanField(
        label=_("I declare that this is complete and that I can be fair to both sides."),
        error_messages={"required": _("Confirm the declaration, or leave the case to others.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("disclosure_kind", DisclosureKind.NONE)
        if kind != DisclosureKind.NONE and not cleaned.get("disclosure_text", "").strip():
            self.add_error("disclosure_text", _("Describe the connection."))
        return cleaned

    @property
    def declaration(self) -> dict[str, Any]:
        """What `services.claim_case` takes."""
        kind = DisclosureKind(self.cleaned_data["disclosure_kind"])
        return {
            "disclosure_kind": kind,
            "disclosure_text": self.cleaned_data["disclosure_text"],
            "has_no_conflict": kind == DisclosureKind.NONE,
        }


class AnswerForm(forms.Form):
    """One side's answer; the two buttons of the page carry it."""

    answer = forms.ChoiceField(choices=[("accept", "accept"), ("another", "another")])

    @property
    def accepts(self) -> bool:
        return bool(self.cleaned_data["answer"] == "accept")
