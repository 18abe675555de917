#!/usr/bin/env python3
"""Check Heyi's log of who did what, offline. One file: Python 3.11 and `cryptography`, no more.

    python3 heyi_log.py FOLDER --key log-key.txt [--roots tsa-roots.pem] [--checkpoint FILE …]
    python3 heyi_log.py FOLDER --key log-key.txt --states YEAR [--roots tsa-roots.pem]
    python3 heyi_log.py FILE.json [--key log-key.txt] --service-key heyi-key.pem

FOLDER is one year of the log as `manage.py export_log` writes it: every leaf is hashed again (RFC
9162) in constant memory and compared with every signed checkpoint (C2SP) and time stamp (RFC 3161).
`--checkpoint` adds one you kept yourself, which shows whether the past was rewritten since. With
`--states` the published states and stamps of that year are checked alone, without leaves. FILE is
the proof of one's own events, which needs the service's key: only that signature says whose they
are. Or it is a certificate of destruction. Keys and roots are those you got another way; what lies
in the folder is not trusted for lying there.

To standard output goes what was checked and what was not, and each fault on a line of its own:
`! code where`. Exit code: 0 sound, 1 not sound, 2 not one of ours or cannot be used.
"""

import argparse
import binascii
import hashlib
import heapq
import json
import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

EXPORT, PROOF, CERTIFICATE = "heyi-log-export-1", "heyi-log-proof-1", "heyi-deletion-certificate-1"
SALT_BYTES = 32
WRONG = (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError)


def unbase64(text: str) -> bytes:
    """The bytes, of base64 written in the one way (RFC 4648, 3.5). Raises ValueError."""
    return binascii.a2b_base64(text, strict_mode=True)


class Unusable(Exception):
    """What was given is not one of ours, or cannot be read."""


# --- Signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint) ------------------------------


@dataclass(frozen=True)
class LogKey:
    """The log's name, the id of its key (4 bytes) and the key."""

    name: str
    key_id: bytes
    key: ed25519.Ed25519PublicKey

    @classmethod
    def parse(cls, text: str) -> "LogKey":
        """Of `name+hex id+base64 of 01 and the key`. Raises Unusable."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = unbase64(encoded)
            wanted = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
            key = ed25519.Ed25519PublicKey.from_public_bytes(raw[1:])
        except ValueError as error:
            raise Unusable("this is not the key of a log") from error
        if raw[:1] != b"\x01" or wanted.hex() != key_id:
            raise Unusable("this is not the key of a log")
        return cls(name, wanted, key)


@dataclass(frozen=True)
class Head:
    """What a checkpoint signs; `note` are its bytes."""

    origin: str
    size: int
    root: bytes
    note: bytes


def read_note(note: str, key: LogKey) -> Head | None:
    """What the note says if the key signed it; None for anything else."""
    try:
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        if not any(_signs(line, text, key) for line in signatures.splitlines()):
            return None
        origin, size, root = text.splitlines()[:3]
        if not origin.startswith(f"{key.name}/") or size != str(int(size)):
            return None
        return Head(origin, int(size), unbase64(root), note.encode())
    except WRONG:
        return None


def _signs(line: str, text: str, key: LogKey) -> bool:
    mark, signer, encoded = line.split(" ")
    signature = unbase64(encoded)
    if (mark, signer, signature[:4]) != ("\u2014", key.name, key.key_id):
        return False
    try:
        key.key.verify(signature[4:], text.encode())
    except InvalidSignature:
        return False
    return True


# --- The tree (RFC 9162, 2.1) -------------------------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    """Of the leaf's canonical bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree, kept as the roots of its full subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        size, node = self.size, leaf
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Over all leaves so far."""
        if not self._peaks:
            return hashlib.sha256().digest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def is_included(leaf: bytes, index: int, path: Sequence[bytes], head: Head) -> bool:
    """Whether leaf hash `leaf` is number `index` of the signed tree (2.1.3.2)."""
    if not 0 <= index < head.size:
        return False
    here, last, result = index, head.size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            result = node_hash(step, result)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            result = node_hash(result, step)
        here, last = here >> 1, last >> 1
    return last == 0 and result == head.root


# --- A whole year -------------------------------------------------------------------------------


def check_export(
    folder: Path, key: LogKey, *, kept: Sequence[Path] = (), roots: bytes | None = None
) -> Iterator[str]:
    """What an exported year is, and everything that is wrong with it. Raises Unusable for anything
    else.
    """
    about = _export_of(folder)
    year = int(about["segment"])
    if about["is_dropped"]:
        yield from _check_dropped(folder, year)
        yield from _check_states(folder, key, year, kept)
    else:
        replay = Replay(key, f"{key.name}/{year}", _all_notes(folder, kept))
        yield from replay.faults(folder / "leaves.jsonl", int(about["leaves"]))
        yield from _standing(year, replay.head)
    yield from _check_stamps(folder, roots)


def check_states(
    folder: Path, key: LogKey, year: int, *, kept: Sequence[Path] = (), roots: bytes | None = None
) -> Iterator[str]:
    """The same of a year's published states and stamps alone."""
    yield "leaves: not checked (--states)"
    yield from _check_states(folder, key, year, kept)
    yield from _check_stamps(folder, roots)


