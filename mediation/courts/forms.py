from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mediation.core.forms import Radios
from mediation.courts.models import Court


class CourtForm(forms.Form):
    """Which court; its level and seat stand under each name."""

    court = forms.ModelChoiceField(
        label=_("Which court should receive it?"),
        help_text=_(
            "For a confirmation in China: the court that sent you to mediation, or else the basic "
            "court where one of you lives, where the matter lies, or where the centre has its seat."
        ),
        queryset=Court.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose a court.")},
        widget=Radios(),
    )

    def __init__(self, *args: Any, courts: QuerySet[Court], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["court"]
        assert isinstance(field, forms.ModelChoiceField)
        assert isinstance(field.widget, Radios)
        field.widget.hints = {
            str(row.pk): f"{row.get_level_display()} · {row.seat}" for row in courts
        }
        field.queryset = courts
