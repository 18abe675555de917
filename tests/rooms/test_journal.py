"""How batches travel to PostgreSQL: what fails leaves the connection usable and nothing behind."""

import uuid
from datetime import UTC, datetime

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from mediation.rooms.journal import Journal, Row
from mediation.rooms.journal.trips import Trip
from mediation.rooms.models import Message, Room
from mediation.rooms.services.appending import append
from mediation.rooms.services.drafts import BODY_BYTES, Draft

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.ON_SQLITE, reason="SQLite has no round trips"),
]


@pytest.fixture
def driver(db):
    connection.ensure_connection()
    return connection.connection


def test_each_statement_has_its_rows_and_the_second_trip_finds_it_prepared(driver):
    for _ in range(2):
        trip = Trip(driver)
        trip.send("SELECT unnest($1::int8[])", [7, 2**40])
        trip.send("SELECT 'no parameter'")
        assert trip.end() == [[(7,), (2**40,)], [("no parameter",)]]
    rows = driver.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'unnest'")
    assert rows.fetchone() == (1,)


def test_the_first_error_is_raised_and_the_connection_goes_on(driver):
    trip = Trip(driver)
    trip.send("SELECT 1")
    trip.send("SELECT 1 / $1::int2", 0)
    trip.send("SELECT 2")
    with pytest.raises(psycopg.errors.DivisionByZero):
        trip.end()
    assert driver.execute("SELECT 3").fetchone() == (3,)
    again = Trip(driver)
    again.send("SELECT 2")
    assert again.end() == [[(2,)]]


def test_a_statement_that_cannot_be_prepared_is_not_remembered(driver):
    for _ in range(2):
        trip = Trip(driver)
        trip.send("SELECT * FROM there_is_no_such_table")
        with pytest.raises(psycopg.errors.UndefinedTable):
            trip.end()


def test_a_trip_that_is_given_up_leaves_the_connection_usable(driver):
    trip = Trip(driver)
    trip.send("SELECT 1")
    trip.leave()
    trip.give_up()
    assert driver.execute("SELECT 2").fetchone() == (2,)


def test_more_than_the_sockets_hold_goes_both_ways(driver):
    """Both sides have to be heard while the other is not done speaking."""
    trip = Trip(driver)
    large = "x" * 5_000_000
    for _ in range(4):
        trip.send("SELECT $1::text", large)
    assert [len(row[0]) for (row,) in trip.end()] == [5_000_000] * 4


def test_a_server_that_goes_away_is_said(driver):
    pid = driver.info.backend_pid
    trip = Trip(driver)
    trip.send("SELECT 1")
    with psycopg.connect(driver.info.dsn, password=driver.info.password) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(psycopg.OperationalError):
        trip.end()
    assert driver.closed
    connection.close()


def test_what_is_stored_in_a_transaction_of_django_ends_with_it(rooms):
    """Even where the journal's statement is the first in it."""
    say(rooms.cast.party_a, rooms.joint)
    (said,) = Message.objects.all()
    row = Row(*(uuid.uuid4(), said.room_id, 2, said.participant_id), uuid.uuid4(), b"2", _now())
    connection.close()
    with transaction.atomic():
        Journal().insert([row])
        transaction.set_rollback(True)
    assert Message.objects.count() == 1
    assert Room.objects.get(pk=said.room_id).head == 1
    with transaction.atomic():
        Journal().insert([row])
    assert Room.objects.get(pk=said.room_id).head == 2


def test_a_batch_of_the_largest_messages(rooms):
    drafts = [
        Draft(rooms.cast.party_a, rooms.joint.pk, uuid.uuid4(), "字" * (BODY_BYTES // 3))
        for _ in range(200)
    ]
    assert [posted.sequence for posted in append(drafts)] == list(range(1, 201))


def test_a_batch_whose_server_goes_away_is_not_stored_and_the_next_is(rooms, monkeypatch):
    say(rooms.cast.party_a, rooms.joint)
    real = Journal.insert

    def cut(journal, rows):
        real(journal, rows)
        own = connection.connection.info
        with psycopg.connect(own.dsn, password=own.password) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [own.backend_pid])

    draft = Draft(rooms.cast.party_a, rooms.joint.pk, uuid.uuid4(), "once")
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "insert", cut)
        with pytest.raises(OperationalError):
            append([draft])
    connection.close()
    assert [posted.sequence for posted in append([draft])] == [2]


def say(user, room):
    (posted,) = append([Draft(user, room.pk, uuid.uuid4(), "Good morning")])
    return posted


def _now():
    return datetime.now(UTC)
