"""Word, Excel and OpenDocument files are ZIP archives: whole, small enough, and without macros."""

import struct
import zipfile
import zlib
from io import BytesIO

from django.utils.translation import gettext_lazy as _

from mediation.evidence.enums import FileKind
from mediation.evidence.errors import FileRefused

DAMAGED = _("This file is damaged or not what its name says. Save it again, or make a PDF of it.")
LOCKED = _("This file is protected by a password. Save it without one, or make a PDF of it.")
MACROS = _("This file contains macros, which could harm those who open it. Save it without them.")
TOO_BIG_INSIDE = _("This file unpacks to far more than its size. Make a PDF of it and use that.")

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
MAX_MEMBERS = 5000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
USUAL_UNPACKED_BYTES = 10 * 1024 * 1024
MAX_RATIO = 100  # deflate reaches 1032; texts and tables stay well below 100
ENCRYPTED = 0x1
MIMETYPE_BYTES = 200
CONTENT_TYPES_BYTES = 1024 * 1024
END_RECORD, END_RECORD_BYTES = b"PK\x05\x06", 22

MAIN_PART = {FileKind.DOCX: "word/document.xml", FileKind.XLSX: "xl/workbook.xml"}


def check(kind: FileKind, data: bytes) -> None:
    """Raises FileRefused unless `data` is one whole archive of this kind and nothing besides."""
    end = data[-END_RECORD_BYTES:]
    if not data.startswith(b"PK\x03\x04") or not end.startswith(END_RECORD):
        raise FileRefused(DAMAGED)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _check_size(archive, len(data))
            _check_whole(archive)
            _check_kind(kind, archive)
            _check_macros(archive)
    except BROKEN as error:
        raise FileRefused(DAMAGED) from error


def _check_size(archive: zipfile.ZipFile, packed: int) -> None:
    """Before anything is unpacked. The declared sizes can be relied on: zipfile never unpacks
    more of a member than declared, and its checksum then fails.
    """
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    is_dense = unpacked > max(USUAL_UNPACKED_BYTES, MAX_RATIO * packed)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or is_dense:
        raise FileRefused(TOO_BIG_INSIDE)
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise FileRefused(LOCKED)


def _check_whole(archive: zipfile.ZipFile) -> None:
    """Nothing in front, and every member's checksum right."""
    offsets = [member.header_offset for member in archive.infolist()]
    if not offsets or min(offsets) != 0 or archive.testzip() is not None:
        raise FileRefused(DAMAGED)


def _check_kind(kind: FileKind, archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if kind == FileKind.ODT:
        first = archive.infolist()[0]
        declared = _start(archive, first.filename, MIMETYPE_BYTES)
        is_right = first.filename == "mimetype" and declared == kind.value.encode()
        is_right = is_right and "content.xml" in names
    else:
        is_right = {"[Content_Types].xml", MAIN_PART[kind]} <= names
    if not is_right:
        raise FileRefused(DAMAGED)


def _check_macros(archive: zipfile.ZipFile) -> None:
    names = [name.lower() for name in archive.namelist()]
    has_code = any("vbaproject" in name or "vbadata" in name for name in names)
    has_code = has_code or any(name.startswith(("basic/", "scripts/")) for name in names)
    if "[content_types].xml" in names:
        types = _start(archive, "[Content_Types].xml", CONTENT_TYPES_BYTES)
        has_code = has_code or b"macroenabled" in types.lower()
    if has_code:
        raise FileRefused(MACROS)


def _start(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    with archive.open(name) as member:
        return member.read(size)