def _check_dropped(folder: Path, year: int) -> Iterator[str]:
    """That a year is dropped stands in a file nobody signed: only one that is over can be."""
    yield "leaves: dropped, not checked"
    if year >= datetime.now(UTC).year:
        yield f"! dropped_too_early {year}"
    if (folder / "leaves.jsonl").stat().st_size:
        yield "! leaves_in_dropped_year"


def _check_states(folder: Path, key: LogKey, year: int, kept: Sequence[Path]) -> Iterator[str]:
    notes = _all_notes(folder, kept)
    head = yield from _check_notes_alone(notes, key, f"{key.name}/{year}")
    yield from _standing(year, head)


def _standing(year: int, head: Head | None) -> Iterator[str]:
    """The year, and its newest signed state that holds: to be compared with what others have."""
    yield f"year {year}"
    if head is not None:
        yield f"size {head.size}"
        yield f"root {binascii.b2a_base64(head.root, newline=False).decode()}"


def _all_notes(folder: Path, kept: Sequence[Path]) -> Iterator[tuple[int, str]]:
    """The folder's and those that were kept, by size."""
    stated = sorted(_kept_notes(kept), key=lambda n: n[0])
    return heapq.merge(_notes(folder / "checkpoints.jsonl"), stated, key=lambda n: n[0])


def _export_of(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / "export.json").read_bytes())
        if about["schema"] != EXPORT:
            raise ValueError
        int(about["segment"]), int(about["leaves"]), bool(about["is_dropped"])
    except (*WRONG, OSError) as error:
        raise Unusable(f"{folder} is not an exported year of a log") from error
    return dict(about)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """JSON Lines. Raises Unusable where a line cannot be read."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield dict(json.loads(line))
            except WRONG as error:
                raise Unusable(f"{path.name}: line {number} cannot be read") from error


def _notes(path: Path) -> Iterator[tuple[int, str]]:
    """Size and note; in the file's order, which must be by size."""
    for line in _lines(path):
        try:
            yield int(line["size"]), str(line["note"])
        except WRONG as error:
            raise Unusable(f"{path.name} cannot be read") from error


def _kept_notes(paths: Sequence[Path]) -> Iterator[tuple[int, str]]:
    for path in paths:
        note = path.read_text(encoding="utf-8")
        try:
            yield int(note.splitlines()[1]), note
        except WRONG as error:
            raise Unusable(f"{path} is not a checkpoint") from error


