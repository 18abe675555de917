"""Round trips to PostgreSQL with several statements each, through libpq's own pipeline.

The driver's pipeline looks at its socket after every statement, eleven times for a batch of
messages, and at each look another thread may take Python's lock. Here all statements leave together
and their answers are read together, in less than half of the processor time.
"""

import select
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from psycopg import abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGresult

Rows = list[tuple[Any, ...]]
# Otherwise PostgreSQL plans anew for every list, which takes longer than doing it; and a plan made
# while there are few messages reads all of them for each new one, until somebody counts them again.
KEEP_PLANS = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off"
FAILED = {ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED}
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[str, bytes]] = WeakKeyDictionary()
_with_kept_plans: WeakSet[psycopg.Connection[Any]] = WeakSet()
_numbers = count()


class _Preparation(NamedTuple):
    statement: str
    name: bytes


class Trip:
    """Statements on their way, with `$1` and so on for their parameters, and their answers.

    The connection serves nothing else before `end` or `give_up`. Parameters and answers have
    PostgreSQL's binary form, so a parameter must be of exactly the type the statement names.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._known = _prepared.setdefault(connection, {})
        self._sent: list[_Preparation | abc.Transformer] = []
        self._libpq.enter_pipeline_mode()

    def send(self, statement: str, *parameters: object) -> None:
        """Put a statement behind those before it; its plan is kept as long as the connection."""
        name = self._known.get(statement) or self._prepare(statement)
        adapting = Transformer(self._connection)
        values = adapting.dump_sequence(parameters, [PyFormat.BINARY] * len(parameters))
        self._libpq.send_query_prepared(name, values, adapting.formats, Format.BINARY)
        self._sent.append(adapting)

    def leave(self) -> None:
        """Let what was sent so far set off; its answers are read at the end."""
        self._libpq.send_flush_request()
        self._flush()

    def end(self) -> list[Rows]:
        """The rows of each statement. Raises psycopg.Error for the first that failed; those behind
        it were not carried out.
        """
        self._libpq.pipeline_sync()
        self._flush()
        results = [self._result() for _ in self._sent]
        self._next()  # the sync itself
        self._libpq.exit_pipeline_mode()
        found = [self._rows(*one) for one in zip(self._sent, results, strict=True)]
        return [rows for rows in found if rows is not None]

    def give_up(self) -> None:
        """Read what still comes and forget it, so that the connection can be used again."""
        with suppress(psycopg.Error):
            self.end()

    def _prepare(self, statement: str) -> bytes:
        name = f"heyi_{next(_numbers)}".encode()
        self._libpq.send_prepare(name, statement.encode())
        self._sent.append(_Preparation(statement, name))
        return name

    def _rows(self, sent: _Preparation | abc.Transformer, result: PGresult) -> Rows | None:
        if result.status in FAILED:
            raise _error(result)
        if isinstance(sent, _Preparation):
            self._known[sent.statement] = sent.name
            return None
        if result.status != ExecStatus.TUPLES_OK:
            return []
        sent.set_pgresult(result)
        return sent.load_rows(0, result.ntuples, tuple)

    def _result(self) -> PGresult:
        result = self._next()
        if result is None:
            raise psycopg.OperationalError("the server went away in the middle of a trip")
        while self._next() is not None:
            pass  # until the next statement's
        return result

    def _next(self) -> PGresult | None:
        while self._libpq.is_busy():
            self._wait(select.POLLIN)
            self._libpq.consume_input()
        return self._libpq.get_result()

    def _flush(self) -> None:
        while self._libpq.flush():
            # The server may have to be heard before it listens again.
            if self._wait(select.POLLIN | select.POLLOUT) & select.POLLIN:
                self._libpq.consume_input()

    def _wait(self, events: int) -> int:
        poll = select.poll()
        poll.register(self._libpq.socket, events)
        return poll.poll()[0][1]


def keep_plans(connection: psycopg.Connection[Any]) -> None:
    """For a connection that does little but store messages, outside of a transaction."""
    if connection not in _with_kept_plans:
        connection.execute(KEEP_PLANS)
        _with_kept_plans.add(connection)


def _error(result: PGresult) -> psycopg.Error:
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    message = result.error_message.decode(errors="replace").strip()
    try:
        return psycopg.errors.lookup(state)(message)
    except KeyError:
        return psycopg.OperationalError(message)
