"""Batches on PostgreSQL, where all that can travel together does: two round trips each."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8

from mediation.rooms.journal import texts
from mediation.rooms.journal.rows import HeldRow, Row, Seat, Situation
from mediation.rooms.journal.trips import Rows, Trip, keep_plans

Statement = tuple[Any, ...]  # its text, then the list for each of its parameters
LOCK_ALL = texts.CASES.format(rooms="= ANY($1)") + "FOR UPDATE"
LOCK_FREE = f"{LOCK_ALL} SKIP LOCKED"
FACTS = f"""
ROW(part.id, part.case_id, part.side_id, room.side_id, part.role, side.letter, room.kind,
    room.letters, room.is_held, {texts.SEATED})::text
"""
SEATS = texts.seats(rooms="= ANY($1)", users="= ANY($2)", facts=FACTS)
# One look into the index for each id. Asked for the list as a whole, PostgreSQL reads all messages
# there are for as long as it takes the table for a small one.
KNOWN = """
SELECT 1 FROM unnest($1::uuid[]) asked (id) CROSS JOIN LATERAL (
  SELECT 1 FROM rooms_message WHERE client_id = asked.id
  UNION ALL SELECT 1 FROM rooms_heldmessage WHERE client_id = asked.id LIMIT 1
) found LIMIT 1
"""
# The rooms' rows are written once, whatever the number of their messages.
INSERT = """
WITH stored AS (
  INSERT INTO rooms_message
    (id, room_id, sequence, participant_id, client_id, body_sealed, sent_at)
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::bytea[], $7::timestamptz[])
  RETURNING room_id, sequence
)
UPDATE rooms_room SET head = newest.sequence
FROM (SELECT room_id, max(sequence) AS sequence FROM stored GROUP BY room_id) newest
WHERE rooms_room.id = newest.room_id
"""
HOLD = """
INSERT INTO rooms_heldmessage
  (id, room_id, participant_id, client_id, body_sealed, held_at, note_sealed, state)
SELECT *, ''::bytea, 'waiting' FROM unnest(
  $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::timestamptz[])
"""


class OnPostgreSQL:
    """One batch of messages; see the package for what each method is for.

    Its transaction begins and ends with the statements beside it. Django does not know of it, so
    nothing inside may begin one; and what fails may be raised at the end.
    """

    def __init__(self) -> None:
        self._is_ours = False
        self.under_way: Trip | None = None
        self.answers: list[Rows] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._is_ours = True
        with connection.wrap_database_errors:
            driver = _driver()
            keep_plans(driver)
            try:
                yield
                self._commit(driver)
            except BaseException:
                self._undo(driver)
                raise

    def lock_free_cases(self, rooms: Collection[UUID]) -> set[UUID]:
        (cases,) = travel((LOCK_FREE, rooms))
        return {case for case, _is_open in cases}

    def lock_and_look(
        self,
        *,
        rooms: Collection[UUID],
        users: Collection[UUID],
        client_ids: Collection[UUID],
        wait: bool,
    ) -> Situation:
        """Each question sees what those before it waited for."""
        lock = LOCK_ALL if wait else LOCK_FREE
        cases, seats, known = travel((lock, rooms), (SEATS, rooms, users), (KNOWN, client_ids))
        return Situation(dict(cases), [Seat(*row) for row in seats], bool(known))

    def insert(self, rows: Sequence[Row]) -> None:
        """In a transaction of the batch's own the rows set off, and are stored when it ends."""
        ids, rooms, sequences, *others = zip(*rows, strict=True)
        columns = (ids, rooms, [Int8(one) for one in sequences], *others)
        if not self._is_ours:
            travel((INSERT, *columns))
            return
        self.under_way = set_off((INSERT, *columns))
        self.under_way.leave()

    def hold(self, rows: Sequence[HeldRow]) -> None:
        travel((HOLD, *zip(*rows, strict=True)))

    def _commit(self, driver: psycopg.Connection[Any]) -> None:
        trip, self.under_way = self.under_way or Trip(driver), None
        trip.send("COMMIT")
        self.answers = trip.end()

    def _undo(self, driver: psycopg.Connection[Any]) -> None:
        if driver.closed:
            return
        if self.under_way is not None:
            self.under_way.give_up()
        driver.rollback()


def travel(*statements: Statement) -> list[Rows]:
    """The rows of each statement, after one round trip for all."""
    with connection.wrap_database_errors:
        return set_off(*statements).end()[-len(statements) :]


def set_off(*statements: Statement) -> Trip:
    driver = _driver()
    # Where the driver is to begin transactions by itself, it does so with its own statements only.
    is_outside = driver.info.transaction_status == TransactionStatus.IDLE
    trip = Trip(driver)
    try:
        if is_outside:
            trip.send("BEGIN")
        for text, *lists in statements:
            trip.send(text, *map(list, lists))
    except BaseException:
        trip.give_up()
        raise
    return trip


def _driver() -> psycopg.Connection[Any]:
    """The connection below Django's, whose cursors write parameters into the text of a query, so
    that no plan can be kept and no list taken in its binary form.
    """
    connection.ensure_connection()
    assert isinstance(connection.connection, psycopg.Connection)
    return connection.connection