class Replay:
    """The leaves once more, compared with each checkpoint as it is passed. `notes` come by size."""

    def __init__(self, key: LogKey, origin: str, notes: Iterator[tuple[int, str]]) -> None:
        self._key, self._origin, self._notes = key, origin, notes
        self._next = next(notes, None)
        self._tree, self._good, self._bad = Tree(), 0, 0
        self._largest = 0
        self.head: Head | None = None  # the newest that agrees

    def faults(self, path: Path, wanted: int) -> Iterator[str]:
        """Everything wrong, in the order of the leaves."""
        for line in _lines(path):
            is_lost = yield from self._leaf(line)
            if is_lost:
                return
            yield from self._passed()
        yield from self._end(wanted)

    def _leaf(self, line: dict[str, Any]) -> Generator[str, None, bool]:
        """Add a leaf; tells whether the tree cannot be followed any further."""
        expected = self._tree.size
        try:
            index, leaf = int(line["index"]), unbase64(line["leaf"])
            stated = unbase64(line["hash"])
        except WRONG:
            yield f"! leaf_unreadable {expected}"
            return True
        if index > expected:
            yield f"! leaves_missing {expected}-{index - 1}"
            return True
        if index < expected:
            yield f"! leaf_out_of_place {index} (after {expected - 1})"
            return True
        if leaf_hash(leaf) != stated:
            yield f"! leaf_altered {index}"
        self._tree.append(stated)
        return False

    def _passed(self) -> Iterator[str]:
        """Compare with every checkpoint of the size reached."""
        while self._next is not None and self._next[0] <= self._tree.size:
            size, note = self._next
            head = read_note(note, self._key)
            if head is None or head.origin != self._origin or head.size != size:
                yield f"! checkpoint_not_signed {size}"
            elif size < self._tree.size:
                yield f"! checkpoint_out_of_order {size}"
            elif head.root == self._tree.root():
                self.head = head
                yield from self._agrees(size)
            elif not self._bad:
                self._bad = size
            self._next = next(self._notes, None)

    def _agrees(self, size: int) -> Iterator[str]:
        """With an earlier one that does not, the two are of different trees."""
        if self._bad:
            yield f"! checkpoints_inconsistent {self._bad} {size}"
        self._good, self._bad = size, 0

    def _end(self, wanted: int) -> Iterator[str]:
        size = self._tree.size
        if self._bad and self._good == self._bad:
            yield f"! checkpoints_inconsistent {self._bad} {self._good}"
        elif self._bad:
            yield f"! leaves_not_as_signed {self._good}-{self._bad - 1}"
        self._largest = max(size, wanted)
        while self._next is not None:
            self._largest = max(self._largest, self._next[0])
            self._next = next(self._notes, None)
        if self._largest > size:
            yield f"! leaves_missing {size}-{self._largest - 1}"
        if not self._bad and self._good < size:
            yield f"! leaves_not_signed {self._good}-{size - 1}"


def _check_notes_alone(
    notes: Iterator[tuple[int, str]], key: LogKey, origin: str
) -> Generator[str, None, Head | None]:
    """Where there are no leaves the checkpoints are all there is; returns the newest."""
    last: Head | None = None
    for size, note in notes:
        head = read_note(note, key)
        if head is None or head.origin != origin or head.size != size:
            yield f"! checkpoint_not_signed {size}"
        elif last is not None and last.size == head.size and last.root != head.root:
            yield f"! checkpoints_inconsistent {last.size} {head.size}"
        else:
            last = head
    if last is None:
        yield "! checkpoint_missing"
    return last


def _check_stamps(folder: Path, roots_pem: bytes | None) -> Iterator[str]:
    if roots_pem is None:
        return
    notes = dict(_notes(folder / "checkpoints.jsonl"))
    for path in sorted((folder / "stamps").glob("*.tsr")):
        note = notes.get(int(path.stem) if path.stem.isdecimal() else -1)
        if note is None:
            yield f"! stamp_without_checkpoint {path.stem}"
        elif moment := stamped_at(path.read_bytes(), note.encode(), roots_pem):
            yield f"stamped {int(path.stem)} {moment:%Y-%m-%dT%H:%M:%SZ}"
        else:
            yield f"! stamp_wrong {int(path.stem)}"


# --- Time stamps (RFC 3161, RFC 5652) -----------------------------------------------------------

SIGNED_DATA, TST_INFO = "2a864886f70d010702", "2a864886f70d0109100104"
CONTENT_TYPE, MESSAGE_DIGEST = "2a864886f70d010903", "2a864886f70d010904"
CERTIFICATE_V1, CERTIFICATE_V2 = "2a864886f70d010910020c", "2a864886f70d010910022f"
PSS = "2a864886f70d01010a"
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "608648016503040201": hashes.SHA256(),
    "608648016503040202": hashes.SHA384(),
    "608648016503040203": hashes.SHA512(),
}
SIGNATURES: dict[str, hashes.HashAlgorithm] = {
    "2a8648ce3d040302": hashes.SHA256(),  # ECDSA
    "2a8648ce3d040303": hashes.SHA384(),
    "2a8648ce3d040304": hashes.SHA512(),
    "2a864886f70d01010b": hashes.SHA256(),  # RSA
    "2a864886f70d01010c": hashes.SHA384(),
    "2a864886f70d01010d": hashes.SHA512(),
}
SEQUENCE, SET, OCTETS, ZERO, TIME = 0x30, 0x31, 0x04, 0xA0, 0x18
LENGTH_BYTES = 4  # of a length, at most


