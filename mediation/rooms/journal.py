"""What storing messages asks of the database, in SQL that is written out.

This is the one hot path there is. The ORM builds each statement anew for every batch, and that
took three times as long as running them. Here each statement is one constant text whose parameter
is a list of ids, so that the database keeps its plan as well. Call all of it in one transaction.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

LOCK_CASES = """
SELECT id, talk_open FROM cases_case
WHERE id IN (SELECT case_id FROM rooms_room WHERE id {listed}) ORDER BY id {lock}
"""
SEATS = """
SELECT part.user_id, room.id, part.id, part.case_id, part.side_id, room.side_id,
       part.role, side.letter, room.head, room.kind, room.letters, room.is_held,
       room.kind = 'invited' AND EXISTS (
         SELECT 1 FROM rooms_member own
         WHERE own.room_id = room.id AND own.participant_id = part.id AND own.is_seated
       ) AND EXISTS (
         SELECT 1 FROM rooms_member other
         JOIN cases_participant mediator ON mediator.id = other.participant_id
         WHERE other.room_id = room.id AND other.is_seated
           AND mediator.role = 'mediator' AND mediator.left_at IS NULL
       )
FROM rooms_room room
LEFT JOIN cases_side side ON side.id = room.side_id
JOIN cases_participant part ON part.case_id = room.case_id
JOIN accounts_user person ON person.id = part.user_id
WHERE room.id {listed} AND part.user_id {listed} AND person.is_active
  AND part.joined_at IS NOT NULL AND part.left_at IS NULL
"""
KNOWN = """
SELECT 1 WHERE EXISTS (SELECT 1 FROM rooms_message WHERE client_id {listed})
  OR EXISTS (SELECT 1 FROM rooms_heldmessage WHERE client_id {listed})
"""
INSERT_EACH = """
INSERT INTO rooms_message (id, room_id, sequence, participant_id, client_id, body_sealed, sent_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
INSERT_ALL = """
INSERT INTO rooms_message (id, room_id, sequence, participant_id, client_id, body_sealed, sent_at)
SELECT * FROM unnest(
  %s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[], %s::uuid[], %s::bytea[], %s::timestamptz[])
"""
# One statement whatever the number of rooms, and true whatever was counted before.
MOVE_HEADS = """
UPDATE rooms_room SET head = (
  SELECT max(sequence) FROM rooms_message WHERE room_id = rooms_room.id
) WHERE id {listed}
"""


class Row(NamedTuple):
    """A message as it is stored, column by column."""

    id: UUID
    room_id: UUID
    sequence: int
    participant_id: UUID
    client_id: UUID
    body_sealed: bytes
    sent_at: datetime


class Seat(NamedTuple):
    """A room and somebody who is in its case at this moment. `is_seated`: whether they have a seat
    in a talk by invitation that a mediator is in.
    """

    user_id: UUID
    room_id: UUID
    participant_id: UUID
    case_id: UUID
    side_id: UUID | None
    room_side_id: UUID | None
    role: str
    letter: str | None
    head: int
    kind: str
    letters: str
    is_held: bool
    is_seated: bool


def lock_cases(rooms: Collection[UUID], *, wait: bool) -> dict[UUID, bool]:
    """Lock the rooms' cases in the order of their ids; says of each whether talk is open. Without
    `wait`, those that somebody else holds are left out.
    """
    rows = _ask(LOCK_CASES, rooms, wait=wait)
    return {UUID(str(case)): bool(is_open) for case, is_open in rows}


def seats(users: Collection[UUID], rooms: Collection[UUID]) -> list[Seat]:
    """The rooms with each of the people who are in their case."""
    rows = _ask(SEATS, rooms, users)
    return [Seat(*map(_id, row[:6]), *row[6:]) for row in rows]  # type: ignore[arg-type]


def knows_any(client_ids: Collection[UUID]) -> bool:
    """Whether a message with one of these ids was stored, or held, before."""
    return bool(_ask(KNOWN, client_ids, client_ids))


def insert(rows: Sequence[Row]) -> None:
    """Store the messages and move their rooms' heads to the newest."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if _is_postgresql():
            columns = zip(*rows, strict=True)
            cursor.execute(INSERT_ALL, [list(column) for column in columns])
        else:
            cursor.executemany(INSERT_EACH, [_on_sqlite(row) for row in rows])
        cursor.execute(_text(MOVE_HEADS), [_list({row.room_id for row in rows})])


def _ask(query: str, *lists: Collection[UUID], wait: bool = True) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_text(query, wait=wait), [_list(ids) for ids in lists])
        return list(cursor.fetchall())


def _text(query: str, *, wait: bool = True) -> str:
    """The statement in the database's dialect. SQLite has nothing to lock but the whole file, which
    the transaction has done.
    """
    if _is_postgresql():
        lock = "FOR UPDATE" if wait else "FOR UPDATE SKIP LOCKED"
        return query.format(listed="= ANY(%s)", lock=lock)
    return query.format(listed="IN (SELECT value FROM json_each(%s))", lock="")


def _on_sqlite(row: Row) -> tuple[Any, ...]:
    """Ids as 32 hex digits and times as text in UTC, as Django reads them."""
    return (
        row.id.hex,
        row.room_id.hex,
        row.sequence,
        row.participant_id.hex,
        row.client_id.hex,
        row.body_sealed,
        connection.ops.adapt_datetimefield_value(row.sent_at),
    )


def _list(ids: Collection[UUID]) -> Any:
    return list(ids) if _is_postgresql() else json.dumps([one.hex for one in ids])


@lru_cache(maxsize=4096)
def _id(stored: UUID | str | None) -> UUID | None:
    """Django keeps an id on SQLite as 32 hex digits."""
    return UUID(hex=stored) if isinstance(stored, str) else stored


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"
