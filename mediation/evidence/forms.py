from io import BytesIO
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mediation.cases.models import Side
from mediation.core.forms import Radios
from mediation.evidence.enums import EXTENSIONS, Audience
from mediation.evidence.errors import FileRefused, NoSpaceLeft
from mediation.evidence.selectors import bytes_left
from mediation.evidence.services.documents import read_within_limit
from mediation.evidence.services.inspection import inspect

ACCEPT = ",".join(f".{ending}" for ending in EXTENSIONS)


class DocumentForm(forms.Form):
    """A file and who may see it."""

    file = forms.FileField(
        label=_("Choose a file"),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("This file is empty. Choose another one."),
            "missing": _("Choose a file."),
            "invalid": _("Choose a file."),
        },
    )
    audience = forms.ChoiceField(
        label=_("Who should see it?"),
        choices=[
            (Audience.ROOM, _("Everyone in this case")),
            (Audience.MEDIATOR, _("Only the mediator")),
        ],
        widget=Radios(
            hints={
                Audience.ROOM: _(
                    "You, the other side and the mediator. The other side sees it only once both "
                    "of you have agreed to mediation online."
                ),
                Audience.MEDIATOR: _(
                    "You and the mediator. The other side never learns that it exists."
                ),
            }
        ),
        error_messages={"required": _("Say who should see it.")},
    )

    def __init__(self, *args: Any, side: Side, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.side = side
        self.fields["file"].help_text = format_lazy(
            _(
                "PDF, picture (JPEG, PNG, WebP, HEIC), Word, Excel, OpenDocument or plain text, up "
                "to {limit}. A photo can contain the place and time it was taken."
            ),
            limit=filesizeformat(settings.EVIDENCE_MAX_BYTES),
        )

    def clean_file(self) -> InMemoryUploadedFile:
        """What the service would refuse, said beside the field."""
        upload: InMemoryUploadedFile = self.cleaned_data["file"]
        try:
            inspect(name=upload.name or "", data=read_within_limit(upload))
        except FileRefused as refusal:
            raise ValidationError(str(refusal.message)) from refusal
        if (upload.size or 0) > bytes_left(self.side):
            raise ValidationError(str(NoSpaceLeft.message))
        return upload


class InMemoryUpload(FileUploadHandler):
    """Takes the one file of an upload into memory, never more of it than may be kept, so that no
    copy of it in clear is left in a temporary folder. Counts on to the end, to tell the size.
    """

    has_file = False

    def new_file(self, *args: object, **kwargs: object) -> None:
        if self.has_file:
            raise SkipFile
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.has_file = True
        self.buffer = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        room = settings.EVIDENCE_MAX_BYTES + 1 - self.buffer.tell()
        self.buffer.write(raw_data[: max(0, room)])
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        self.buffer.seek(0)
        return InMemoryUploadedFile(
            file=self.buffer,
            field_name=self.field_name,
            name=self.file_name or "",
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
