"""What storing messages asks of the database, in SQL that is written out.

This is the one hot path there is. The ORM builds each statement anew for every batch, and that
took three times as long as running them. Here each statement is one constant text whose parameters
are lists. PostgreSQL keeps their plans, takes the lists in their binary form, and is asked all that
does not depend on an answer in one go: two round trips a batch, and one where nothing has changed
about who writes (`one_trip`).
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from mediation.rooms.journal.one_trip import OneTrip, one_trip
from mediation.rooms.journal.postgresql import OnPostgreSQL
from mediation.rooms.journal.rows import Attempt, HeldRow, Row, Seat, Situation
from mediation.rooms.journal.sqlite import OnSQLite

__all__ = ["Attempt", "HeldRow", "Journal", "OneTrip", "Row", "Seat", "Situation", "one_trip"]


class Journal:
    """Where a batch of messages is stored."""

    def __init__(self) -> None:
        self._on = OnPostgreSQL() if connection.vendor == "postgresql" else OnSQLite()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction, or a part of the one there is already."""
        with transaction.atomic() if connection.in_atomic_block else self._on.transaction():
            yield

    def lock_free_cases(self, rooms: Collection[UUID]) -> set[UUID]:
        """Lock those of the rooms' cases that nobody else holds."""
        return self._on.lock_free_cases(rooms)

    def lock_and_look(
        self,
        *,
        rooms: Collection[UUID],
        users: Collection[UUID],
        client_ids: Collection[UUID],
        wait: bool,
    ) -> Situation:
        """Lock the rooms' cases in the order of their ids, then look. Without `wait`, cases that
        somebody else holds are left out.
        """
        return self._on.lock_and_look(rooms=rooms, users=users, client_ids=client_ids, wait=wait)

    def insert(self, rows: Sequence[Row]) -> None:
        """Store the messages and move their rooms' heads to the newest."""
        if rows:
            self._on.insert(rows)

    def hold(self, rows: Sequence[HeldRow]) -> None:
        """Store messages that wait for a mediator."""
        if rows:
            self._on.hold(rows)