@dataclass(frozen=True)
class Der:
    """One value of ASN.1 in its distinguished encoding: tag, content, and both with the length."""

    tag: int
    body: bytes
    whole: bytes

    def parts(self) -> list["Der"]:
        """The values inside."""
        return _values(self.body)

    def want(self, tag: int) -> "Der":
        """Itself. Raises ValueError for another tag."""
        if self.tag != tag:
            raise ValueError("another ASN.1 tag was expected")
        return self


def _values(data: bytes) -> list[Der]:
    found, at = [], 0
    while at < len(data):
        size, start = data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, start = int.from_bytes(data[start : start + count], "big"), start + count
            if not 0 < count <= LENGTH_BYTES:
                raise ValueError("no definite length")
        if start + size > len(data):
            raise ValueError("cut off")
        found.append(Der(data[at], data[start : start + size], data[at : start + size]))
        at = start + size
    return found


def stamped_at(response: bytes, content: bytes, roots_pem: bytes) -> datetime | None:
    """When an authority under one of the roots saw `content`; None if it is no stamp of it."""
    try:
        roots = x509.load_pem_x509_certificates(roots_pem)
        (answer,) = _values(response)
        status, token = answer.want(SEQUENCE).parts()[:2]
        if status.parts()[0].body not in {b"\x00", b"\x01"}:
            return None
        return _token_time(token, content, roots)
    except (*WRONG, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return None


def _token_time(token: Der, content: bytes, roots: list[x509.Certificate]) -> datetime:
    kind, inner = token.parts()
    if kind.body.hex() != SIGNED_DATA:
        raise ValueError("no signed data")
    _version, _digests, wrapped, *rest = inner.want(ZERO).parts()[0].want(SEQUENCE).parts()
    info_kind, info_box = wrapped.parts()
    info = info_box.parts()[0].want(OCTETS).body
    if info_kind.body.hex() != TST_INFO:
        raise ValueError("no time stamp")
    _require_about(_values(info)[0], content)
    moment = _moment(_values(info)[0])
    certificates = [
        x509.load_der_x509_certificate(one.whole)
        for box in rest
        if box.tag == ZERO
        for one in box.parts()
    ]
    (signer,) = rest[-1].want(SET).parts()
    _verify_chain(_verify_signer(signer, info, certificates), certificates, roots, moment)
    return moment


def _require_about(info: Der, content: bytes) -> None:
    algorithm, digest = info.parts()[2].parts()
    name = DIGESTS[algorithm.parts()[0].body.hex()].name
    if hashlib.new(name, content).digest() != digest.want(OCTETS).body:
        raise ValueError("a stamp of something else")


def _moment(info: Der) -> datetime:
    text = info.parts()[4].want(TIME).body.decode("ascii").removesuffix("Z")
    return datetime.strptime(text.partition(".")[0], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _verify_signer(signer: Der, info: bytes, known: list[x509.Certificate]) -> x509.Certificate:
    """The certificate of whoever signed. Raises ValueError or InvalidSignature."""
    _version, who, digest, attributes, algorithm, signature = signer.parts()[:6]
    issuer, serial = who.want(SEQUENCE).parts()
    number = int.from_bytes(serial.body, "big", signed=True)
    certificate = next(
        one
        for one in [*known, None]
        if one is None
        or (one.issuer.public_bytes() == issuer.whole and one.serial_number == number)
    )
    if certificate is None:
        raise ValueError("no certificate of the signer")
    method = DIGESTS[digest.parts()[0].body.hex()]
    _require_attributes(attributes, hashlib.new(method.name, info).digest(), certificate)
    signed = bytes([SET]) + attributes.whole[1:]  # RFC 5652, 5.4
    _verify_bytes(certificate, algorithm.parts()[0].body.hex(), method, signature.body, signed)
    return certificate


def _require_attributes(attributes: Der, digest: bytes, certificate: x509.Certificate) -> None:
    found = {one.parts()[0].body.hex(): one.parts()[1].parts()[0] for one in attributes.parts()}
    if found[CONTENT_TYPE].body.hex() != TST_INFO or found[MESSAGE_DIGEST].body != digest:
        raise ValueError("signed for something else")
    der = certificate.public_bytes(Encoding.DER)
    name = "sha256" if CERTIFICATE_V2 in found else "sha1"  # RFC 5816, RFC 2634
    first = (found.get(CERTIFICATE_V2) or found[CERTIFICATE_V1]).parts()[0].parts()[0].parts()
    if first[0].tag == SEQUENCE:
        name = DIGESTS[first.pop(0).parts()[0].body.hex()].name
    if first[0].body != hashlib.new(name, der).digest():
        raise ValueError("signed with another certificate")


def _verify_bytes(
    certificate: x509.Certificate,
    algorithm: str,
    digest: hashes.HashAlgorithm,
    signature: bytes,
    signed: bytes,
) -> None:
    key, method = certificate.public_key(), SIGNATURES.get(algorithm, digest)
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(method))
    elif isinstance(key, rsa.RSAPublicKey) and algorithm == PSS:
        key.verify(signature, signed, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest)
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), method)
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, signed)
    else:
        raise UnsupportedAlgorithm("a key of another kind")


