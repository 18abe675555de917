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
    return rising and values and ends[-1] == len(pdf)


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
