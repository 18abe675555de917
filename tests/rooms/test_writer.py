"""Messages on their way into the database, one batch ahead of the telling."""

import asyncio
import uuid

import psycopg
import pytest
from channels.db import database_sync_to_async as in_thread
from django.conf import settings
from django.db import OperationalError, connection, transaction

from mediation.cases.models import Case
from mediation.rooms.live.connection import Connection
from mediation.rooms.live.threads import DatabaseThread
from mediation.rooms.live.writer import MANY, GroupCommit, Waiting
from mediation.rooms.models import Message
from mediation.rooms.services.appending import append
from mediation.rooms.services.drafts import Busy, Draft
from tests.rooms.conftest import make_rooms

pytestmark = pytest.mark.usefixtures("socket_db")
ON_SERVERS = pytest.mark.skipif(settings.ON_SQLITE, reason="SQLite locks the whole file, and waits")


@pytest.fixture
async def meeting(socket_db):
    return await in_thread(make_rooms)()


class Noting(DatabaseThread):
    """Notes when a batch is given to the database, and of what."""

    def __init__(self, noted):
        super().__init__("writer")
        self.noted = noted

    def begin(self, function, *args, **kwargs):
        self.noted.append([f"store {draft.body}" for draft in args[0]] if args else [])
        return super().begin(function, *args, **kwargs)


class Writing:
    """A GroupCommit, and what it did in order."""

    def __init__(self, settle=None):
        self.noted, self.has_told = [], asyncio.Event()
        self.thread = Noting(self.noted)
        self.commits = GroupCommit(self.thread, settle or self.tell)

    def tell(self, waiting, result):
        self.noted.append(f"tell {waiting.draft.body} {type(result).__name__}")
        self.has_told.set()

    def add(self, user, room, body):
        draft = Draft(user, room.pk, uuid.uuid4(), body)
        self.commits.add(Waiting(draft, connection_of(user), None))

    async def finish(self):
        await self.commits.finish()
        await self.thread.close()
        return self.noted


def connection_of(user):
    async def send(_event):
        pass

    return Connection(send, user, "session")


def bodies(room):
    return list(Message.objects.filter(room=room).order_by("sequence").values_list("id", flat=True))


async def test_people_are_told_while_the_next_batch_is_stored(meeting):
    writing, ada = Writing(), meeting.cast.party_a
    writing.add(ada, meeting.joint, "1")
    await asyncio.sleep(0)  # the first is on its way
    writing.add(ada, meeting.joint, "2")
    writing.add(ada, meeting.caucus_a, "3")
    assert await writing.finish() == [
        ["store 1"],
        ["store 2", "store 3"],
        "tell 1 Posted",
        "tell 2 Posted",
        "tell 3 Posted",
    ]


async def test_where_many_talk_all_answers_go_into_one_batch(meeting):
    """Those told while the next batch is stored would miss it, and make a second one each time."""
    ada, answered = meeting.cast.party_a, []

    def tell(waiting, _result):
        if waiting.draft.body.startswith("ask"):
            answered.append(waiting.draft.body)
            asyncio.get_running_loop().call_soon(writing.add, ada, meeting.joint, "answer")

    writing = Writing(tell)
    writing.add(ada, meeting.joint, "ask 0")
    await asyncio.sleep(0)  # the first is on its way
    for number in range(1, MANY):
        writing.add(ada, meeting.joint, f"ask {number}")
    stored = await writing.finish()
    assert len(answered) == MANY
    assert stored[0] == ["store ask 0"]
    assert len(stored[1]) == MANY - 1
    assert stored[2:] == [["store answer"] * MANY]
    assert len(await in_thread(bodies)(meeting.joint)) == 2 * MANY


async def test_nobody_waits_for_answers_that_do_not_come(meeting):
    writing, ada = Writing(), meeting.cast.party_a
    for number in range(2 * MANY):
        writing.add(ada, meeting.joint, str(number))
    async with asyncio.timeout(20):
        noted = await writing.finish()
    assert noted[1:] == [f"tell {number} Posted" for number in range(2 * MANY)]


async def test_one_who_cannot_be_told_takes_nobody_else_with_them(meeting, caplog):
    told = []

    def tell(waiting, _result):
        if waiting.draft.body == "1":
            raise RuntimeError
        told.append(waiting.draft.body)

    writing = Writing(tell)
    writing.add(meeting.cast.party_a, meeting.joint, "1")
    await asyncio.sleep(0)
    writing.add(meeting.cast.party_b, meeting.joint, "2")
    await writing.finish()
    assert told == ["2"]
    assert "was not told" in caplog.text
    assert len(await in_thread(bodies)(meeting.joint)) == 2


@ON_SERVERS
async def test_what_one_says_in_a_case_that_is_busy_keeps_its_order(meeting):
    """And what others say elsewhere does not wait for it."""
    other = await in_thread(make_rooms)()
    held, free = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(hold_case(meeting.cast.case.pk, held, free))
    await held.wait()
    writing = Writing()
    writing.add(meeting.cast.party_a, meeting.joint, "first")
    writing.add(other.cast.party_a, other.joint, "elsewhere")
    await asyncio.sleep(0)
    writing.add(meeting.cast.party_a, meeting.joint, "second")
    await writing.has_told.wait()
    assert [one for one in writing.noted if isinstance(one, str)] == ["tell elsewhere Posted"]
    free.set()
    await holding
    noted = [one for one in await writing.finish() if isinstance(one, str)]
    assert noted == ["tell elsewhere Posted", "tell first Posted", "tell second Posted"]


async def hold_case(case_id, held, free):
    loop = asyncio.get_running_loop()

    @transaction.atomic
    def hold():
        Case.objects.select_for_update().get(pk=case_id)
        loop.call_soon_threadsafe(held.set)
        asyncio.run_coroutine_threadsafe(free.wait(), loop).result(20)

    thread = DatabaseThread("holder")
    await thread.run(hold)
    await thread.close()


@ON_SERVERS
@pytest.mark.parametrize("is_new", [True, False])
async def test_a_server_that_was_away_costs_no_later_batch(meeting, is_new):
    """Also where the connection is lost before anything was asked on it."""
    thread = DatabaseThread("writer")
    draft = Draft(meeting.cast.party_a, meeting.joint.pk, uuid.uuid4(), "once")
    if not is_new:
        await thread.run(append, [Draft(draft.actor, draft.room_id, uuid.uuid4(), "before")])
    await thread.run(lose_connection)
    with pytest.raises(OperationalError):
        await thread.run(append, [draft], wait=False)
    (posted,) = await thread.run(append, [draft], wait=False)
    await thread.close()
    assert not isinstance(posted, Busy)
    assert len(await in_thread(bodies)(meeting.joint)) == posted.sequence


def lose_connection():
    connection.ensure_connection()
    own = connection.connection.info
    with psycopg.connect(own.dsn, password=own.password) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [own.backend_pid])
