"""A key ring for one test alone, wherever this run keeps key rings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from mediation.vault import keyring
from tests.servers import own_keyring_database

IS_ON_A_SERVER = bool(settings.KEYRING_DATABASE_URL)


@contextmanager
def own_keyring(own: Any, folder: Path) -> Iterator[None]:
    """Key ring and key-encryption keys below `folder`, or in a schema named for it. `own` are the
    test's settings.
    """
    own.KEYRING_PATH = folder / "keyring" / "keyring.sqlite3"
    own.KEK_DIR = folder / "kek"
    own.SIGNING_DIR = folder / "signing"
    own.KEYRING_DATABASE_URL = own_keyring_database(folder)
    try:
        yield
    finally:
        keyring.flush()


@contextmanager
def looking_in() -> Iterator[Any]:
    """A connection to the key ring's own tables, for looking and for doing mischief. What it raises
    when the ledger refuses is psycopg.Error or sqlite3.Error.
    """
    connection = keyring.store().connect()
    try:
        yield connection
    finally:
        connection.close()


def kept_bytes() -> bytes:
    """Everything the key ring keeps on disk, but a server's write-ahead log."""
    if not IS_ON_A_SERVER:
        return b"".join(path.read_bytes() for path in Path(settings.KEYRING_PATH).parent.iterdir())
    with psycopg.connect(settings.KEYRING_DATABASE_URL, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        folder, number = connection.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone() or ("", 0)
    files = Path(folder, "base", str(number)).iterdir()
    return b"".join(path.read_bytes() for path in files if path.is_file())
