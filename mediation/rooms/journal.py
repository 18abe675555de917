"""What storing messages asks of the database, in SQL that is written out.

This is the one hot path there is. The ORM builds each statement anew for every batch, and that
took three times as long as running them. Here each statement is one constant text whose parameters
are lists. PostgreSQL keeps their plans, takes the lists in their binary form, and is asked all that
does not depend on an answer in one go: two round trips a batch.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import connection, transaction

# Otherwise PostgreSQL plans anew for every list, which takes longer than doing it.
KEEP_PLANS = "SET LOCAL plan_cache_mode = force_generic_plan"
WAITING, SKIPPING = "FOR UPDATE", "FOR UPDATE SKIP LOCKED"
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
# One look into the index for each id. Asked for the list as a whole, PostgreSQL reads all messages
# there are for as long as it takes the table for a small one.
KNOWN = """
SELECT 1 FROM unnest(%b::uuid[]) asked (id) CROSS JOIN LATERAL (
  SELECT 1 FROM rooms_message WHERE client_id = asked.id
  UNION ALL SELECT 1 FROM rooms_heldmessage WHERE client_id = asked.id LIMIT 1
) found LIMIT 1
"""
KNOWN_ON_SQLITE = """
SELECT 1 FROM json_each(%s) asked
WHERE EXISTS (SELECT 1 FROM rooms_message WHERE client_id = asked.value)
  OR EXISTS (SELECT 1 FROM rooms_heldmessage WHERE client_id = asked.value) LIMIT 1
