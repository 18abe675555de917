"""The destruction ledger's second copy: a file beside the key-encryption keys, written first.

An old backup of the key ring still holds keys that were destroyed since. Whoever opens a key ring
applies this file to it before the first key is read, so a restore brings no destroyed key back.
"""

import json
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from mediation.core.private_files import PRIVATE_FILE, private_folder
from mediation.vault.errors import KeyringUnavailable


@dataclass(frozen=True)
class Line:
    """A destroyed key. `key_id` (hex) and `fingerprint` are None if the place never had a key."""

    case_id: str
    compartment: str
    key_id: str | None
    fingerprint: str | None
    destroyed_at: str

    @property
    def place(self) -> tuple[str, str]:
        return (self.case_id, self.compartment)


def append(lines: Collection[Line]) -> None:
    """Write the lines and wait for the disk. Call while no other process can."""
    if not lines:
        return
    private_folder(_path().parent)
    descriptor = os.open(_path(), os.O_RDWR | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
    with os.fdopen(descriptor, "r+b") as file:
        if file.seek(0, os.SEEK_END) and not _ends_in_newline(file.fileno(), file.tell()):
            file.write(b"\n")  # a line torn by a crash; what it was for was never done
        for line in lines:
            file.write(json.dumps(asdict(line)).encode() + b"\n")
        file.flush()
        os.fsync(descriptor)


def read() -> dict[tuple[str, str], Line]:
    """The newest line for every place. Raises KeyringUnavailable if the file is damaged."""
    try:
        text = _path().read_text()
    except FileNotFoundError:
        return {}
    # A torn line lacks its end; a damaged one must not be passed over in silence.
    whole = [line for line in text.splitlines() if line.endswith("}")]
    try:
        lines = [Line(**json.loads(line)) for line in whole]
    except (ValueError, TypeError) as error:
        raise KeyringUnavailable("the destruction ledger is damaged") from error
    return {line.place: line for line in lines}


def size() -> int:
    """Its bytes: they grow with every line, so they say up to where somebody has read it."""
    try:
        return _path().stat().st_size
    except FileNotFoundError:
        return 0


def _ends_in_newline(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"


def _path() -> Path:
    return Path(settings.KEK_DIR) / "destroyed.jsonl"
