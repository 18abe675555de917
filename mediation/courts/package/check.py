"""Whether a package is as it left: offline, from its bytes and the centre's public key alone."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mediation.courts.package.archive import NotAnArchive, pack, unpack
from mediation.courts.package.layout import (
    ATTESTATION,
    ATTESTATION_SCHEMA,
    FILES,
    MANIFEST,
    SCHEMA,
    SETTLEMENT,
)
from mediation.vault import services as vault


@dataclass(frozen=True)
class PackageReport:
    """What was found. `findings` are stable codes and empty exactly when the package is genuine;
    `manifest` and `files` (name to content) are filled as far as they could be read.
    """

    findings: tuple[str, ...]
    manifest: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def is_genuine(self) -> bool:
        return not self.findings


def check_package(content: bytes, public_key_pem: bytes | None = None) -> PackageReport:
    """Check every byte. `public_key_pem` is the centre's Ed25519 key, this installation's own if
    None. Never raises for what is in `content`.
    """
    try:
        files = unpack(content)
    except NotAnArchive:
        return PackageReport(("archive_damaged",))
    manifest = _signed_json(files.get(MANIFEST, b""))
    attestation = _signed_json(files.get(ATTESTATION, b""))
    findings = (
        *_archive_findings(content, files),
        *_signature_findings("manifest", manifest, SCHEMA, public_key_pem),
        *_signature_findings("attestation", attestation, ATTESTATION_SCHEMA, public_key_pem),
        *_file_findings(files, _statement(manifest)),
        *_agreement_findings(files, _statement(manifest), _statement(attestation)),
    )
    return PackageReport(findings, _statement(manifest), files)


def canonical(signed: dict[str, Any]) -> bytes:
    """The bytes of a signed statement as they stand in a package."""
    return json.dumps(signed, ensure_ascii=False, sort_keys=True, indent=2).encode() + b"\n"


def is_signed(signed: dict[str, Any], public_key_pem: bytes | None) -> bool:
    """Whether the statement is signed, with nothing unsigned beside it and the signature written
    in the one way base64 has for it (RFC 4648, 3.5), so that no byte can be changed unnoticed.
    """
    signature = signed.get("signature")
    if set(signed) != {"statement", "signature"} or not isinstance(signature, dict):
        return False
    if set(signature) != {"algorithm", "key_id", "value"} or not _is_exact(signature["value"]):
        return False
    return vault.verify_statement(signed=signed, public_key_pem=public_key_pem)


def _is_exact(value: object) -> bool:
    try:
        return base64.b64encode(base64.b64decode(str(value), validate=True)).decode() == value
    except ValueError:
        return False


def _signed_json(raw: bytes) -> dict[str, Any]:
    """The signed statement in `raw`; {} unless these are exactly the bytes we write for it."""
    try:
        signed = json.loads(raw)
        is_ours = isinstance(signed, dict) and canonical(signed) == raw
    except (ValueError, RecursionError):
        return {}
    return signed if is_ours else {}


def _statement(signed: dict[str, Any]) -> dict[str, Any]:
    statement = signed.get("statement")
    return statement if isinstance(statement, dict) else {}


def _archive_findings(content: bytes, files: dict[str, bytes]) -> Iterator[str]:
    if list(files) != list(FILES):
        yield "files_not_as_listed"
    if pack(files) != content:
        yield "archive_changed"


def _signature_findings(
    name: str, signed: dict[str, Any], schema: str, key: bytes | None
) -> Iterator[str]:
    if not signed:
        yield f"{name}_unreadable"
    elif not is_signed(signed, key):
        yield f"{name}_not_signed_by_us"
    elif _statement(signed).get("schema") != schema:
        yield f"{name}_of_another_kind"


def _file_findings(files: dict[str, bytes], statement: dict[str, Any]) -> Iterator[str]:
    listed = statement.get("files")
    rows = listed if isinstance(listed, list) else []
    hashes = {row.get("name"): row.get("sha256") for row in rows if isinstance(row, dict)}
    for name in FILES:
        if name != MANIFEST and hashes.get(name) != _sha256(files.get(name, b"")):
            yield f"file_changed:{name}"


def _agreement_findings(
    files: dict[str, bytes], statement: dict[str, Any], attestation: dict[str, Any]
) -> Iterator[str]:
    """The attestation and the manifest are about the settlement in the same package."""
    agreement = statement.get("agreement")
    named = agreement.get("document_sha256") if isinstance(agreement, dict) else None
    actual = _sha256(files.get(SETTLEMENT, b""))
    if named != actual or attestation.get("agreement_sha256") != actual:
        yield "another_agreement"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
