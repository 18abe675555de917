"""The key ring in a PostgreSQL database of its own (KEYRING_DATABASE_URL), for several machines.

It is none of Django's databases: the connection is ours, so no dump of the main database has it.
Every transaction that writes holds the one row of `state` and leaves a new random `version` in it;
readers ask for that version at each use, so that nothing remembered outlives a change by anybody.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from select import select
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

CONNECT_SECONDS = 10
# One connection serves a whole process, so a dead network must not hold it for the system's
# default of many minutes: what is sent is acknowledged within ten seconds, or the connection is
# lost; one that waits for an answer asks after 10 seconds and, unanswered, is lost after 15 more.
DEAD_NETWORK: dict[str, Any] = {
    "tcp_user_timeout": 10_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
ANSWER_SECONDS = 25  # as long as a dead network takes to be noticed
BUSY_MILLISECONDS = 30_000
MAKING = 0x68657969  # the advisory lock that whoever makes the tables holds; "heyi"
LOST: tuple[type[Exception], ...] = (psycopg.OperationalError, psycopg.InterfaceError)
SCHEMA = """
CREATE TABLE IF NOT EXISTS epoch (
  number INTEGER PRIMARY KEY, created_at TEXT NOT NULL, retired_at TEXT, destroyed_at TEXT
);
CREATE TABLE IF NOT EXISTS data_key (
  case_id TEXT NOT NULL, compartment TEXT NOT NULL, key_id BYTEA UNIQUE, wrapped BYTEA,
  epoch INTEGER REFERENCES epoch (number), fingerprint TEXT, created_at TEXT, destroyed_at TEXT,
  PRIMARY KEY (case_id, compartment),
  CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
  CHECK ((wrapped IS NULL) = (epoch IS NULL))
);
CREATE TABLE IF NOT EXISTS destroyed (
  number BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY, case_id TEXT NOT NULL,
  compartment TEXT NOT NULL, key_id BYTEA, fingerprint TEXT, destroyed_at TEXT NOT NULL,
  UNIQUE (case_id, compartment)
);
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the destruction ledger is append-only'; END $$;
CREATE OR REPLACE TRIGGER destroyed_no_change BEFORE UPDATE OR DELETE ON destroyed
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER destroyed_no_truncate BEFORE TRUNCATE ON destroyed
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE IF NOT EXISTS restricted (
  case_id TEXT NOT NULL, compartment TEXT NOT NULL, restricted_at TEXT NOT NULL,
  PRIMARY KEY (case_id, compartment)
);
CREATE TABLE IF NOT EXISTS state (
  number INTEGER PRIMARY KEY CHECK (number = 1), ledger_bytes BIGINT NOT NULL,
  version UUID NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO state (number, ledger_bytes) VALUES (1, 0) ON CONFLICT DO NOTHING;
"""
# The column keeps its type and values; the expression alone makes PostgreSQL write every row anew.
REWRITE = "ALTER TABLE data_key ALTER fingerprint TYPE TEXT USING fingerprint || ''"
TABLES = "state, restricted, destroyed, data_key, epoch"


class Connection:
    """A connection of psycopg's that takes the statements as the key ring writes them."""

    def __init__(self) -> None:
        self._connection = psycopg.connect(
            settings.KEYRING_DATABASE_URL, autocommit=True, connect_timeout=CONNECT_SECONDS,
            application_name="heyi key ring", **DEAD_NETWORK,
        )  # fmt: skip
        # Set like this and not with `options`, which the address may hold already.
        self.execute(f"SET lock_timeout = {BUSY_MILLISECONDS}")
        self.execute("SET synchronous_commit = on")

    def execute(self, query: str, values: Any = ()) -> psycopg.Cursor[Any]:
        return self._connection.execute(query.replace("?", "%s").encode(), values or None)

    @property
    def libpq(self) -> PGconn:
        return self._connection.pgconn

    def transaction(self) -> Any:
        return self._connection.transaction()

    def close(self) -> None:
        self._connection.close()


class Questioner:
    """Asks for the version and does not wait for the answer (libpq, "Asynchronous Command
    Processing"). The server works on it while the caller goes on.
    """

    def __init__(self) -> None:
        self._connection = Connection()
        self._connection.execute("PREPARE asked AS SELECT version FROM state")
        self._libpq = self._connection.libpq

    def ask(self) -> None:
        self._libpq.send_query_prepared(b"asked", None)
        self._libpq.flush()

    def answer(self) -> object:
        """As `version` gives it; None if the server refused."""
        while self._libpq.is_busy():
            if not select([self._libpq.socket], [], [], ANSWER_SECONDS)[0]:
                raise psycopg.OperationalError("no answer")
            self._libpq.consume_input()
        results = list(iter(self._libpq.get_result, None))
        if [one.status for one in results] != [ExecStatus.TUPLES_OK]:
            return None
        return (UUID((results[0].get_value(0, 0) or b"").decode()),)

    def close(self) -> None:
        self._connection.close()


def questioner() -> Questioner | None:
    """None where the tables are still to be made, or the server does not answer."""
    try:
        return Questioner()
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.UndefinedTable):
        return None


def identity() -> tuple[object, ...]:
    """Which key ring the settings lead to. One that was restored in its place has another version
    and an older `ledger_bytes`.
    """
    return (settings.KEYRING_DATABASE_URL,)


def version(connection: Connection) -> object:
    """Another value after every commit by anybody, and after a restore."""
    return connection.execute("SELECT version FROM state").fetchone()


@contextmanager
def writing() -> Iterator[Connection]:
    """A transaction that is alone from its first statement on."""
    with closing(connect()) as connection, connection.transaction():
        connection.execute("UPDATE state SET version = gen_random_uuid()")
        yield connection


@contextmanager
def at_one_moment() -> Iterator[Connection]:
    """A connection that sees no change made meanwhile.

    It holds the keys' table from before its snapshot on: to a snapshot older than `rewrite` that
    table would be empty, and a copy without any key would look like a good one.
    """
    with closing(connect()) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("LOCK TABLE data_key IN ACCESS SHARE MODE")
        yield connection


@contextmanager
def replacing() -> Iterator[Connection]:
    """A transaction on new tables, which take the old ones' place at its end."""
    with closing(Connection()) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(?)", (MAKING,))
        connection.execute(f"DROP TABLE IF EXISTS {TABLES}")
        connection.execute(SCHEMA)
        yield connection


def rewrite() -> None:
    """Write the keys' table into a new file; the old one is removed. Raises LockNotAvailable if
    somebody reads it for more than BUSY_MILLISECONDS.

    A plain VACUUM would leave the bytes in the gaps of its pages, and VACUUM FULL would copy a row
    that any snapshot in the database may still see. A form of ALTER TABLE that rewrites the table
    takes over what is visible to itself alone (PostgreSQL's manual, 13.6 "Caveats").
    """
    with closing(connect()) as connection:
        connection.execute(REWRITE)


def connect() -> Connection:
    """A connection; the tables are made or brought to their newest form first if need be."""
    connection = Connection()
    (known,) = connection.execute("SELECT to_regclass('state')").fetchone() or (None,)
    if known is None:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(?)", (MAKING,))
            connection.execute(SCHEMA)
    return connection