"""
INSERT_EACH = """
INSERT INTO rooms_message (id, room_id, sequence, participant_id, client_id, body_sealed, sent_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
HOLD_EACH = """
INSERT INTO rooms_heldmessage
  (id, room_id, participant_id, client_id, body_sealed, held_at, note_sealed, state)
VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting')
"""
MOVE_EACH = "UPDATE rooms_room SET head = max(head, %s) WHERE id = %s"
# The rooms' rows are written once, whatever the number of their messages.
INSERT_ALL = """
WITH stored AS (
  INSERT INTO rooms_message
    (id, room_id, sequence, participant_id, client_id, body_sealed, sent_at)
  SELECT * FROM unnest(
    %b::uuid[], %b::uuid[], %b::bigint[], %b::uuid[], %b::uuid[], %b::bytea[], %b::timestamptz[])
  RETURNING room_id, sequence
)
UPDATE rooms_room SET head = newest.sequence
FROM (SELECT room_id, max(sequence) AS sequence FROM stored GROUP BY room_id) newest
WHERE rooms_room.id = newest.room_id
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


class HeldRow(NamedTuple):
    """A message that waits for the mediator, as it is stored."""

    id: UUID
    room_id: UUID
    participant_id: UUID
    client_id: UUID
    body_sealed: bytes
    held_at: datetime


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


class Situation(NamedTuple):
    """What decides about drafts: the locked cases and whether talk is open in each, the rooms with
    the people who are in their case, and whether a message with one of the ids was stored, or held,
    before.
    """

    talk_open: dict[UUID, bool]
    seats: list[Seat]
    is_any_known: bool


@contextmanager
def one_batch() -> Iterator[None]:
    """A transaction, or a part of the one there is. On PostgreSQL its beginning and its end travel
    with the statements beside them (libpq's pipeline), so that what fails may be raised at the end,
    and Django does not know of it: nothing inside may begin a transaction of its own.
    """
    if connection.in_atomic_block or not _is_postgresql():
        with transaction.atomic():
            yield
    else:
        with connection.wrap_database_errors, _travelling_together(_postgresql()):
            yield


@contextmanager
def _travelling_together(postgresql: psycopg.Connection[Any]) -> Iterator[None]:
    try:
        with postgresql.pipeline():
            psycopg.Cursor(postgresql).execute("BEGIN")
            psycopg.Cursor(postgresql).execute(KEEP_PLANS)
            yield
            psycopg.Cursor(postgresql).execute("COMMIT")
    except BaseException:
        if not postgresql.closed:
            postgresql.rollback()
        raise


def lock_free_cases(rooms: Collection[UUID]) -> set[UUID]:
    """Lock those of the rooms' cases that nobody else holds."""
    (cases,) = _ask((_text(LOCK_CASES, SKIPPING), [rooms]))
    return {UUID(str(case)) for case, _is_open in cases}


def lock_and_look(
    *, rooms: Collection[UUID], users: Collection[UUID], client_ids: Collection[UUID], wait: bool
) -> Situation:
    """Lock the rooms' cases in the order of their ids, then look. Without `wait`, cases that
    somebody else holds are left out.
    """
    lock = WAITING if wait else SKIPPING
    cases, seats, known = _ask(
        (_text(LOCK_CASES, lock), [rooms]),
        (_text(SEATS), [rooms, users]),
        (KNOWN if _is_postgresql() else KNOWN_ON_SQLITE, [client_ids]),
    )
    return Situation(
        {UUID(str(case)): bool(is_open) for case, is_open in cases},
        [Seat(*map(_id, row[:6]), *row[6:]) for row in seats],  # type: ignore[arg-type]
        bool(known),
    )


def insert(rows: Sequence[Row]) -> None:
    """Store the messages and move their rooms' heads to the newest."""
    if not rows:
        return
    if _is_postgresql():
        columns = [list(column) for column in zip(*rows, strict=True)]
        with connection.wrap_database_errors:
            psycopg.Cursor(_postgresql()).execute(INSERT_ALL, columns, prepare=True)
        return
    newest = {row.room_id.hex: row.sequence for row in rows}
    with connection.cursor() as cursor:
        cursor.executemany(INSERT_EACH, [_as_text(row) for row in rows])
        cursor.executemany(MOVE_EACH, [(head, room) for room, head in newest.items()])


def hold(rows: Sequence[HeldRow]) -> None:
    """Store the messages that wait for a mediator. They are few, but belong to the batch, which the
    ORM would not know that it is in.
    """
    for row in rows:
        with connection.cursor() as cursor:
            cursor.execute(HOLD_EACH, [*(row if _is_postgresql() else _as_text(row)), b""])


Query = tuple[str, list[Collection[UUID]]]
Rows = list[tuple[Any, ...]]


def _ask(*queries: Query) -> list[Rows]:
    return _ask_postgresql(queries) if _is_postgresql() else [_ask_sqlite(one) for one in queries]


def _ask_postgresql(queries: Sequence[Query]) -> list[Rows]:
    """All queries in one round trip; each sees what those before it waited for."""
    postgresql = _postgresql()
    with connection.wrap_database_errors:
        with postgresql.pipeline():
            cursors = [
                psycopg.Cursor(postgresql, row_factory=psycopg.rows.tuple_row).execute(
                    query, [list(ids) for ids in lists], prepare=True, binary=True
                )
                for query, lists in queries
            ]
        return [cursor.fetchall() for cursor in cursors]


def _ask_sqlite(query: Query) -> Rows:
    text, lists = query
    with connection.cursor() as cursor:
        cursor.execute(text, [json.dumps([one.hex for one in ids]) for ids in lists])
        return list(cursor.fetchall())


@lru_cache(maxsize=16)
def _text(query: str, lock: str = "") -> str:
    """The statement in the database's dialect. SQLite has nothing to lock but the whole file, which
    the transaction has done.
    """
    if _is_postgresql():
        return query.format(listed="= ANY(%b)", lock=lock)
    return query.format(listed="IN (SELECT value FROM json_each(%s))", lock="")


def _postgresql() -> psycopg.Connection[Any]:
    """The driver's connection. Django's cursors write parameters into the text of a query, so that
    it can neither keep a plan nor take lists in their binary form.
    """
    connection.ensure_connection()
    assert isinstance(connection.connection, psycopg.Connection)
    # Django switches the keeping of plans off; its own cursors never ask for it.
    connection.connection.prepare_threshold = 0
    return connection.connection


def _as_text(row: Row | HeldRow) -> tuple[Any, ...]:
    """Ids as 32 hex digits and times as text in UTC, as Django reads them on SQLite."""
    return tuple(map(_on_sqlite, row))


def _on_sqlite(value: object) -> object:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


@lru_cache(maxsize=4096)
def _id(stored: UUID | str | None) -> UUID | None:
    """Django keeps an id on SQLite as 32 hex digits."""
    return UUID(hex=stored) if isinstance(stored, str) else stored


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"
