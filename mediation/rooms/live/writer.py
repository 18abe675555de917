import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError
from mediation.rooms.live.connection import Connection
from mediation.rooms.live.threads import DatabaseThread
from mediation.rooms.selectors import Held, Posted
from mediation.rooms.services.appending import append
from mediation.rooms.services.at_once import Standings
from mediation.rooms.services.drafts import Busy, Draft

BATCH = 200
WAITING = 5000
BUSY_SECONDS = 5.0
BUSY_PAUSE = 0.01
MANY = 6
GATHER_SECONDS = 0.02
logger = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError)
Result = Posted | Held | DomainError


class Unavailable(DomainError):
    """The message could not be stored for a reason of ours; sending it again may help."""

    code = "unavailable"
    status = 503
    message = _("This could not be saved at the moment. It will be tried again.")


@dataclass(eq=False)
class Waiting:
    """A draft on its way into the database, and who is to hear of its fate."""

    draft: Draft
    connection: Connection
    request_id: str | None
    since: float = field(default_factory=lambda: asyncio.get_running_loop().time())


class GroupCommit:
    """Stores messages in the order they came: everything that arrived while one transaction ran
    goes into the next. `settle` hears each draft's result, in that order, once it is committed.

    A batch costs about as much as eight messages in it. While few talk, people are told of one
    as the next is stored. While many do, that would part those who answer each other into two
    halves with a batch for each: then they are told first, and the next one gathers for a moment.
    """

    def __init__(self, thread: DatabaseThread, settle: Callable[[Waiting, Result], None]) -> None:
        self._thread = thread
        self._settle = settle
        self._standings = Standings()
        self._waiting: list[Waiting] = []
        self._task: asyncio.Task[None] | None = None
        self._expected = 0
        self._are_here = asyncio.Event()

    def add(self, waiting: Waiting) -> None:
        if len(self._waiting) >= WAITING:
            self._settle(waiting, Unavailable())
            return
        self._waiting.append(waiting)
        if len(self._waiting) >= self._expected:
            self._are_here.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def finish(self) -> None:
        """Wait until everything is stored or refused."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        done: list[tuple[Waiting, Result]] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                drafts = [waiting.draft for waiting in batch]
                storing = self._thread.begin(append, drafts, wait=False, standings=self._standings)
                # The database has the next batch before people are told of the last one.
                self._tell(done)
                began = self._now()
                done = await self._without_busy(batch, await self._commit(storing, drafts))
                if len(batch) + len(self._waiting) >= MANY:
                    await self._tell_and_gather(done, self._now() - began)
                    done = []
            self._tell(done)
        finally:
            self._task = None

    async def _tell_and_gather(self, done: list[tuple[Waiting, Result]], took: float) -> None:
        """Tell people, then wait until most of them have answered, at most half as long as their
        batch took.
        """
        self._expected = (len(done) + len(self._waiting)) * 7 // 8
        self._are_here.clear()
        self._tell(done)
        if len(self._waiting) >= self._expected:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(took / 2, GATHER_SECONDS)):
                await self._are_here.wait()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _tell(self, done: list[tuple[Waiting, Result]]) -> None:
        for waiting, result in done:
            try:
                self._settle(waiting, result)
            except Exception:
                # It is stored and found there; whoever is told after this one must be told.
                logger.exception("somebody was not told of a message")

    async def _without_busy(
        self, batch: list[Waiting], results: Sequence[Result]
    ) -> list[tuple[Waiting, Result]]:
        """What is decided. The rest goes back to the front, so that what one person says in a room
        keeps its order.
        """
        done, busy = [], []
        for waiting, result in zip(batch, results, strict=True):
            if isinstance(result, Busy) and not _is_late(waiting):
                busy.append(waiting)
            else:
                done.append((waiting, result))
        self._waiting[:0] = busy
        if not done:
            await asyncio.sleep(BUSY_PAUSE)
        return done

    async def _commit(
        self, storing: Awaitable[Sequence[Result]], drafts: Sequence[Draft]
    ) -> Sequence[Result]:
        try:
            return await self._commit_twice(storing, drafts)
        except AWAY:
            logger.exception("%d messages wait for the database", len(drafts))
            return [Unavailable()] * len(drafts)
        except DomainError:  # one of the rooms takes nothing now, e.g. it is restricted
            return await self._commit_each(drafts)
        except Exception:
            logger.exception("one of %d messages cannot be stored", len(drafts))
            return await self._commit_each(drafts)

    async def _commit_twice(
        self, storing: Awaitable[Sequence[Result]], drafts: Sequence[Draft]
    ) -> Sequence[Result]:
        """A lost connection leaves open whether the transaction was committed. Asking again is
        safe: what was stored is found by its client id.
        """
        try:
            return await storing
        except AWAY:
            return await self._thread.run(append, drafts, wait=False, standings=self._standings)

    async def _commit_each(self, drafts: Sequence[Draft]) -> Sequence[Result]:
        """One by one, so that a message which cannot be stored takes no other with it."""
        results: list[Result] = []
        for draft in drafts:
            try:
                results += await self._thread.run(
                    append, [draft], wait=False, standings=self._standings
                )
            except DomainError as error:
                results.append(error)
            except Exception:
                logger.exception("a message could not be stored")
                results.append(Unavailable())
        return results


def _is_late(waiting: Waiting) -> bool:
    return asyncio.get_running_loop().time() - waiting.since > BUSY_SECONDS
