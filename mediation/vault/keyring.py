"""The key ring: wrapped compartment keys in an SQLite file of its own, outside Django's databases.

Being no Django database, it is in no dump, fixture or database backup; its own backups live
`KEYRING_BACKUP_DAYS` days. A destroyed key leaves its id, fingerprint and time in the append-only
table `destroyed`; the wrapped bytes are overwritten (secure_delete) and the file is rewritten.

Every write opens its own connection. Reading shares one connection a process, whose
`PRAGMA data_version` changes with every commit by anybody else: then nothing remembered is used.
Opening a file, a restored one too, first applies the ledger's second copy to it (`ledger.py`).
"""

import os
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from mediation.core.private_files import private_folder
from mediation.vault import kek, ledger
from mediation.vault.envelope import KEY_BYTES, DataKey
from mediation.vault.errors import KeyDestroyed, KeyMissing

BUSY_SECONDS = 30
REMEMBERED_SECONDS = 60
SCHEMA = """
CREATE TABLE IF NOT EXISTS epoch (
  number INTEGER PRIMARY KEY, created_at TEXT NOT NULL, retired_at TEXT, destroyed_at TEXT
);
CREATE TABLE IF NOT EXISTS data_key (
  case_id TEXT NOT NULL, compartment TEXT NOT NULL, key_id BLOB UNIQUE, wrapped BLOB,
  epoch INTEGER REFERENCES epoch (number), fingerprint TEXT, created_at TEXT, destroyed_at TEXT,
  PRIMARY KEY (case_id, compartment),
  CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
  CHECK ((wrapped IS NULL) = (epoch IS NULL))
);
CREATE TABLE IF NOT EXISTS destroyed (
  number INTEGER PRIMARY KEY AUTOINCREMENT, case_id TEXT NOT NULL, compartment TEXT NOT NULL,
  key_id BLOB, fingerprint TEXT, destroyed_at TEXT NOT NULL, UNIQUE (case_id, compartment)
);
CREATE TRIGGER IF NOT EXISTS destroyed_no_update BEFORE UPDATE ON destroyed
  BEGIN SELECT RAISE(ABORT, 'the destruction ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS destroyed_no_replace BEFORE INSERT ON destroyed
  WHEN EXISTS (SELECT 1 FROM destroyed WHERE number = NEW.number
               OR (case_id = NEW.case_id AND compartment = NEW.compartment))
  BEGIN SELECT RAISE(ABORT, 'the destruction ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS destroyed_no_delete BEFORE DELETE ON destroyed
  BEGIN SELECT RAISE(ABORT, 'the destruction ledger is append-only'); END;
"""


@dataclass(frozen=True)
class Place:
    """A compartment of a case, e.g. "joint" or "caucus:A"."""

    case_id: UUID
    compartment: str


@dataclass(frozen=True)
class DestroyedKey:
    """A line of the destruction ledger. The fingerprint is 32 hex digits."""

    compartment: str
    fingerprint: str
    destroyed_at: datetime


@dataclass
class _Reader:
    """What this process remembers: one connection, and the keys opened since anything changed."""

    file: tuple[str, int, int]
    connection: sqlite3.Connection
    data_version: int = -1
    keys: dict[Place, tuple[float, DataKey]] = field(default_factory=dict)


_lock = threading.RLock()
_readers: list[_Reader] = []
_left_behind: list[_Reader] = []


def key_for(*, place: Place) -> DataKey:
    """The compartment's key. Raises KeyDestroyed, or KeyMissing if none was ever made."""
    with _lock:
        return _key(_current_reader(), place)


def _key(reader: _Reader, place: Place) -> DataKey:
    made_at, key = reader.keys.get(place, (0.0, None))
    if key is None or time.monotonic() - made_at > REMEMBERED_SECONDS:
        key = _open_key(reader.connection, place)
        reader.keys[place] = (time.monotonic(), key)
    return key


def key_for_sealing(*, place: Place) -> DataKey:
    """The compartment's key, made on first use. Raises KeyDestroyed."""
    try:
        return key_for(place=place)
    except KeyMissing:
        create_key(place=place)
        return key_for(place=place)


def keys_for_sealing(*, places: Collection[Place]) -> dict[Place, DataKey]:
    """The compartments' keys, all read at one moment. Raises KeyDestroyed."""
    try:
        with _lock:
            reader = _current_reader()
            return {place: _key(reader, place) for place in places}
    except KeyMissing:
        return {place: key_for_sealing(place=place) for place in places}


def create_key(*, place: Place) -> None:
    """Make the compartment's key unless it has, or had, one. Of two callers one makes it."""
    _bring_up_to_date()
    with _writing() as connection:
        if _row(connection, place) is None:
            _insert_key(connection, place)


