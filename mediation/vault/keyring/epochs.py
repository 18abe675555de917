"""Epochs of key-encryption keys: which one wraps now, and when an old one may go."""

from datetime import timedelta

from django.conf import settings

from mediation.vault import kek
from mediation.vault.keyring.stores import Connection, now, store


def current(connection: Connection) -> int:
    """The epoch that wraps now, begun if there is none."""
    (number,) = connection.execute(
        "SELECT max(number) FROM epoch WHERE retired_at IS NULL"
    ).fetchone()
    return number or begin(connection)


def begin(connection: Connection) -> int:
    """Retire every epoch and begin the next. Its key is on disk before it wraps anything."""
    at = now().isoformat()
    (last,) = connection.execute("SELECT max(number) FROM epoch").fetchone()
    number = int(last or 0) + 1
    kek.ensure_epoch(epoch=number)
    connection.execute("UPDATE epoch SET retired_at = ? WHERE retired_at IS NULL", (at,))
    connection.execute("INSERT INTO epoch (number, created_at) VALUES (?, ?)", (number, at))
    return number


def wrap_all_anew(connection: Connection, epoch: int) -> None:
    """Every live key under `epoch`; the keys themselves stay as they are."""
    for row in connection.execute(
        "SELECT case_id, compartment, key_id, wrapped, epoch FROM data_key"
        " WHERE wrapped IS NOT NULL"
    ).fetchall():
        _wrap_anew(connection, row, epoch)


def _wrap_anew(connection: Connection, row: tuple[str, str, bytes, bytes, int], epoch: int) -> None:
    *bound, wrapped, old_epoch = row
    bound_to = (row[0], row[1], row[2])
    secret = kek.unwrap(epoch=old_epoch, wrapped=wrapped, bound_to=bound_to)
    connection.execute(
        "UPDATE data_key SET wrapped = ?, epoch = ? WHERE key_id = ?",
        (kek.wrap(epoch=epoch, secret=secret, bound_to=bound_to), epoch, bound[2]),
    )


def expired(connection: Connection) -> list[int]:
    """Epochs that wrap nothing, retired longer ago than a backup of the key ring lives."""
    cutoff = now() - timedelta(days=settings.KEYRING_BACKUP_DAYS)
    rows = connection.execute(
        "SELECT number FROM epoch WHERE destroyed_at IS NULL AND retired_at <= ?"
        " AND number NOT IN (SELECT epoch FROM data_key WHERE epoch IS NOT NULL)",
        (cutoff.isoformat(),),
    )
    return [number for (number,) in rows.fetchall()]


def destroy(number: int) -> None:
    """File first: if we die in between, the next run finds the epoch again and finishes."""
    kek.destroy_epoch(epoch=number)
    with store().writing() as connection:
        connection.execute(
            "UPDATE epoch SET destroyed_at = ? WHERE number = ?", (now().isoformat(), number)
        )
