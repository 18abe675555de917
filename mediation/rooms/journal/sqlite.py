"""Batches on SQLite, where whoever begins a transaction has locked the whole file."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from mediation.rooms.journal import texts
from mediation.rooms.journal.rows import HeldRow, Row, Seat, Situation

LISTED = "IN (SELECT value FROM json_each(%s))"
CASES = texts.CASES.format(rooms=LISTED)
SEATS = texts.seats(rooms=LISTED, users=LISTED, facts="''")
KNOWN = """
SELECT 1 FROM json_each(%s) asked
WHERE EXISTS (SELECT 1 FROM rooms_message WHERE client_id = asked.value)
  OR EXISTS (SELECT 1 FROM rooms_heldmessage WHERE client_id = asked.value) LIMIT 1
"""
INSERT = """
INSERT INTO rooms_message (id, room_id, sequence, participant_id, client_id, body_sealed, sent_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
MOVE = "UPDATE rooms_room SET head = max(head, %s) WHERE id = %s"
HOLD = """
INSERT INTO rooms_heldmessage
  (id, room_id, participant_id, client_id, body_sealed, held_at, note_sealed, state)
VALUES (%s, %s, %s, %s, %s, %s, x'', 'waiting')
"""


class OnSQLite:
    """One batch of messages; see the package for what each method is for."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with transaction.atomic():
            yield

    def lock_free_cases(self, rooms: Collection[UUID]) -> set[UUID]:
        return {UUID(hex=case) for case, _is_open in _ask(CASES, rooms)}

    def lock_and_look(
        self,
        *,
        rooms: Collection[UUID],
        users: Collection[UUID],
        client_ids: Collection[UUID],
        wait: bool,
    ) -> Situation:
        return Situation(
            {UUID(hex=case): bool(is_open) for case, is_open in _ask(CASES, rooms)},
            [_seat(row) for row in _ask(SEATS, rooms, users)],
            bool(_ask(KNOWN, client_ids)),
        )

    def insert(self, rows: Sequence[Row]) -> None:
        newest = {row.room_id.hex: row.sequence for row in rows}
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, [_as_stored(row) for row in rows])
            cursor.executemany(MOVE, [(head, room) for room, head in newest.items()])

    def hold(self, rows: Sequence[HeldRow]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(HOLD, [_as_stored(row) for row in rows])


def _ask(query: str, *lists: Collection[UUID]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [json.dumps([one.hex for one in ids]) for ids in lists])
        return list(cursor.fetchall())


def _seat(row: tuple[Any, ...]) -> Seat:
    """Django keeps an id on SQLite as 32 hex digits."""
    ids = [None if one is None else UUID(hex=one) for one in row[:6]]
    return Seat(*ids, *row[6:])  # type: ignore[arg-type]


def _as_stored(row: Row | HeldRow) -> list[Any]:
    """Ids as 32 hex digits and times as text in UTC, as Django reads them on SQLite."""
    return [_column(value) for value in row]


def _column(value: object) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