def destroy(*, case_id: UUID, compartments: Collection[str]) -> list[DestroyedKey]:
    """Destroy the keys and close the compartments for good, also those that never had a key.

    Returns their ledger lines, the same ones when called again. When it returns, the wrapped
    bytes are in no page of the file; backups of the key ring keep them KEYRING_BACKUP_DAYS days.
    """
    with _writing() as connection:
        places = [Place(case_id, compartment) for compartment in sorted(compartments)]
        lines = [_last_words(connection, place) for place in places]
        doomed = [line for line in lines if line is not None]
        ledger.append(doomed)
        for line in doomed:
            _destroy_one(connection, line)
    flush()
    rewrite()
    return [key for key in destroyed(case_id=case_id) if key.compartment in compartments]


def destroyed(*, case_id: UUID) -> list[DestroyedKey]:
    """The case's destroyed keys, oldest first."""
    rows = _read(
        "SELECT compartment, fingerprint, destroyed_at FROM destroyed"
        " WHERE case_id = ? AND fingerprint IS NOT NULL ORDER BY number",
        str(case_id),
    )
    return [DestroyedKey(name, print_, datetime.fromisoformat(at)) for name, print_, at in rows]


def closed(*, case_id: UUID) -> dict[str, datetime]:
    """Since when each compartment of the case is closed for good, also where no key was needed."""
    query = "SELECT compartment, destroyed_at FROM destroyed WHERE case_id = ?"
    return {name: datetime.fromisoformat(at) for name, at in _read(query, str(case_id))}


def live_compartments(*, case_id: UUID) -> set[str]:
    """The case's compartments whose keys are alive."""
    rows = _read(
        "SELECT compartment FROM data_key WHERE case_id = ? AND wrapped IS NOT NULL", str(case_id)
    )
    return {name for (name,) in rows}


def rotate_kek() -> int:
    """Wrap all live keys anew under a new epoch; returns its number.

    Epochs retired longer ago than a backup of the key ring lives are destroyed.
    """
    with _writing() as connection:
        fresh = _begin_epoch(connection)
        for row in connection.execute(
            "SELECT case_id, compartment, key_id, wrapped, epoch FROM data_key"
            " WHERE wrapped IS NOT NULL"
        ).fetchall():
            _wrap_anew(connection, row, fresh)
        expired = _expired_epochs(connection)
    rewrite()
    for number in expired:
        _destroy_epoch(number)
    return fresh


def rewrite() -> None:
    """Rewrite the file, so that no page of it holds anything that was removed."""
    with closing(_connect()) as connection:
        connection.execute("VACUUM")


def flush() -> None:
    """Forget every key this process remembers."""
    with _lock:
        for reader in _readers:
            reader.keys.clear()


def _open_key(connection: sqlite3.Connection, place: Place) -> DataKey:
    row = _row(connection, place)
    if row is None:
        raise KeyMissing
    key_id, wrapped, epoch = row
    if wrapped is None:
        raise KeyDestroyed
    bound_to = (str(place.case_id), place.compartment, key_id)
    return DataKey(key_id, kek.unwrap(epoch=epoch, wrapped=wrapped, bound_to=bound_to))


def _row(connection: sqlite3.Connection, place: Place) -> tuple[bytes, bytes | None, int] | None:
    found: tuple[bytes, bytes | None, int] | None = connection.execute(
        "SELECT key_id, wrapped, epoch FROM data_key WHERE case_id = ? AND compartment = ?",
        (str(place.case_id), place.compartment),
    ).fetchone()
    return found


def _insert_key(connection: sqlite3.Connection, place: Place) -> None:
    key = DataKey(os.urandom(16), os.urandom(KEY_BYTES))
    epoch = _current_epoch(connection)
    bound_to = (str(place.case_id), place.compartment, key.key_id)
    wrapped = kek.wrap(epoch=epoch, secret=key.secret, bound_to=bound_to)
    connection.execute(
        "INSERT INTO data_key VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        (*bound_to, wrapped, epoch, key.fingerprint, _now().isoformat()),
    )


def _last_words(connection: sqlite3.Connection, place: Place) -> ledger.Line | None:
    """The ledger's line for a place that is still open; None if it is closed already."""
    where = (str(place.case_id), place.compartment)
    key_id, fingerprint, at = connection.execute(
        "SELECT max(key_id), max(fingerprint), max(destroyed_at) FROM data_key"
        " WHERE case_id = ? AND compartment = ?",
        where,
    ).fetchone()
    if at is not None:
        return None
    return ledger.Line(*where, key_id and key_id.hex(), fingerprint, _now().isoformat())


