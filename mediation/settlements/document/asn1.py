"""Two repairs for asn1crypto 1.5.1, applied once before anything is signed.

asn1crypto takes any header ending in the octet 0x80 for an indefinite length (X.690, 8.1.3.6) and
then encodes the whole value again, children first and at every level, which takes time exponential
in the depth. A definite length may end in that octet too, such as 82 01 80 for 384 bytes; with
time-stamp tokens about every second signature does, and took seconds instead of milliseconds.
Upstream: asn1crypto issues 249 and 256.

For a changed value it also asks for the contents twice and more, and each time all children are
encoded again, so that the innermost of a signature is encoded hundreds of times: half of what a
signature took.
"""

# ruff: noqa: SLF001  mending a library from outside means reaching into it

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from asn1crypto import core

INDEFINITE = 0x80
LONG_TAG = 0x1F
REPAIRED = (core.Asn1Value, core.Choice, core.Primitive, core.Sequence, core.SequenceOf)
Dump = Callable[..., bytes]


@cache
def repair_asn1crypto() -> None:
    """Make dump() tell a definite length ending in 0x80 from an indefinite one. Idempotent."""
    core.Asn1Value.dump = _encoding_once(core.Asn1Value.dump)
    for kind in REPAIRED:
        kind.dump = _repaired(kind.dump)


def _encoding_once(dump: Dump) -> Dump:
    @wraps(dump)
    def dump_once(self: Any, force: bool = False) -> bytes:
        if isinstance(self, core.Constructable) and self._indefinite:
            return dump(self, force=force)
        contents = self.contents
        if force or self._header is None or self._header[-1:] == bytes([INDEFINITE]):
            self._header = _header_of(self, contents)
            self._trailer = b""
        return bytes(self._header + contents + self._trailer)

    return dump_once


def _header_of(value: Any, contents: bytes) -> bytes:
    """Tags and lengths of `value`, outermost first (X.690, 8.1.2 and 8.1.3)."""
    header = core._dump_header(value.class_, value.method, value.tag, contents)
    for class_, tag in value.explicit or ():
        header = core._dump_header(class_, 1, tag, header + contents) + header
    return bytes(header)


def _repaired(dump: Dump) -> Dump:
    @wraps(dump)
    def without_needless_work(self: Any, force: bool = False) -> bytes:
        if force or not is_definite_length_ending_in_80(self._header):
            return dump(self, force=force)
        return _as_it_stands(self) or dump(self, force=force)

    return without_needless_work


def _as_it_stands(value: Any) -> bytes | None:
    if isinstance(value, core.Choice):
        value._contents = value.chosen.dump()
        return bytes(value._header + value._contents)
    contents = value.contents  # encodes a changed value, which drops its header
    return bytes(value._header + contents + value._trailer) if value._header is not None else None


def is_definite_length_ending_in_80(header: bytes | None) -> bool:
    """Whether `header` (tags and lengths, outermost first) looks indefinite but is not."""
    if not header or header[-1] != INDEFINITE:
        return False
    position = 0
    while position < len(header):
        position = _after_tag(header, position)
        if header[position] == INDEFINITE:
            return False
        length_octets = header[position] & 0x7F if header[position] & INDEFINITE else 0
        position += 1 + length_octets
    return True


def _after_tag(header: bytes, position: int) -> int:
    long_form = header[position] & LONG_TAG == LONG_TAG
    position += 1
    while long_form and header[position] & 0x80:
        position += 1
    return position + 1 if long_form else position
