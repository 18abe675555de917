from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Audience(TextChoices):
    """Who can open a document."""

    ROOM = "room", _("Everyone in this case")
    MEDIATOR = "mediator", _("Only you and the mediator")


class FileKind(TextChoices):
    """What we take as evidence. The value is the media type it is stored and sent as."""

    PDF = "application/pdf", _("PDF")
    JPEG = "image/jpeg", _("JPEG picture")
    PNG = "image/png", _("PNG picture")
    WEBP = "image/webp", _("WebP picture")
    HEIC = "image/heic", _("HEIC picture")
    DOCX = (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _("Word document"),
    )
    XLSX = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _("Excel table"),
    )
    ODT = "application/vnd.oasis.opendocument.text", _("OpenDocument text")
    TEXT = "text/plain", _("Plain text")


EXTENSIONS = {
    "pdf": FileKind.PDF,
    "jpg": FileKind.JPEG,
    "jpeg": FileKind.JPEG,
    "png": FileKind.PNG,
    "webp": FileKind.WEBP,
    "heic": FileKind.HEIC,
    "heif": FileKind.HEIC,
    "docx": FileKind.DOCX,
    "xlsx": FileKind.XLSX,
    "odt": FileKind.ODT,
    "txt": FileKind.TEXT,
}
