"""Batches that need one round trip, because nothing has changed since their authors last wrote.

Who may write is asked with the rows already there, as everywhere (`rooms.access`); the answer holds
for as long as the facts do that it was given for. Here PostgreSQL compares them, numbers the
messages and stores them, without anybody waiting in between.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from mediation.rooms.journal import texts
from mediation.rooms.journal.postgresql import FACTS, OnPostgreSQL, set_off
from mediation.rooms.journal.rows import Attempt

LOCK_OR_FAIL = "SELECT 1 FROM cases_case WHERE id = ANY($1) ORDER BY id FOR UPDATE NOWAIT"
# Only what would be stored in any case: talk is open, the author's seat is what it was when the
# rule was asked, and nothing has the client id. Whatever is left out is looked at in the long way.
ATTEMPTED = """
WITH asked AS (
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::timestamptz[], $7::text[]
  ) WITH ORDINALITY
    AS asked (id, room_id, user_id, client_id, body_sealed, sent_at, facts, place)
), stored AS (
  INSERT INTO rooms_message
    (id, room_id, sequence, participant_id, client_id, body_sealed, sent_at)
  SELECT asked.id, room.id,
         room.head + row_number() OVER (PARTITION BY room.id ORDER BY asked.place),
         part.id, asked.client_id, asked.body_sealed, asked.sent_at
  FROM asked CROSS JOIN {people}
  JOIN cases_case mediation ON mediation.id = part.case_id AND mediation.talk_open
  WHERE room.id = asked.room_id AND part.user_id = asked.user_id AND {are_in}
    AND asked.facts = {facts}
    AND NOT EXISTS (SELECT 1 FROM rooms_message WHERE client_id = asked.client_id)
    AND NOT EXISTS (SELECT 1 FROM rooms_heldmessage WHERE client_id = asked.client_id)
  RETURNING id, room_id, sequence
), moved AS (
  UPDATE rooms_room SET head = newest.sequence
  FROM (SELECT room_id, max(sequence) AS sequence FROM stored GROUP BY room_id) newest
  WHERE rooms_room.id = newest.room_id
)
SELECT id, sequence FROM stored
"""
ATTEMPT = ATTEMPTED.format(people=texts.PEOPLE, are_in=texts.ARE_IN, facts=FACTS)


class OneTrip(OnPostgreSQL):
    """One batch of messages, each of which is stored or left out."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """For one `lock` and `store`. Nothing is stored while somebody else holds a case."""
        try:
            with super().transaction():
                yield
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            self.answers = []

    def lock(self, cases: Collection[UUID]) -> None:
        """Let the cases be locked while the rows for `store` are made."""
        self.under_way = set_off((LOCK_OR_FAIL, cases))
        self.under_way.leave()

    def store(self, rows: Sequence[Attempt]) -> None:
        """Send the rows after it; `numbers` has what became of them, after the transaction."""
        assert self.under_way is not None
        self.under_way.send(ATTEMPT, *(list(column) for column in zip(*rows, strict=True)))
        self.under_way.leave()

    @property
    def numbers(self) -> dict[UUID, int]:
        """The sequence number of each row that was stored, by its id."""
        return dict(self.answers[-2]) if self.answers else {}


def one_trip() -> OneTrip | None:
    """None where there are no trips, or a transaction of somebody else's around this."""
    is_possible = connection.vendor == "postgresql" and not connection.in_atomic_block
    return OneTrip() if is_possible else None
