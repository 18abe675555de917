"""Test vectors of the log: a small year, files of one person, and every way to spoil them.

    python -m tests.audit.vectors FOLDER    writes them

Everything comes from fixed keys and signatures without chance, so the same files come out each
time. The keys are public and sign nothing else.
"""

import base64
import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mediation.audit import merkle
from mediation.audit.leaf import Event
from mediation.vault.signing import canonical_json, key_id, public_pem

NAME = "heyi.example/audit"
YEAR = 2026
OVER, NOT_OVER = 2019, 9999  # years that are dropped, rightly and not
SIZES = (3, 7, 11)
STAMPED = 7
FOREIGN, LAST = 2, 10  # an event of somebody else, and the certificate's
START = datetime(YEAR, 3, 1, 8, tzinfo=UTC)
CASE = UUID("11111111-1111-4111-8111-111111111111")
ANNA, BEN = (f"accounts.user:{letter * 8}-aaaa-4aaa-8aaa-aaaaaaaaaaaa" for letter in "ab")
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"heyi test vectors, log          ")
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"heyi test vectors, another log  ")
SERVICE_KEY = Ed25519PrivateKey.from_private_bytes(b"heyi test vectors, service      ")
ROOT_KEY, STAMP_KEY = (ec.derive_private_key(n, ec.SECP256R1()) for n in (1234567, 7654321))
DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
Lines = list[dict[str, Any]]


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


# --- The log ------------------------------------------------------------------------------------


def salt_of(index: int) -> bytes:
    return hashlib.sha256(b"salt %d" % index).digest()


CERTIFIED: dict[str, Any] = {
    "schema": "heyi-deletion-certificate-1",
    "certificate_id": "dddddddd-dddd-4ddd-8ddd-dddddddddddd",
    "reason": "schedule",
}


def event(index: int) -> Event:
    """Number `index` of the year. All of them but one are Anna's, and the last is the clock's."""
    if index == LAST:
        digest = hashlib.sha256(canonical_json(CERTIFIED)).hexdigest()
        facts = {"statement_sha256": digest}
        return Event("erasure.certified", "system", "privacy.erasure:1", None, at(index), facts)
    who = BEN if index == FOREIGN else ANNA
    return Event("document.opened", who, f"evidence.document:{index}", CASE, at(index), {})


def at(index: int) -> datetime:
    return START + timedelta(minutes=index)


def leaf(index: int) -> bytes:
    return event(index).leaf(pseudonym_key=salt_of(99), salt=salt_of(index))


LEAVES = [leaf(index) for index in range(SIZES[-1])]
HASHES = [merkle.leaf_hash(one) for one in LEAVES]


def signed_note(hashed: list[bytes], key: Ed25519PrivateKey = LOG_KEY) -> str:
    return note_of(len(hashed), merkle.root_of(hashed), key)


def note_of(size: int, root: bytes, key: Ed25519PrivateKey = LOG_KEY, *, year: int = YEAR) -> str:
    text = f"{NAME}/{year}\n{size}\n{b64(root)}\n"
    return f"{text}\n— {NAME} {b64(log_key_id(key) + key.sign(text.encode()))}\n"


def log_key_id(key: Ed25519PrivateKey) -> bytes:
    raw = key.public_key().public_bytes_raw()
    return hashlib.sha256(NAME.encode() + b"\n\x01" + raw).digest()[:4]


def verifier_key(key: Ed25519PrivateKey = LOG_KEY) -> str:
    raw = key.public_key().public_bytes_raw()
    return f"{NAME}+{log_key_id(key).hex()}+{b64(bytes([1]) + raw)}"


# --- The time-stamp authority -------------------------------------------------------------------


def certificate(name: str, key, issuer: str, issuer_key, extensions) -> x509.Certificate:
    called, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, issuer))
    made = x509.CertificateBuilder(by, called, key.public_key(), 7, START, at(10**7))
    for extension in extensions:
        made = made.add_extension(extension, critical=True)
    return made.sign(issuer_key, hashes.SHA256(), ecdsa_deterministic=True)


