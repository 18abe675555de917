from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mediation.centers.models import Center
from mediation.core.forms import Radios
from mediation.rights.services.requests import LONGEST

FUTURE = _("This is still to come.")


def text(
    label: Any, help_text: Any, required: Any, *, rows: int = 6, longest: int = LONGEST
) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=longest,
        error_messages={"required": required},
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class CenterForm(forms.Form):
    """What concerns one of several centres; of a single one it is chosen already."""

    center = forms.ModelChoiceField(
        label=_("Which centre?"),
        queryset=Center.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose a centre.")},
        widget=Radios(),
    )

    def __init__(self, *args: Any, centers: QuerySet[Center], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["center"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = centers
        if len(centers) == 1:
            field.initial = centers[0]
