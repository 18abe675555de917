"""The key ring: wrapped compartment keys, outside Django's databases.

Being no Django database, it is in no dump, fixture or database backup; its own backups live
`KEYRING_BACKUP_DAYS` days. A destroyed key leaves its id, fingerprint and time in the append-only
table `destroyed`; the wrapped bytes are removed and the store is rewritten. A restricted
compartment keeps its key, which nobody gets until the restriction is lifted.
"""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from mediation.vault import kek, ledger, restrictions
from mediation.vault.envelope import KEY_BYTES, DataKey
from mediation.vault.errors import KeyMissing
from mediation.vault.keyring import epochs, reading
from mediation.vault.keyring.ahead import remembered_keys
from mediation.vault.keyring.places import DestroyedKey, Place
from mediation.vault.keyring.reading import forget as flush
from mediation.vault.keyring.reading import opening_restricted
from mediation.vault.keyring.stores import Connection, now, store

__all__ = ["DestroyedKey", "Place", "flush", "opening_restricted", "remembered_keys", "store"]


def key_for(*, place: Place) -> DataKey:
    """The compartment's key. Raises KeyDestroyed, Restricted, or KeyMissing if none was made."""
    return reading.keys_at_once([place], _replay)[place]


def key_for_sealing(*, place: Place) -> DataKey:
    """The compartment's key, made on first use. Raises KeyDestroyed or Restricted."""
    try:
        return key_for(place=place)
    except KeyMissing:
        create_key(place=place)
        return key_for(place=place)


def keys_for_sealing(*, places: Collection[Place]) -> dict[Place, DataKey]:
    """The compartments' keys, all read at one moment. Raises KeyDestroyed or Restricted."""
    try:
        return reading.keys_at_once(places, _replay)
    except KeyMissing:
        return {place: key_for_sealing(place=place) for place in places}


def create_key(*, place: Place) -> None:
    """Make the compartment's key unless it has, or had, one. Of two callers one makes it."""
    with _writing() as connection:
        known = "SELECT 1 FROM data_key WHERE case_id = ? AND compartment = ?"
        if connection.execute(known, place.named).fetchone() is None:
            _insert_key(connection, place)


def restrict(*, case_id: UUID, compartments: Collection[str]) -> None:
    """From now on the compartments are stored and no more: nobody gets their keys. What is
    destroyed already stays destroyed.
    """
    if not compartments:
        return
    with _writing() as connection:
        for compartment in sorted(compartments):
            _restrict_one(connection, str(case_id), compartment, now().isoformat())
        _note_restrictions(connection)
    flush()


def lift_restriction(*, case_id: UUID, compartments: Collection[str]) -> None:
    """The compartments can be read and written again; harmless if they could."""
    if not compartments:
        return
    with _writing() as connection:
        for compartment in sorted(compartments):
            _lift_one(connection, (str(case_id), compartment))
        _note_restrictions(connection)
    flush()


def restricted(*, case_id: UUID) -> dict[str, datetime]:
    """Since when each restricted compartment of the case is."""
    return _times("SELECT compartment, restricted_at FROM restricted WHERE case_id = ?", case_id)


def destroy(*, case_id: UUID, compartments: Collection[str]) -> list[DestroyedKey]:
    """Destroy the keys and close the compartments for good, also those that never had a key.

    Returns their ledger lines, the same ones when called again. When it returns, the wrapped
    bytes are in no page of the store; backups of the key ring keep them KEYRING_BACKUP_DAYS days.
    """
    close(places=[Place(case_id, compartment) for compartment in compartments])
    rewrite()
    return [key for key in destroyed(case_id=case_id) if key.compartment in compartments]


def close(*, places: Collection[Place]) -> None:
    """Close the places for good; harmless for those that are. Where one had a key, `destroy` sees
    to it that nothing is left of that.
    """
    with _writing() as connection:
        lines = [_last_words(connection, place) for place in sorted(places, key=_name)]
        doomed = [line for line in lines if line is not None]
        ledger.append(doomed)
        _apply(connection, doomed)
    flush()


def _name(place: Place) -> tuple[str, str]:
    return place.named


def destroyed(*, case_id: UUID) -> list[DestroyedKey]:
    """The case's destroyed keys, oldest first."""
    rows = _read(
        "SELECT compartment, fingerprint, destroyed_at FROM destroyed"
        " WHERE case_id = ? AND fingerprint IS NOT NULL ORDER BY number",
        case_id,
    )
    return [DestroyedKey(name, print_, datetime.fromisoformat(at)) for name, print_, at in rows]


def closed(*, case_id: UUID) -> dict[str, datetime]:
    """Since when each compartment of the case is closed for good, also where no key was needed."""
    return _times("SELECT compartment, destroyed_at FROM destroyed WHERE case_id = ?", case_id)


def closed_places() -> set[Place]:
    """Every place that is closed for good, of all cases."""
    rows = reading.rows_of("SELECT case_id, compartment FROM destroyed", (), _replay)
    return {Place(UUID(case_id), compartment) for case_id, compartment in rows}


