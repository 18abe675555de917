"""The main database as a stream of bytes, and back: SQLite's online backup, or pg_dump."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from django.db import connection, connections

from mediation.core.private_files import PRIVATE_FILE

CHUNK_BYTES = 1024 * 1024
KEY_RING_TABLE = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE name = 'data_key'",
    "postgresql": "SELECT 1 FROM pg_catalog.pg_tables WHERE tablename = 'data_key'",
}
OLD = "before_restore"
OLD_IS_THERE = f"SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = '{OLD}'"  # noqa: S608 our own name
# The statements of one string are one transaction.
SET_ASIDE = (
    f"CREATE SCHEMA IF NOT EXISTS public; ALTER SCHEMA public RENAME TO {OLD}; CREATE SCHEMA public"
)
PUT_BACK = f"DROP SCHEMA public CASCADE; ALTER SCHEMA {OLD} RENAME TO public"
DROP_OLD = f"DROP SCHEMA {OLD} CASCADE"


class DatabaseFailure(Exception):
    """A program of PostgreSQL is missing or failed (its own words are on standard error), or the
    database holds what no dump of it may have.
    """


def dump() -> Iterator[bytes]:
    """The database as it is at one moment. Raises DatabaseFailure."""
    _refuse_key_ring()
    return _dump_file() if connection.vendor == "sqlite" else _dump_server()


def check_loadable() -> None:
    """Raises DatabaseFailure for what is known to fail before anything is touched."""
    _refuse_key_ring()
    if connection.vendor == "sqlite":
        return
    _program("pg_restore")
    if _finds(OLD_IS_THERE):
        raise DatabaseFailure(
            f"the schema {OLD} is there, from a restore that was broken off: see docs/operations.md"
        )


def load(content: Iterable[bytes]) -> None:
    """Put the dump in the database's place. Nobody else may use it meanwhile.

    Raises DatabaseFailure; the database is then what it was.
    """
    check_loadable()
    connections.close_all()
    if connection.vendor == "sqlite":
        _load_file(content)
    else:
        _load_server(content)


def _refuse_key_ring() -> None:
    """Two addresses may lead to one database; its dump would have the key ring, and live longer."""
    if _finds(KEY_RING_TABLE[connection.vendor]):
        raise DatabaseFailure("the main database holds a key ring, which needs one of its own")


def _finds(query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone() is not None


def _dump_file() -> Iterator[bytes]:
    """The copy, with accounts and dates in clear, is beside the database and on no other disk. It
    has no name any more while it is read.
    """
    path = _file()
    prefix = f".{path.name}.backup-"
    for left in path.parent.glob(f"{prefix}*"):  # by a backup that was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as folder:
        copy = Path(folder, "database")
        with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(copy)) as into:
            live.backup(into)
        file = copy.open("rb")
    with file:
        yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def _load_file(content: Iterable[bytes]) -> None:
    path = _file()
    draft = path.with_name(f"{path.name}.restoring")
    draft.unlink(missing_ok=True)
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(descriptor)
        for ending in ("-wal", "-shm", "-journal"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _dump_server() -> Iterator[bytes]:
    command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment()) as process:  # noqa: S603 our own words
        assert process.stdout is not None
        out = process.stdout
        yield from iter(lambda: out.read(CHUNK_BYTES), b"")
    if process.returncode:
        raise DatabaseFailure("pg_dump failed")


def _load_server(content: Iterable[bytes]) -> None:
    """Into an empty schema; the old one is dropped only when the new one is whole."""
    _execute(SET_ASIDE)
    try:
        _pour(content)
    except BaseException:
        _execute(PUT_BACK)
        raise
    _execute(DROP_OLD)


def _pour(content: Iterable[bytes]) -> None:
    command = [_program("pg_restore"), "--no-owner", "--no-privileges", "--single-transaction"]
    command += ["--schema=public", f"--dbname={connection.settings_dict['NAME']}"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=_environment())  # noqa: S603 our own words
    with suppress(BrokenPipeError), process:  # it closes its end when it fails
        assert process.stdin is not None
        for chunk in content:
            process.stdin.write(chunk)
        process.stdin.close()
    if process.returncode:
        raise DatabaseFailure("pg_restore failed")


def _execute(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)
    connections.close_all()


def _environment() -> dict[str, str]:
    """Where the database is. The password is in no command line, which others could read."""
    settings: dict[str, Any] = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    own = {name: str(settings[key]) for name, key in names.items() if settings.get(key)}
    return {**os.environ, **own, "PGDATABASE": str(settings["NAME"])}


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DatabaseFailure(f"{name} is missing: install PostgreSQL's client programs")
    return found
