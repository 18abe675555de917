from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _


class CheckForm(forms.Form):
    """One file, small enough to stay in memory."""

    file = forms.FileField(
        label=_("Which file should be checked?"),
        help_text=_(
            "A settlement (PDF), a court package (ZIP), or a certificate, receipt, proof or note "
            "(JSON), of at most 1 MB."
        ),
        widget=forms.FileInput(attrs={"accept": ".pdf,.zip,.json"}),
        error_messages={
            "required": _("Choose a file of at most 1 MB. Experts can check larger ones as below."),
            "empty": _("This file is empty. Choose another one."),
        },
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        file = self.cleaned_data["file"]
        assert isinstance(file, UploadedFile)
        if (file.size or 0) > settings.VERIFY_MAX_BYTES:
            limit = filesizeformat(settings.VERIFY_MAX_BYTES)
            raise forms.ValidationError(
                _("The file is larger than %(limit)s."), params={"limit": limit}
            )
        return file
