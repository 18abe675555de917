"""The bytes around the signatures: what is signed, what is not, and that nothing hides in a gap.

A signature cannot cover its own value. The newest one is the archive time stamp, so its value is
all in the file that no hash protects; every digit of it must therefore be as we write it.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from asn1crypto import cms

VALUE = re.compile(rb"<[0-9A-F]+>")
HEADER = b"%PDF-1.7\n"
TRAILER = b"%%EOF\n"
RANGE_PARTS = 4
# Tables of a file's objects as we write them (ISO 32000-1, 7.5.4), at the end of each revision.
END = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
TABLE_HEAD = re.compile(rb"xref\s+")
RUN = re.compile(rb"(\d+) (\d+)\s+((?:\d{10} \d{5} [nf]\s{1,2})+)")
ENTRY = re.compile(rb"\d{10} (\d{5}) ([nf])")
PREVIOUS = re.compile(rb"/Prev\s+(\d+)")
# What the parts of a time-stamp token may be that have more than one form (RFC 5652).
OCTETS, SEQUENCE, KEY_IDENTIFIER = 0x04, 0x30, 0x80
LONG_LENGTH = 0x80


@dataclass(frozen=True)
class Gap:
    """The unsigned bytes of one signature: offsets of its `<` and of the byte after its `>`."""

    start: int
    end: int
    covered_until: int


def gap_of(signature: Any) -> Gap | None:
    """The gap in a pyHanko embedded signature, or None when its ByteRange is not two ranges."""
    numbers = [int(n) for n in signature.sig_object["/ByteRange"]]
    if len(numbers) != RANGE_PARTS or numbers[0] != 0 or min(numbers) < 0:
        return None
    _, length, second, rest = numbers
    return Gap(length, second, second + rest)


def envelope_is_sound(pdf: bytes, signatures: list[Any]) -> bool:
    """Whether every gap holds nothing but its signature and the newest covers the whole file."""
    gaps = [gap_of(signature) for signature in signatures]
    if not gaps or not pdf.startswith(HEADER) or not pdf.endswith(TRAILER):
        return False
    ends = [gap.covered_until if gap else 0 for gap in gaps]
    rising = all(earlier < later for earlier, later in pairwise(ends))
    values = all(
        gap is not None and _gap_holds_value(pdf, gap, signature)
        for gap, signature in zip(gaps, signatures, strict=True)
    )
    return rising and values and ends[-1] == len(pdf) and _tables_are_plain(pdf)


def _tables_are_plain(pdf: bytes) -> bool:
    """Whether every table lists an object once, in generation 0, and follows the one before.

    Readers differ in which of two entries they take, so that one of them would show a page that
    another never saw.
    """
    previous: list[int] = []
    for end in END.finditer(pdf):
        at = int(end[1])
        head = TABLE_HEAD.match(pdf, at)
        if head is None or not _lists_once(pdf, head.end(), end.start(), previous):
            return False
        previous = [at]
    return bool(previous)


def _lists_once(pdf: bytes, start: int, end: int, previous: list[int]) -> bool:
    """Whether the table from `start` is plain, and its trailer names `previous` and no other."""
    listed: list[int] = []
    while run := RUN.match(pdf, start, end):
        entries = ENTRY.findall(run[3])
        later = [generation for generation, kind in entries if kind == b"n" and int(generation)]
        if len(entries) != int(run[2]) or later:
            return False
        listed += range(int(run[1]), int(run[1]) + len(entries))
        start = run.end()
    trailer = pdf[start:end]
    return (
        trailer.startswith(b"trailer")
        and len(listed) == len(set(listed))
        and list(map(int, PREVIOUS.findall(trailer))) == previous
        and b"/XRefStm" not in trailer
    )


def _gap_holds_value(pdf: bytes, gap: Gap, signature: Any) -> bool:
    raw = pdf[gap.start : gap.end]
    value = bytes(signature.pkcs7_content)
    return VALUE.fullmatch(raw) is not None and bytes.fromhex(raw[1:-1].decode()) == value


def token_is_exact(value: bytes, known_certificates: set[bytes]) -> bool:
    """Whether a time-stamp token, with its padding, has no byte that could be otherwise.

    What the authority's signature covers is checked elsewhere; this looks at the rest (RFC 5652):
    padding, versions, algorithm names, certificates (each must be in `known_certificates`), and
    that there are no unsigned attributes, revocation data or further signers.
    """
    token = cms.ContentInfo.load(value)
    der = token.dump()
    padding = value[len(der) :]
    if padding.strip(b"\0") or not _nests_exactly(der, 0, len(der)):
        return False
    if not _has_only_known_parts(der):
        return False
    signed = token["content"]
    infos = signed["signer_infos"]
    if signed["version"].native != "v3" or len(infos) != 1:
        return False
    certificates = [choice.chosen.dump() for choice in signed["certificates"]]
    return (
        signed["encap_content_info"]["content_type"].native == "tst_info"
        and len(certificates) == len(set(certificates))
        and set(certificates) <= known_certificates
        and not signed["crls"]
        and _names_one_of(infos[0]["sid"], signed["certificates"])
        and _signer_info_is_exact(infos[0], signed["digest_algorithms"])
    )


def _nests_exactly(der: bytes, start: int, end: int) -> bool:
    """Whether values between `start` and `end` fill that space, at every depth (X.690, 10.1).

    Parsers skip octets left over inside a value; here there may be none.
    """
    while start < end:
        constructed = der[start] & 0x20
        size, length = der[start + 1], start + 2
        if size >= LONG_LENGTH:
            length += size - LONG_LENGTH
            size = int.from_bytes(der[start + 2 : length])
            if size < LONG_LENGTH or not der[start + 2]:
                return False
        end_of_contents = der[start] == 0
        if end_of_contents or length + size > end:
            return False
        if constructed and not _nests_exactly(der, length, length + size):
            return False
        start = length + size
    return True


def _has_only_known_parts(der: bytes) -> bool:
    """Whether nothing stands beside the parts a token has; parsers skip what they do not know."""
    try:
        [token] = _elements(der)
        _type, wrapped = _elements(token[1])
        [signed] = _elements(wrapped[1])
        _version, _digests, content, _certificates, infos = _elements(signed[1])
        _kind, value = _elements(content[1])
        [octets] = _elements(value[1])
        [info] = _elements(infos[1])
        _number, who, _digest, _attributes, _algorithm, _signature = _elements(info[1])
    except ValueError:  # more or fewer than there are names
        return False
    names_both = who[0] == SEQUENCE and len(_elements(who[1])) == len(("issuer", "number"))
    return octets[0] == OCTETS and (names_both or who[0] == KEY_IDENTIFIER)


def _elements(der: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each value in `der`, which nests exactly."""
    found, at = [], 0
    while at < len(der):
        size, first = der[at + 1], at + 2
        if size >= LONG_LENGTH:
            first += size - LONG_LENGTH
            size = int.from_bytes(der[at + 2 : first])
        found.append((der[at], der[first : first + size]))
        at = first + size
    return found


def _names_one_of(sid: Any, certificates: Any) -> bool:
    if sid.name == "subject_key_identifier":
        return any(sid.native == choice.chosen.key_identifier for choice in certificates)
    wanted = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
    offered = [(c.chosen.issuer.dump(), c.chosen.serial_number) for c in certificates]
    return wanted in offered


def _signer_info_is_exact(info: Any, digests: Any) -> bool:
    digest, algorithm = info["digest_algorithm"], info["signature_algorithm"]
    version = {"issuer_and_serial_number": "v1", "subject_key_identifier": "v3"}
    return (
        info["version"].native == version[info["sid"].name]
        and [item.dump() for item in digests] == [digest.dump()]
        and digest["parameters"].native is None
        and algorithm["parameters"].native is None
        and _hashes_alike(algorithm, digest["algorithm"].native)
        and isinstance(info["signature"].native, bytes)
        and not info["unsigned_attrs"]
    )


def _hashes_alike(algorithm: Any, digest: str) -> bool:
    # Plain RSA names no hash; every other name does, and it must be the one that was used.
    names_none = algorithm["algorithm"].native == "rsassa_pkcs1v15"
    return names_none or bool(algorithm.hash_algo == digest)
