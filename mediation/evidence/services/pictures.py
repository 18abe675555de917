"""Pictures by their heads only: nothing is decoded here, so nothing can be made to overflow."""

import struct
from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from mediation.evidence.enums import FileKind
from mediation.evidence.errors import FileRefused

NOT_A_PICTURE = _(
    "This picture is damaged or not what its name says. Save it again as JPEG or PNG."
)
TOO_MANY_PIXELS = _("This picture has too many pixels to be opened safely. Save it smaller.")

MAX_PIXELS = 200_000_000  # the largest phone cameras there are; OWASP ASVS 5.0, 5.2.6
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
HEIC_HEAD = 1024 * 1024
JPEG_SIZES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the SOF markers, ITU-T T.81 table B.1
JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
JPEG_OVER = {0xD9, 0xDA}

Size = tuple[int, int]


def check(kind: FileKind, data: bytes) -> None:
    """Raises FileRefused unless `data` begins as this kind of picture, of a bearable size."""
    try:
        size = SIZES[kind](data)
    except (struct.error, IndexError):
        size = None
    if size is None or min(size) < 1:
        raise FileRefused(NOT_A_PICTURE)
    if size[0] * size[1] > MAX_PIXELS:
        raise FileRefused(TOO_MANY_PIXELS)


def _png(data: bytes) -> Size | None:
    """Width and height from the first chunk (PNG, 11.2.1)."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"):
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _jpeg(data: bytes) -> Size | None:
    """Walk the segments up to the frame header."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while data[at] == 0xFF:  # noqa: PLR2004 every marker begins so
        marker = data[at + 1]
        if marker in JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker in JPEG_OVER:
            return None
        at += _jpeg_step(data, at, marker)
    return None


def _jpeg_step(data: bytes, at: int, marker: int) -> int:
    if marker == 0xFF:  # noqa: PLR2004 a fill byte
        return 1
    if marker in JPEG_ALONE:
        return 2
    (length,) = struct.unpack_from(">H", data, at + 2)
    return 2 + int(length)


def _webp(data: bytes) -> Size | None:
    """Width and height from the first chunk (RFC 9649)."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    chunk = data[12:16]
    if chunk == b"VP8X":
        return _three_bytes(data, 24) + 1, _three_bytes(data, 27) + 1
    if chunk == b"VP8L" and data[20] == 0x2F:  # noqa: PLR2004 the signature byte
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _three_bytes(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def _heic(data: bytes) -> Size | None:
    """The largest image extent in the head (ISO/IEC 23008-12, 6.5.3)."""
    if data[4:8] != b"ftyp" or data[8:12] not in HEIC_BRANDS:
        return None
    head, sizes, at = data[:HEIC_HEAD], [], -1
    while (at := head.find(b"ispe", at + 1)) != -1:
        sizes.append(struct.unpack_from(">II", head, at + 8))
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


SIZES: dict[FileKind, Callable[[bytes], Size | None]] = {
    FileKind.PNG: _png,
    FileKind.JPEG: _jpeg,
    FileKind.WEBP: _webp,
    FileKind.HEIC: _heic,
}
