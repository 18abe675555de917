"""The key ring in an SQLite file of its own (KEYRING_PATH), for installations of one machine.

Removed bytes are overwritten (secure_delete), and no journal keeps them (TRUNCATE). Every write
opens its own connection and is alone from its first statement on.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings

from mediation.core.private_files import private_folder

BUSY_SECONDS = 30
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
CREATE TABLE IF NOT EXISTS restricted (
  case_id TEXT NOT NULL, compartment TEXT NOT NULL, restricted_at TEXT NOT NULL,
  PRIMARY KEY (case_id, compartment)
);
CREATE TABLE IF NOT EXISTS state (
  number INTEGER PRIMARY KEY CHECK (number = 1), ledger_bytes INTEGER NOT NULL
);
INSERT OR IGNORE INTO state VALUES (1, 0);
"""
NEWEST_TABLE = "state"
LOST: tuple[type[Exception], ...] = ()  # a file is not lost for a moment


def identity() -> tuple[object, ...]:
    """Which file the path leads to: another one after a restore, which must be opened anew."""
    path = str(settings.KEYRING_PATH)
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return (path, 0, 0)
    return (path, status.st_dev, status.st_ino)


def version(connection: sqlite3.Connection) -> object:
    """Another value after every commit by anybody else."""
    return connection.execute("PRAGMA data_version").fetchone()


def questioner() -> None:
    """None: the file answers at once."""


@contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """A transaction that is alone from its first statement on."""
    with closing(connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            yield connection


def rewrite() -> None:
    """Rewrite the file, so that no page of it holds anything that was removed."""
    with closing(connect()) as connection:
        connection.execute("VACUUM")


@contextmanager
def at_one_moment() -> Iterator[sqlite3.Connection]:
    """A connection that sees no change made meanwhile."""
    with closing(connect()) as connection:
        connection.execute("BEGIN")
        yield connection


@contextmanager
def replacing() -> Iterator[sqlite3.Connection]:
    """A transaction on an empty file, which takes the old one's place at its end.

    The old one's journal goes first: after a crash SQLite would roll it back into the new file.
    """
    draft = Path(f"{settings.KEYRING_PATH}.restoring")
    _remove(draft)
    try:
        with closing(_open(draft)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection
        _journal(Path(settings.KEYRING_PATH)).unlink(missing_ok=True)
        draft.replace(settings.KEYRING_PATH)
    finally:
        _remove(draft)


def connect() -> sqlite3.Connection:
    """The file opened, made or brought to its newest form first if need be."""
    return _open(Path(settings.KEYRING_PATH))


def _remove(path: Path) -> None:
    for one in (path, _journal(path)):
        one.unlink(missing_ok=True)


def _journal(path: Path) -> Path:
    return Path(f"{path}-journal")


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        private_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    for pragma in ("secure_delete=ON", "synchronous=EXTRA", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA journal_mode=TRUNCATE")
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (NEWEST_TABLE,))
    if not known.fetchone():
        connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")
    return connection
