"""The scan of a signed paper, and what a party says about it."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mediation.core.forms import Radios
from mediation.evidence.errors import FileRefused
from mediation.settlements.enums import ScanSays
from mediation.settlements.services.scanning import judge


class ScanForm(forms.Form):
    """The file, and which scan it takes the place of ("" for none)."""

    replaces = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    file = forms.FileField(
        label=_("Choose the scan"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("This file is empty. Choose another one."),
            "missing": _("Choose a file."),
            "invalid": _("Choose a file."),
        },
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["file"].help_text = format_lazy(
            _(
                "One file with all pages: a PDF, or a JPEG or PNG picture, up to {limit}. A photo "
                "can contain the place and time it was taken."
            ),
            limit=filesizeformat(settings.EVIDENCE_MAX_BYTES),
        )

    def clean_file(self) -> InMemoryUploadedFile:
        """What the service would refuse, said beside the field."""
        upload: InMemoryUploadedFile = self.cleaned_data["file"]
        assert upload.file is not None
        try:
            judge(name=upload.name or "", content=upload.file)
        except FileRefused as refusal:
            raise ValidationError(str(refusal.message)) from refusal
        return upload


class ScanAnswerForm(forms.Form):
    """Three answers, none chosen beforehand."""

    sha256 = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    says = forms.ChoiceField(
        label=_("Is this the paper you signed?"),
        choices=ScanSays,
        widget=Radios(
            hints={
                ScanSays.UNREADABLE: _("The mediator is told and can put a better scan here."),
                ScanSays.OTHER: _(
                    "The mediator is told, and the scan stays marked as not yours. What binds is "
                    "the paper, not the scan."
                ),
            }
        ),
        error_messages={"required": _("Choose the answer that is true.")},
    )
