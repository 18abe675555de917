"""A copy of the key ring as lines of JSON, the same from either store, and a key ring from a copy.

It holds wrapped keys only: without the key-encryption keys it opens nothing. What the ledger knows
to be destroyed since the copy was made is destroyed again before anybody reads a key.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from mediation.vault.errors import KeyringUnavailable
from mediation.vault.keyring.stores import Connection, store

TABLES = {
    "epoch": ("number", "created_at", "retired_at", "destroyed_at"),
    "data_key": (
        *("case_id", "compartment", "key_id", "wrapped"),
        *("epoch", "fingerprint", "created_at", "destroyed_at"),
    ),
    "destroyed": ("case_id", "compartment", "key_id", "fingerprint", "destroyed_at"),
    "restricted": ("case_id", "compartment", "restricted_at"),
}
ORDER = {"destroyed": "number"}
PAGE = 500


def lines() -> Iterator[bytes]:
    """The key ring as it is at one moment."""
    with store().at_one_moment() as connection:
        for table, columns in TABLES.items():
            listed = ", ".join(columns)
            order = ORDER.get(table, "1")
            found = connection.execute(f"SELECT {listed} FROM {table} ORDER BY {order}")  # noqa: S608 our own names
            while rows := found.fetchmany(PAGE):
                for row in rows:
                    yield json.dumps([table, *map(_written, row)]).encode() + b"\n"


def load(copied: Iterable[bytes]) -> None:
    """Put the copy in the place of whatever key ring is there. Raises KeyringUnavailable, and
    changes nothing, if it is no copy.
    """
    with store().replacing() as connection:
        for line in copied:
            _load(connection, line)
        # Whatever is noted beside the KEKs comes before the first key, also where nothing of it is
        # a destruction and its length would look as if it had been applied.
        connection.execute("UPDATE state SET ledger_bytes = -1")


def is_empty() -> bool:
    """Whether the key ring never had a key."""
    with store().at_one_moment() as connection:
        return connection.execute("SELECT 1 FROM data_key LIMIT 1").fetchone() is None


def _load(connection: Connection, line: bytes) -> None:
    try:
        table, *values = json.loads(line)
        columns, values = TABLES[table], [_read(value) for value in values]
    except (ValueError, KeyError, TypeError) as error:
        raise KeyringUnavailable("this is no copy of a key ring") from error
    if len(values) != len(columns):
        raise KeyringUnavailable("this is no copy of a key ring")
    marks = ", ".join("?" * len(columns))
    connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)  # noqa: S608 our own names


def _written(value: Any) -> Any:
    return {"hex": bytes(value).hex()} if isinstance(value, bytes | memoryview) else value


def _read(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value
