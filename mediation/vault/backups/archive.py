"""One backup archive: a tar of pieces, encrypted with age to the operator's recipients.

Nothing is collected first: a member is cut into pieces of 4 MiB, `<member>/<number>`, and the last
member, `manifest.json`, says the SHA-256 and the length of each. The file gets its name when it is
whole.
"""

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage

from mediation.core.private_files import PRIVATE_FILE, private_folder

PIECE_BYTES = 4 * 1024 * 1024
MANIFEST = "manifest.json"
FORMAT = "heyi-backup-1"
Members = Iterable[tuple[str, Iterable[bytes]]]


class BadArchive(Exception):
    """The archive is not whole, not ours, or not for this identity."""


def write(
    *, path: Path, recipients: Iterable[str], members: Members, about: dict[str, Any]
) -> None:
    """Write the archive. Raises BadArchive for a recipient that is none."""
    private_folder(path.parent)
    try:
        keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    except pyrage.RecipientError as error:
        raise BadArchive("BACKUP_RECIPIENTS has something that is no age recipient") from error
    draft = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(
            os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE_FILE), "wb"
        ) as out:
            with _piped(lambda tar: _write_tar(tar, members, about)) as tar:
                pyrage.encrypt_io(tar, out, keys)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def check(*, path: Path, identities: list[Any]) -> dict[str, Any]:
    """The manifest, once the whole archive was read and compared with it. Raises BadArchive."""
    found: dict[str, list[Any]] = {}
    manifest: dict[str, Any] = {}
    for name, content in _pieces(path, identities):
        if name == MANIFEST:
            manifest = json.loads(content)
        else:
            found[name] = _sum(content)
    if manifest.get("format") != FORMAT or manifest.get("pieces") != found:
        raise BadArchive(f"{path.name} is not what its manifest says")
    return manifest


def members(*, path: Path, identities: list[Any]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each member's name and its content in pieces, in their order. Each content is to be read to
    its end before the next one.
    """
    pieces = (
        (name.rpartition("/")[0], content)
        for name, content in _pieces(path, identities)
        if name != MANIFEST
    )
    held = next(pieces, None)

    def of(name: str) -> Iterator[bytes]:
        nonlocal held
        while held is not None and held[0] == name:
            yield held[1]
            held = next(pieces, None)

    while held is not None:
        name = held[0]
        yield name, of(name)


def read_identities(path: Path) -> list[Any]:
    """The secret keys in an age identity file. Raises BadArchive."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    try:
        return [pyrage.x25519.Identity.from_str(one) for one in lines if one and one[0] != "#"]
    except pyrage.IdentityError as error:
        raise BadArchive(f"{path.name} is no age identity file") from error


def _write_tar(out: IO[bytes], members: Members, about: dict[str, Any]) -> None:
    sums: dict[str, list[Any]] = {}
    with tarfile.open(fileobj=out, mode="w|", bufsize=tarfile.BLOCKSIZE * 20) as tar:
        for name, content in members:
            for number, piece in enumerate(_even(content)):
                sums[f"{name}/{number:06d}"] = _sum(piece)
                _add(tar, f"{name}/{number:06d}", piece)
        manifest = {"format": FORMAT, **about, "pieces": sums}
        _add(tar, MANIFEST, json.dumps(manifest).encode())


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), PRIVATE_FILE
    tar.addfile(member, io.BytesIO(content))


def _even(content: Iterable[bytes]) -> Iterator[bytes]:
    """The content in pieces of 4 MiB; what is empty is one empty piece."""
    buffer, is_empty = bytearray(), True
    for chunk in content:
        buffer += chunk
        while len(buffer) >= PIECE_BYTES:
            yield bytes(buffer[:PIECE_BYTES])
            del buffer[:PIECE_BYTES]
            is_empty = False
    if buffer or is_empty:
        yield bytes(buffer)


def _sum(piece: bytes) -> list[Any]:
    return [hashlib.sha256(piece).hexdigest(), len(piece)]


def _pieces(path: Path, identities: list[Any]) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as sealed:

        def decrypt(out: IO[bytes]) -> None:
            try:
                pyrage.decrypt_io(sealed, out, identities)
            except (pyrage.DecryptError, OSError) as error:
                raise BadArchive(f"{path.name} is damaged, or for another identity") from error

        with _piped(decrypt) as clear:
            try:
                with tarfile.open(fileobj=clear, mode="r|") as tar:
                    for member in tar:
                        content = tar.extractfile(member)
                        yield member.name, content.read() if content else b""
                clear.read()  # the tar's padding, which the other side still wants to write
            except tarfile.TarError as error:
                raise BadArchive(f"{path.name} cannot be read") from error


@contextmanager
def _piped(write: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """What `write` writes, to be read while it does. Its failure is raised at the end."""
    ours, theirs = os.pipe()
    failed: list[Exception] = []

    def run() -> None:
        with os.fdopen(theirs, "wb") as out:
            try:
                write(out)
            except Exception as error:  # noqa: BLE001 raised again in the thread that reads
                failed.append(error)

    thread = threading.Thread(target=run, name="backup")
    thread.start()
    try:
        with os.fdopen(ours, "rb") as reader:
            yield reader
    finally:
        thread.join()
        if failed and not isinstance(failed[0], BrokenPipeError):
            raise failed[0]
