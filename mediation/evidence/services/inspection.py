"""Is this file what its name says, and is it nothing else besides?

The name's ending, our own reading of the content and puremagic must agree (OWASP ASVS 5.0, 5.2.2).
What passes is still only ever sent as a download that runs nothing.
"""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO

import puremagic
from django.utils.translation import gettext_lazy as _

from mediation.evidence.enums import EXTENSIONS, FileKind
from mediation.evidence.errors import FileRefused
from mediation.evidence.services import archives, pictures

WRONG_CONTENT = _(
    "What is in this file does not match the ending of its name. Save it again in the program it "
    "comes from, or make a PDF of it."
)
UNKNOWN_KIND = _(
    "Files of this kind cannot be taken. Use a PDF, a picture (JPEG, PNG, WebP, HEIC), a Word, "
    "Excel or OpenDocument file, or plain text."
)
HIDDEN_CONTENT = _(
    "This file carries another file inside, which could harm those who open it. Make a PDF or a "
    "picture of it and use that."
)
EMPTY = _("This file is empty. Choose another one.")

MARKUP = re.compile(
    rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?php|\?xml)\b|javascript:",
    re.IGNORECASE,
)
SCRIPT = re.compile(rb"<(?:!doctype|html|script|svg|iframe|\?php)[\s>/]", re.IGNORECASE)
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
TEXT_HEAD = 64 * 1024
# Where comments and metadata stand, and what was put behind. Between are pixels: chance bytes.
PICTURE_ENDS = 64 * 1024
PDF_HEAD, PDF_TAIL = 1024, 2048  # where readers look for %PDF- and %%EOF

# Endings puremagic may give for each kind; for plain text, those that make it something else.
MAGIC = {
    FileKind.PDF: {".pdf"},
    FileKind.JPEG: {".jpg", ".jpeg"},
    FileKind.PNG: {".png"},
    FileKind.WEBP: {".webp"},
    FileKind.HEIC: {".heic", ".heif"},
    FileKind.DOCX: {".docx"},
    FileKind.XLSX: {".xlsx"},
    FileKind.ODT: {".odt"},
}
NOT_PLAIN_TEXT = {".html", ".htm", ".xhtml", ".svg", ".xml", ".ps", ".eps", ".rtf", ".pdf", ".swf"}
ARCHIVES = {FileKind.DOCX, FileKind.XLSX, FileKind.ODT}


def inspect(*, name: str, data: bytes) -> FileKind:
    """The kind of this file. Raises FileRefused with a message for the person."""
    kind = kind_of_name(name)
    if not data:
        raise FileRefused(EMPTY)
    CHECKS[kind](data)
    if kind not in ARCHIVES:
        _refuse_passengers(kind, data)
    _refuse_other_magic(kind, data)
    return kind


def kind_of_name(name: str) -> FileKind:
    """The kind the ending of a name stands for. Raises FileRefused."""
    _stem, dot, ending = name.rpartition(".")
    kind = EXTENSIONS.get(ending.lower()) if dot else None
    if kind is None:
        raise FileRefused(UNKNOWN_KIND)
    return kind


def _check_pdf(data: bytes) -> None:
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-PDF_TAIL:]:
        raise FileRefused(WRONG_CONTENT)


def _check_text(data: bytes) -> None:
    """Any encoding, but no control characters, and nothing that a program would run."""
    clear = data
    if data.startswith(UTF16_MARKS):
        try:
            clear = data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise FileRefused(WRONG_CONTENT) from error
    if CONTROL.search(clear) or MARKUP.search(clear[:TEXT_HEAD]):
        raise FileRefused(WRONG_CONTENT)


def _check_picture(kind: FileKind) -> Callable[[bytes], None]:
    return lambda data: pictures.check(kind, data)


def _check_archive(kind: FileKind) -> Callable[[bytes], None]:
    return lambda data: archives.check(kind, data)


CHECKS: dict[FileKind, Callable[[bytes], None]] = {
    FileKind.PDF: _check_pdf,
    FileKind.TEXT: _check_text,
    **{kind: _check_picture(kind) for kind in pictures.SIZES},
    **{kind: _check_archive(kind) for kind in ARCHIVES},
}


def _refuse_passengers(kind: FileKind, data: bytes) -> None:
    """A polyglot is a second file inside the first: a ZIP behind a picture, a page in a comment."""
    is_other_pdf = kind != FileKind.PDF and b"%PDF-" in data[:PDF_HEAD]
    if is_other_pdf or _has_page(kind, data) or _is_archive(data):
        raise FileRefused(HIDDEN_CONTENT)


def _has_page(kind: FileKind, data: bytes) -> bool:
    """Whether a web page begins where programs look for one, or hides in a picture's comments."""
    ends = [data[:PDF_HEAD]]
    if kind in pictures.SIZES:
        ends = [data[:PICTURE_ENDS], data[-PICTURE_ENDS:]]
    return any(SCRIPT.search(end) for end in ends)


def _is_archive(data: bytes) -> bool:
    """Whether a program for archives would open it; chance bytes in a picture do not count."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return bool(archive.infolist())
    except archives.BROKEN:
        return False


def _refuse_other_magic(kind: FileKind, data: bytes) -> None:
    found = _magic(data)
    if kind == FileKind.TEXT:
        is_other = bool(found & NOT_PLAIN_TEXT)
    else:
        is_other = bool(found) and not found & MAGIC[kind]
    if is_other:
        raise FileRefused(WRONG_CONTENT)


def _magic(data: bytes) -> set[str]:
    """The endings puremagic knows for this content; none when it knows nothing."""
    try:
        return {match.extension for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return set()