ROOT = certificate(
    "Vector Root",
    ROOT_KEY,
    "Vector Root",
    ROOT_KEY,
    [x509.BasicConstraints(ca=True, path_length=None)],
)
STAMPER = certificate(
    "Vector Time", STAMP_KEY, "Vector Root", ROOT_KEY,
    [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])],
)  # fmt: skip


def pem(one: x509.Certificate) -> bytes:
    return one.public_bytes(serialization.Encoding.PEM)


def stamp(content: bytes) -> bytes:
    """A time-stamp response over `content` (RFC 3161), in DER."""
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3.4",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": hashlib.sha256(content).digest(),
            },
            "serial_number": 7,
            "gen_time": at(60),
        }
    ).dump()
    ours = asn1_x509.Certificate.load(STAMPER.public_bytes(serialization.Encoding.DER))
    token = cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v3",
                    "digest_algorithms": [{"algorithm": "sha256"}],
                    "encap_content_info": {
                        "content_type": "tst_info",
                        "content": cms.ParsableOctetString(info),
                    },
                    "certificates": [ours],
                    "signer_infos": [_signer(ours, info)],
                }
            ),
        }
    )
    return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()


def _signer(ours: asn1_x509.Certificate, info: bytes) -> cms.SignerInfo:
    reference = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(ours.dump()).digest()})
    said = {
        "content_type": "tst_info",
        "message_digest": hashlib.sha256(info).digest(),
        "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [reference]}),
    }
    attributes = cms.CMSAttributes([{"type": name, "values": [v]} for name, v in said.items()])
    who = {"issuer": ours.issuer, "serial_number": ours.serial_number}
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": who}),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": core.OctetString(STAMP_KEY.sign(attributes.dump(), DETERMINISTIC)).native,
        }
    )


# --- Files --------------------------------------------------------------------------------------


def statement_file(statement: dict[str, Any]) -> bytes:
    signature = {
        "algorithm": "Ed25519",
        "key_id": key_id(SERVICE_KEY.public_key()),
        "value": b64(SERVICE_KEY.sign(canonical_json(statement))),
    }
    signed = {"statement": statement, "signature": signature}
    return json.dumps(signed, ensure_ascii=False, sort_keys=True, indent=2).encode() + b"\n"


def proof_of(index: int) -> dict[str, Any]:
    path = merkle.inclusion_path(index=index, leaves=HASHES)
    return {"leaf": b64(LEAVES[index]), "leaf_index": index, "path": [b64(step) for step in path]}


def opening(index: int) -> dict[str, str]:
    return {"salt": b64(salt_of(index)), "details": event(index).details().decode()}


def own_events(*indexes: int) -> dict[str, Any]:
    return {
        "schema": "heyi-log-proof-1",
        "case_id": str(CASE),
        "person": ANNA,
        "log": {"verifier_key": verifier_key()},
        "checkpoints": {str(YEAR): signed_note(HASHES)},
        "events": [{"segment": YEAR, "proof": proof_of(i), **opening(i)} for i in indexes],
    }


def deletion(**changes: Any) -> dict[str, Any]:
    proof = {**proof_of(LAST), "checkpoint": signed_note(HASHES)}
    log = {"verifier_key": verifier_key(), "proof": proof, **opening(LAST)}
    return {**CERTIFIED, **changes, "log": log}