def _verify_chain(
    signer: x509.Certificate,
    known: list[x509.Certificate],
    roots: list[x509.Certificate],
    moment: datetime,
) -> None:
    """That the signer may stamp time, and leads to a root. Revocation is not looked up."""
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise ValueError("not a certificate for time stamps")
    here, seen = signer, 0
    while here not in roots:
        _require_valid(here, moment)
        here = next((one for one in [*roots, *known] if _issued(one, here)), here)
        seen += 1
        if seen > len(known) + 1:
            raise ValueError("no way to a root")
    _require_valid(here, moment)


def _issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    if issuer == subject or issuer.subject != subject.issuer:
        return False
    try:
        subject.verify_directly_issued_by(issuer)
        return bool(issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False


def _require_valid(one: x509.Certificate, moment: datetime) -> None:
    if not one.not_valid_before_utc <= moment <= one.not_valid_after_utc:
        raise ValueError("not valid at that time")


# --- Files of one person ------------------------------------------------------------------------


def check_statement(content: bytes, key: LogKey | None, service_pem: bytes | None) -> Iterator[str]:
    """Everything wrong with a proof of one's own events, or a certificate of destruction. The log
    names nobody: whose events a proof opens is said by the service's signature alone.
    """
    try:
        signed = json.loads(content)
        statement = signed["statement"]
        kind = statement["schema"]
    except WRONG as error:
        raise Unusable("this is not one of our files") from error
    if kind not in {PROOF, CERTIFICATE}:
        raise Unusable("this is not one of our files")
    if service_pem is None and kind == PROOF:
        raise Unusable("a proof needs the service's key (--service-key): it says whose events")
    if service_pem is None:
        yield "signature of the service: not checked (no --service-key)"
    elif not is_signed(signed, service_pem):
        yield "! statement_not_signed"
    if key is None:
        key = _vouched_key(statement, is_vouched=service_pem is not None)
    yield from (_events if kind == PROOF else _certificate)(statement, key)


def _vouched_key(statement: dict[str, Any], *, is_vouched: bool) -> LogKey:
    """The service's signature vouches for the key that stands in the statement."""
    if not is_vouched:
        raise Unusable("name the log's key (--key) or the service's (--service-key)")
    try:
        return LogKey.parse(str(statement["log"]["verifier_key"]))
    except WRONG as error:
        raise Unusable("the file names no log") from error


def is_signed(signed: dict[str, Any], pem: bytes) -> bool:
    """Ed25519 over canonical JSON (RFC 8785; the names we use sort the same in UTF-8)."""
    key = load_pem_public_key(pem)
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise Unusable("this is not the key of the service")
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        told = signed["signature"]
        if told["key_id"] != hashlib.sha256(spki).hexdigest()[:32]:
            return False
        key.verify(unbase64(told["value"]), canonical(signed["statement"]))
    except (*WRONG, InvalidSignature):
        return False
    return True


def canonical(value: Any) -> bytes:
    """How the service writes what it signs."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _events(statement: dict[str, Any], key: LogKey) -> Iterator[str]:
    try:
        heads = {str(year): read_note(note, key) for year, note in statement["checkpoints"].items()}
        events = list(statement["events"])
    except WRONG:
        yield "! file_unreadable"
        return
    for year, head in heads.items():
        if head is None or head.origin != f"{key.name}/{year}":
            yield f"! checkpoint_not_signed {year}"
    if not events:
        yield "! events_missing"
    for number, event in enumerate(events):
        yield from (f"! {code} {number}" for code in _event(event, statement, heads))


def _event(
    event: dict[str, Any], statement: dict[str, Any], heads: dict[str, Head | None]
) -> Iterator[str]:
    """One event opens the leaf it names, belongs to the person and case, and is in the log."""
    try:
        proof, head = event["proof"], heads.get(str(event["segment"]))
        about = json.loads(event["details"])
        if not opens(event, proof):
            yield "event_not_as_logged"
        if (about["actor"], about["case"]) != (statement["person"], statement["case_id"]):
            yield "event_of_somebody_else"
        if head is None or not stands_in(proof, head):
            yield "event_not_in_log"
    except WRONG:
        yield "event_unreadable"


def opens(opening: dict[str, Any], proof: dict[str, Any]) -> bool:
    """Whether salt and details are what the leaf commits to."""
    leaf = json.loads(unbase64(proof["leaf"]))
    salt = unbase64(opening["salt"])
    said = hashlib.sha256(salt + opening["details"].encode()).hexdigest()
    return len(salt) == SALT_BYTES and bool(leaf["commitment"] == said)


def stands_in(proof: dict[str, Any], head: Head) -> bool:
    """Whether the proof leads from the leaf to the signed root."""
    leaf = leaf_hash(unbase64(proof["leaf"]))
    path = [unbase64(step) for step in proof["path"]]
    return is_included(leaf, int(proof["leaf_index"]), path, head)


def _certificate(statement: dict[str, Any], key: LogKey) -> Iterator[str]:
    try:
        log = statement["log"]
        head = read_note(str(log["proof"]["checkpoint"]), key)
        core = {name: value for name, value in statement.items() if name != "log"}
        said = json.loads(log["details"])["facts"]["statement_sha256"]
        if not opens(log, log["proof"]) or said != hashlib.sha256(canonical(core)).hexdigest():
            yield "! certificate_not_as_logged"
        if head is None:
            yield "! checkpoint_not_signed"
        elif not stands_in(log["proof"], head):
            yield "! certificate_not_in_log"
    except WRONG:
        yield "! file_unreadable"


# --- The command --------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; see the top of the file."""
    chosen = _arguments(arguments)
    faults = 0
    try:
        for line in _check(chosen):
            sys.stdout.write(f"{line}\n")
            faults += line.startswith("!")
    except (Unusable, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"cannot check: {error}\n")
        return 2
    if chosen.what.is_dir() and chosen.roots is None:
        sys.stdout.write("time stamps: not checked (no --roots)\n")
    sys.stdout.write(f"{faults} faults\n" if faults else "sound\n")
    return 1 if faults else 0


def _check(chosen: argparse.Namespace) -> Iterator[str]:
    key = LogKey.parse(chosen.key.read_text(encoding="utf-8")) if chosen.key else None
    if not chosen.what.is_dir():
        service = chosen.service_key.read_bytes() if chosen.service_key else None
        yield from check_statement(chosen.what.read_bytes(), key, service)
        return
    if key is None:
        raise Unusable("name the log's key (--key)")
    roots = chosen.roots.read_bytes() if chosen.roots else None
    if chosen.states is None:
        yield from check_export(chosen.what, key, kept=chosen.checkpoint, roots=roots)
    else:
        kept = chosen.checkpoint
        yield from check_states(chosen.what, key, chosen.states, kept=kept, roots=roots)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", type=Path, metavar="FOLDER|FILE")
    parser.add_argument("--key", type=Path, help="the log's key, from /verify/log/key.txt")
    parser.add_argument("--service-key", type=Path, help="the service's key, from /verify/key.pem")
    parser.add_argument("--roots", type=Path, help="roots (PEM) of the time-stamp authority")
    parser.add_argument("--states", type=int, metavar="YEAR", help="published states alone")
    parser.add_argument("--checkpoint", type=Path, nargs="+", default=[], help="one you kept")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
