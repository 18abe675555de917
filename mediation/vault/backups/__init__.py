"""Backups in two parts with lives of their own, and the way back.

`data` is the main database and the stored files: sealed content and, in clear, accounts and dates.
`keys` is the key ring, wrapped; with daily backups it lives KEYRING_BACKUP_DAYS days and no longer.
Key-encryption keys, the ledger beside them and the signing keys are in neither.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection

from mediation.vault import keyring
from mediation.vault.backups import archive, databases
from mediation.vault.backups.archive import BadArchive
from mediation.vault.keyring import copies

PARTS = ("data", "keys")
NAME = re.compile(r"heyi-(?P<part>data|keys)-(?P<at>\d{8}T\d{12}Z)\.age")
AT = "%Y%m%dT%H%M%S%fZ"
CHUNK_BYTES = 1024 * 1024
SPOOL_BYTES = 8 * 1024 * 1024
NEXT_BACKUP = timedelta(hours=25)  # daily, and up to an hour late


class NotEmpty(Exception):
    """There is an installation already that a restore would overwrite."""


def back_up(*, folder: Path, part: str) -> Path:
    """Write the part's archive into the folder, and remove archives of keys that are too old.

    Raises BadArchive, DatabaseFailure or OSError; then there is no new archive.
    """
    prune_keys(folder=folder)
    if not settings.BACKUP_RECIPIENTS:
        raise BadArchive("set BACKUP_RECIPIENTS: a backup is for somebody's age identity")
    now = datetime.now(UTC)
    path = folder / f"heyi-{part}-{now.strftime(AT)}.age"
    about = {"part": part, "made_at": now.isoformat(), "database": connection.vendor}
    members = _data(databases.dump()) if part == "data" else iter([("keyring", copies.lines())])
    archive.write(path=path, recipients=settings.BACKUP_RECIPIENTS, members=members, about=about)
    if part == "keys":  # somebody may have been killed between destroying and rewriting
        keyring.rewrite()
    return path


def prune_keys(*, folder: Path) -> list[Path]:
    """Remove the folder's archives of keys that the next daily backup would find older than
    KEYRING_BACKUP_DAYS days.
    """
    oldest = datetime.now(UTC) + NEXT_BACKUP - timedelta(days=settings.KEYRING_BACKUP_DAYS)
    found = [(NAME.fullmatch(path.name), path) for path in sorted(folder.glob("heyi-keys-*.age"))]
    gone = [path for match, path in found if match and _made_at(match) <= oldest]
    for path in gone:
        path.unlink()
    return gone


def restore(
    *, paths: Sequence[Path], identities: list[Any], is_forced: bool = False
) -> list[dict[str, Any]]:
    """Check every archive to its end, then put what is in them in its place; their manifests.

    Nobody may be served meanwhile, nor before the destructions since were replayed. Raises
    BadArchive, DatabaseFailure or, unless forced, NotEmpty before anything is changed.
    """
    manifests = [_checked(path, identities, is_forced) for path in paths]
    for path in paths:
        for name, content in archive.members(path=path, identities=identities):
            _put(name, content)
    return manifests


def _checked(path: Path, identities: list[Any], is_forced: bool) -> dict[str, Any]:
    """The manifest of an archive that can be put in its place."""
    manifest = archive.check(path=path, identities=identities)
    if manifest["part"] == "data":
        if manifest["database"] != connection.vendor:
            raise BadArchive(f"{path.name} is of another kind of database: {manifest['database']}")
        databases.check_loadable()
    if not is_forced and not _is_empty(manifest["part"]):
        raise NotEmpty(manifest["part"])
    return manifest


def _is_empty(part: str) -> bool:
    if part == "keys":
        return copies.is_empty()
    users = get_user_model()
    tables = connection.introspection.table_names()
    return users._meta.db_table not in tables or not users._meta.base_manager.exists()


def _put(name: str, content: Iterator[bytes]) -> None:
    match name.partition("/"):
        case ("database", _, _):
            databases.load(content)
        case ("keyring", _, _):
            copies.load(_lines(content))
        case ("files", _, stored):
            _put_file(stored, content)


def _put_file(name: str, content: Iterator[bytes]) -> None:
    """Stored files never change, so one that is there is the same."""
    if default_storage.exists(name):
        for _piece in content:
            pass
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
        for piece in content:
            file.write(piece)
        file.seek(0)
        saved = default_storage.save(name, File(file))
    if saved != name:
        raise BadArchive("a file was stored under another name than its own")


def _data(dump: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The database first: a file that came after it has no row and is found as an orphan."""
    yield "database", dump
    for name in _stored(""):
        content = _content(name)
        if content is not None:
            yield f"files/{name}", content


def _stored(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        yield f"{folder}/{name}" if folder else name
    for inner in folders:
        yield from _stored(f"{folder}/{inner}" if folder else inner)


def _content(name: str) -> Iterator[bytes] | None:
    """The file's bytes; None if it was removed since it was listed."""
    try:
        file = default_storage.open(name, "rb")
    except FileNotFoundError:
        return None
    return _read_and_close(file)


def _read_and_close(file: Any) -> Iterator[bytes]:
    with file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def _lines(content: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in content:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _made_at(match: re.Match[str]) -> datetime:
    return datetime.strptime(match["at"], AT).replace(tzinfo=UTC)