def changed(statement: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The statement with its first event changed."""
    change(statement["events"][0])
    return statement


def as_other(first: dict[str, Any]) -> None:
    first["details"] = first["details"].replace("evidence.document:0", "evidence.document:9")


def turned(first: dict[str, Any]) -> None:
    first["proof"]["path"].reverse()


STATEMENTS = {
    "proof": own_events(0, 1, 9),
    "proof-details-changed": changed(own_events(0, 1), as_other),
    "proof-path-wrong": changed(own_events(0, 1), turned),
    "proof-of-another": own_events(0, FOREIGN),
    "proof-of-nothing": own_events(),
    "certificate": deletion(),
    "certificate-changed": deletion(reason="wish"),
}


def leaf_lines() -> Lines:
    rows = enumerate(zip(LEAVES, HASHES, strict=True))
    return [{"index": i, "hash": b64(h), "leaf": b64(one)} for i, (one, h) in rows]


def checkpoint_lines(year: int = YEAR) -> Lines:
    roots = {size: merkle.root_of(HASHES[:size]) for size in SIZES}
    return [{"size": size, "note": note_of(size, root, year=year)} for size, root in roots.items()]


def write_dropped(folder: Path, year: int, leaves: Lines) -> None:
    write_year(folder, leaves, checkpoint_lines(year), year=year, is_dropped=True)


def write_year(
    folder: Path,
    leaves: Lines,
    checkpoints: Lines,
    *,
    year: int = YEAR,
    is_dropped: bool = False,
) -> None:
    (folder / "stamps").mkdir(parents=True)
    count = 0 if is_dropped else SIZES[-1]
    about = {"schema": "heyi-log-export-1", "segment": year, "leaves": count}
    text = json.dumps({**about, "is_dropped": is_dropped})
    (folder / "export.json").write_text(text + "\n", encoding="utf-8")
    for name, lines in {"leaves": leaves, "checkpoints": checkpoints}.items():
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    note = next((line["note"] for line in checkpoints if line["size"] == STAMPED), "none")
    (folder / "stamps" / f"{STAMPED:012}.tsr").write_bytes(stamp(note.encode()))


def write_many(folder: Path, count: int) -> None:
    """A sound year of `count` leaves under one checkpoint, line by line."""
    write_year(folder, [], [])
    about = {"schema": "heyi-log-export-1", "segment": YEAR, "leaves": count, "is_dropped": False}
    (folder / "export.json").write_text(json.dumps(about), encoding="utf-8")
    tree = merkle.CompactRange()
    with (folder / "leaves.jsonl").open("w", encoding="utf-8") as file:
        for index in range(count):
            one = LEAVES[0] + b"%d" % index
            hashed = merkle.leaf_hash(one)
            tree.append(hashed)
            line = {"index": index, "hash": b64(hashed), "leaf": b64(one)}
            file.write(json.dumps(line) + "\n")
    (folder / "checkpoints.jsonl").write_text(
        json.dumps({"size": count, "note": note_of(count, tree.root())}) + "\n", encoding="utf-8"
    )


FORGED = LEAVES[4].replace(b"document.opened", b"document.hidden")
ELSEWHERE = [*HASHES[:4], merkle.leaf_hash(FORGED), *HASHES[5:]]


def write_years(folder: Path) -> None:
    """A sound year, a dropped one, and one for each way to spoil it."""
    leaves, notes = leaf_lines(), checkpoint_lines()
    write_year(folder / "sound", leaves, notes)
    write_dropped(folder / "dropped", OVER, [])
    write_dropped(folder / "dropped-too-early", NOT_OVER, [])
    write_dropped(folder / "dropped-with-leaves", OVER, leaves)
    altered = {**leaves[4], "leaf": b64(FORGED)}
    write_year(folder / "leaf-altered", [*leaves[:4], altered, *leaves[5:]], notes)
    forged = {**altered, "hash": b64(merkle.leaf_hash(FORGED))}
    write_year(folder / "leaf-forged", [*leaves[:4], forged, *leaves[5:]], notes)
    write_year(folder / "leaf-missing", [*leaves[:5], *leaves[6:]], notes)
    write_year(folder / "end-missing", leaves[:9], notes)
    unsigned = {"size": 7, "note": signed_note(HASHES[:7], OTHER_KEY)}
    write_year(folder / "checkpoint-unsigned", leaves, [notes[0], unsigned, notes[2]])
    other = {"size": 7, "note": signed_note(ELSEWHERE[:7])}
    write_year(folder / "checkpoint-of-another-tree", leaves, [notes[0], other, notes[2]])
    write_year(folder / "stamp-of-something-else", leaves, notes)
    wrong = folder / "stamp-of-something-else" / "stamps" / f"{STAMPED:012}.tsr"
    wrong.write_bytes(stamp(b"something else"))


YEARS: dict[str, list[str]] = {
    "sound": [],
    "dropped": [],
    "dropped-too-early": ["! dropped_too_early 9999"],
    "dropped-with-leaves": ["! leaves_in_dropped_year"],
    "leaf-altered": ["! leaf_altered 4"],
    "leaf-forged": ["! leaves_not_as_signed 3-6"],
    "leaf-missing": ["! leaves_missing 5-5"],
    "end-missing": ["! leaves_missing 9-10", "! leaves_not_signed 7-8"],
    "checkpoint-unsigned": ["! checkpoint_not_signed 7"],
    "checkpoint-of-another-tree": ["! checkpoints_inconsistent 7 11"],
    "stamp-of-something-else": ["! stamp_wrong 7"],
}
FILES: dict[str, list[str]] = {
    "proof": [],
    "proof-details-changed": ["! event_not_as_logged 0"],
    "proof-path-wrong": ["! event_not_in_log 0"],
    "proof-of-another": ["! event_of_somebody_else 1"],
    "proof-of-nothing": ["! events_missing"],
    "certificate": [],
    "certificate-changed": ["! certificate_not_as_logged"],
}


def runs() -> list[dict[str, Any]]:
    """What to call the verifier with, and what it must say: exit code and faults."""
    log, service = ["--key", "log-key.txt"], ["--service-key", "heyi-key.pem"]
    roots = ["--roots", "tsa-roots.pem"]
    found = [([name, *log, *roots], faults) for name, faults in YEARS.items()]
    found += [([f"{name}.json", *log, *service], faults) for name, faults in FILES.items()]
    found += [
        (["proof.json", *service], []),
        (["proof-resigned.json", *log, *service], ["! statement_not_signed"]),
        (["proof-unsigned.json", *log, *service], ["! statement_not_signed"]),
        (["certificate.json", *log], []),
        (["stamp-of-something-else", *log, *roots, "--states", str(YEAR)], ["! stamp_wrong 7"]),
        (["sound", *log, *roots, "--states", str(YEAR)], []),
        (
            ["sound", *log, "--states", str(OVER)],
            [*(f"! checkpoint_not_signed {size}" for size in SIZES), "! checkpoint_missing"],
        ),
        (["sound", *log, "--checkpoint", "kept-checkpoint.txt"], []),
        (
            ["sound", *log, "--checkpoint", "kept-of-another-tree.txt"],
            ["! checkpoints_inconsistent 7 11"],
        ),
    ]
    lines = [{"arguments": a, "exit": 1 if faults else 0, "faults": faults} for a, faults in found]
    unusable = [
        ["sound"],
        ["proof.json"],
        ["proof.json", *log],
        ["proof-unsigned.json", *log],
        ["certificate.json"],
        ["log-key.txt", *log],
        ["stray.json", *log],
        ["no", *log],
    ]
    return lines + [{"arguments": arguments, "exit": 2, "faults": []} for arguments in unusable]


def write(folder: Path) -> None:
    """All of it, into a new folder."""
    write_years(folder)
    for name, statement in STATEMENTS.items():
        (folder / f"{name}.json").write_bytes(statement_file(statement))
    resigned = json.loads(statement_file(STATEMENTS["proof"]))
    resigned["statement"]["made_at"] = "2030-01-01T00:00:00Z"
    unsigned = {"statement": STATEMENTS["proof"]}
    texts = {
        "proof-unsigned.json": json.dumps(unsigned, indent=2) + "\n",
        "proof-resigned.json": json.dumps(resigned, indent=2) + "\n",
        "stray.json": "{}\n",
        "log-key.txt": verifier_key() + "\n",
        "heyi-key.pem": public_pem(SERVICE_KEY.public_key()).decode(),
        "tsa-roots.pem": pem(ROOT).decode(),
        "kept-checkpoint.txt": signed_note(HASHES[:5]),
        "kept-of-another-tree.txt": signed_note(ELSEWHERE[:7]),
        "vectors.json": json.dumps(runs(), indent=1) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    write(target)