def _destroy_one(connection: sqlite3.Connection, line: ledger.Line) -> None:
    """One line in the ledger and the wrapped bytes gone, together or not at all."""
    key_id = line.key_id and bytes.fromhex(line.key_id)
    values = (*line.place, key_id, line.fingerprint, line.destroyed_at)
    connection.execute(
        "INSERT INTO data_key (case_id, compartment, key_id, fingerprint, destroyed_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (case_id, compartment) DO UPDATE"
        " SET wrapped = NULL, epoch = NULL, destroyed_at = excluded.destroyed_at",
        values,
    )
    connection.execute(
        "INSERT INTO destroyed (case_id, compartment, key_id, fingerprint, destroyed_at)"
        " VALUES (?, ?, ?, ?, ?)",
        values,
    )


def _replay() -> None:
    """Destroy again what the ledger beside the KEKs knows and this file, a backup, does not."""
    with _writing() as connection:
        known = set(connection.execute("SELECT case_id, compartment FROM destroyed"))
        missing = [line for line in ledger.read().values() if line.place not in known]
        for line in missing:
            _destroy_one(connection, line)
    if missing:
        rewrite()


def _current_epoch(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute(
        "SELECT max(number) FROM epoch WHERE retired_at IS NULL"
    ).fetchone()
    return number or _begin_epoch(connection)


def _begin_epoch(connection: sqlite3.Connection) -> int:
    """Retire every epoch and begin the next. Its key is on disk before it wraps anything."""
    at = _now().isoformat()
    (last,) = connection.execute("SELECT max(number) FROM epoch").fetchone()
    number = int(last or 0) + 1
    kek.ensure_epoch(epoch=number)
    connection.execute("UPDATE epoch SET retired_at = ? WHERE retired_at IS NULL", (at,))
    connection.execute("INSERT INTO epoch (number, created_at) VALUES (?, ?)", (number, at))
    return number


def _wrap_anew(
    connection: sqlite3.Connection, row: tuple[str, str, bytes, bytes, int], epoch: int
) -> None:
    *bound, wrapped, old_epoch = row
    bound_to = (row[0], row[1], row[2])
    secret = kek.unwrap(epoch=old_epoch, wrapped=wrapped, bound_to=bound_to)
    connection.execute(
        "UPDATE data_key SET wrapped = ?, epoch = ? WHERE key_id = ?",
        (kek.wrap(epoch=epoch, secret=secret, bound_to=bound_to), epoch, bound[2]),
    )


def _expired_epochs(connection: sqlite3.Connection) -> list[int]:
    cutoff = _now() - timedelta(days=settings.KEYRING_BACKUP_DAYS)
    rows = connection.execute(
        "SELECT number FROM epoch WHERE destroyed_at IS NULL AND retired_at <= ?"
        " AND number NOT IN (SELECT epoch FROM data_key WHERE epoch IS NOT NULL)",
        (cutoff.isoformat(),),
    )
    return [number for (number,) in rows]


def _destroy_epoch(number: int) -> None:
    """File first: if we die in between, the next rotation finds the epoch again and finishes."""
    kek.destroy_epoch(epoch=number)
    with _writing() as connection:
        connection.execute(
            "UPDATE epoch SET destroyed_at = ? WHERE number = ?", (_now().isoformat(), number)
        )


def _read(query: str, *values: str) -> list[tuple[str, ...]]:
    with _lock:
        return _current_reader().connection.execute(query, values).fetchall()


def _current_reader() -> _Reader:
    """This process's reader, knowing of every change up to now. Call with the lock held."""
    file = _file_now()
    if not _readers or _readers[0].file != file:
        while _readers:
            _readers.pop().connection.close()
        _replay()
        connection = _connect()
        _readers.append(_Reader(_file_now(), connection))
    reader = _readers[0]
    (version,) = reader.connection.execute("PRAGMA data_version").fetchone()
    if version != reader.data_version:
        reader.keys.clear()
        reader.data_version = version
    return reader


def _bring_up_to_date() -> None:
    with _lock:
        _current_reader()


def _file_now() -> tuple[str, int, int]:
    """Which file the path leads to: another one after a restore, which must be opened anew."""
    path = str(settings.KEYRING_PATH)
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return (path, 0, 0)
    return (path, status.st_dev, status.st_ino)


@contextmanager
def _writing() -> Iterator[sqlite3.Connection]:
    """A transaction that is alone from its first statement on."""
    with closing(_connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            yield connection


def _connect() -> sqlite3.Connection:
    path = Path(settings.KEYRING_PATH)
    if not path.exists():
        private_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    for pragma in ("secure_delete=ON", "synchronous=EXTRA", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA journal_mode=TRUNCATE")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'destroyed'").fetchone():
        connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")
    return connection


def _now() -> datetime:
    return datetime.now(UTC)


def _after_fork() -> None:
    """SQLite connections must not cross a fork, not even to be closed: leave them alone."""
    global _lock  # noqa: PLW0603 a lock held by another thread at the fork would never open again
    _lock = threading.RLock()
    _left_behind.extend(_readers)
    _readers.clear()


os.register_at_fork(after_in_child=_after_fork)