def live_compartments(*, case_id: UUID) -> set[str]:
    """The case's compartments whose keys are alive."""
    query = "SELECT compartment FROM data_key WHERE case_id = ? AND wrapped IS NOT NULL"
    return {name for (name,) in _read(query, case_id)}


def rotate_kek() -> int:
    """Wrap all live keys anew under a new epoch; returns its number.

    Epochs retired longer ago than a backup of the key ring lives are destroyed.
    """
    with _writing() as connection:
        fresh = epochs.begin(connection)
        epochs.wrap_all_anew(connection, fresh)
    rewrite()
    destroy_expired_epochs()
    return fresh


def destroy_expired_epochs() -> None:
    """Destroy the epochs that no backup of the key ring needs any more; writes only if there are
    such.
    """
    with store().at_one_moment() as connection:
        expired = epochs.expired(connection)
    for number in expired:
        epochs.destroy(number)


def epoch_begun_at() -> datetime | None:
    """When the epoch that wraps now began; None before the first key."""
    query = "SELECT max(created_at) FROM epoch WHERE retired_at IS NULL"
    ((at,),) = reading.rows_of(query, (), _replay)
    return datetime.fromisoformat(at) if at else None


def rewrite() -> None:
    """Rewrite the store, so that nothing in it holds what was removed."""
    store().rewrite()


@contextmanager
def _writing() -> Iterator[Connection]:
    """A transaction that is alone, on a key ring to which the ledger was applied."""
    reading.bring_up_to_date(_replay)
    with store().writing() as connection:
        yield connection


def _insert_key(connection: Connection, place: Place) -> None:
    key = DataKey(os.urandom(16), os.urandom(KEY_BYTES))
    epoch = epochs.current(connection)
    bound_to = (*place.named, key.key_id)
    wrapped = kek.wrap(epoch=epoch, secret=key.secret, bound_to=bound_to)
    connection.execute(
        "INSERT INTO data_key VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        (*bound_to, wrapped, epoch, key.fingerprint, now().isoformat()),
    )


def _restrict_one(connection: Connection, case_id: str, compartment: str, at: str) -> None:
    """Unless it is destroyed. What is restricted already stays so since when it was."""
    gone = "SELECT 1 FROM destroyed WHERE case_id = ? AND compartment = ?"
    if connection.execute(gone, (case_id, compartment)).fetchone() is None:
        connection.execute(
            "INSERT INTO restricted (case_id, compartment, restricted_at) VALUES (?, ?, ?)"
            " ON CONFLICT (case_id, compartment) DO NOTHING",
            (case_id, compartment, at),
        )


def _note_restrictions(connection: Connection) -> None:
    """Tell the second copy, which is not restored with a key ring."""
    query = "SELECT case_id, compartment, restricted_at FROM restricted"
    restrictions.write([(row[0], row[1], row[2]) for row in connection.execute(query).fetchall()])


def _lift_one(connection: Connection, named: tuple[str, str]) -> None:
    connection.execute("DELETE FROM restricted WHERE case_id = ? AND compartment = ?", named)


def _last_words(connection: Connection, place: Place) -> ledger.Line | None:
    """The ledger's line for a place that is still open; None if it is closed already."""
    known = connection.execute(
        "SELECT key_id, fingerprint, destroyed_at FROM data_key"
        " WHERE case_id = ? AND compartment = ?",
        place.named,
    ).fetchone()
    key_id, fingerprint, at = known or (None, None, None)
    if at is not None:
        return None
    return _line(*place.named, key_id, fingerprint, now().isoformat())


def _apply(connection: Connection, lines: Collection[ledger.Line]) -> None:
    """Destroy what the lines say; with that the whole ledger is applied. Nobody else can write to
    it meanwhile.
    """
    for line in lines:
        _destroy_one(connection, line)
    connection.execute("UPDATE state SET ledger_bytes = ?", (ledger.size(),))


def _destroy_one(connection: Connection, line: ledger.Line) -> None:
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
    _lift_one(connection, line.place)


def _replay() -> None:
    """Destroy, and restrict, again what is noted beside the KEKs and not in this key ring, a
    backup; and tell that ledger what it has lost.
    """
    with store().writing() as connection:
        query = "SELECT case_id, compartment, key_id, fingerprint, destroyed_at FROM destroyed"
        rows = {(row[0], row[1]): row for row in connection.execute(query).fetchall()}
        second = ledger.read()
        lost = [row for place, row in rows.items() if place not in second]
        ledger.append([_line(*row) for row in lost])
        missing = [line for place, line in second.items() if place not in rows]
        _apply(connection, missing)
        for row in restrictions.read():
            _restrict_one(connection, *row)
    if missing:
        rewrite()


def _line(
    case_id: str, compartment: str, key_id: bytes | None, fingerprint: str | None, at: str
) -> ledger.Line:
    return ledger.Line(case_id, compartment, key_id.hex() if key_id else None, fingerprint, at)


def _times(query: str, case_id: UUID) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(at) for name, at in _read(query, case_id)}


def _read(query: str, case_id: UUID) -> list[Any]:
    return reading.rows_of(query, (str(case_id),), _replay)
