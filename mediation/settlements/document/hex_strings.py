"""A repair for pyHanko 0.38.0, applied once before anything is signed or checked.

A signature stands in the file as a string of hexadecimal digits (ISO 32000-2, 7.3.4.3), tens of
thousands of them, and pyHanko reads each by several calls. Here a string is read in one; whatever
is not plain digits and white space is left to pyHanko, with its errors.
"""

from binascii import unhexlify
from collections.abc import Callable
from functools import cache, wraps
from os import SEEK_CUR
from typing import BinaryIO

from pyhanko.pdf_utils import generic

PIECE = 4096
WHITE_SPACE = b"\0\t\n\f\r "
DIGITS = frozenset(b"0123456789abcdefABCDEF")
String = generic.ByteStringObject | generic.TextStringObject
Read = Callable[..., String]


@cache
def repair_pyhanko() -> None:
    """Make pyHanko read hexadecimal strings in one piece. Idempotent."""
    generic.read_hex_string_from_stream = _in_one_piece(generic.read_hex_string_from_stream)


def _in_one_piece(read: Read) -> Read:
    @wraps(read)
    def read_at_once(stream: BinaryIO) -> String:
        start = stream.tell()
        digits = _plain_digits(stream)
        if digits is None:
            stream.seek(start)
            return read(stream)
        return generic.pdf_string(unhexlify(digits + b"0" * (len(digits) % 2)))

    return read_at_once


def _plain_digits(stream: BinaryIO) -> bytes | None:
    """The digits to the next `>`, past which the stream stands then; None if there is more."""
    stream.read(1)
    digits = []
    while piece := stream.read(PIECE):
        before, end, _ = piece.partition(b">")
        found = before.translate(None, WHITE_SPACE)
        if not DIGITS.issuperset(found):
            return None
        digits.append(found)
        if end:
            stream.seek(len(before) + 1 - len(piece), SEEK_CUR)
            return b"".join(digits)
    return None
