import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from mediation.rooms.live.connection import Connection
from mediation.rooms.live.frames import Frame, encode

# What other apps publish (`core.realtime`), and the word the page has for it.
KINDS = {"offer.made": "offer", "settlement.changed": "settlement", "document.added": "document"}
logger = logging.getLogger(__name__)


class News:
    """Tells those who talk that there is something new beside the talk: of which kind and by whom,
    and never what. A notice with a `side` is that side's and the mediator's alone.
    """

    def __init__(
        self,
        in_case: Callable[[UUID], Collection[Connection]],
        caucus_of: Callable[[UUID], Awaitable[UUID | None]],
    ) -> None:
        self._in_case = in_case
        self._caucus_of = caucus_of
        self._telling: set[asyncio.Task[None]] = set()

    def hear(self, notice: Frame) -> None:
        """A notice came. Whoever misses one sees the same on the next page."""
        if notice.get("name") in KINDS:
            task = asyncio.create_task(self._tell(notice))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, notice: Frame) -> None:
        try:
            concerned = await self._concerned(notice)
        except Exception:
            logger.exception("people in a room were not told of news")
            return
        frame: Frame = {"name": "case.news", "kind": KINDS[notice["name"]]}
        if "participant" in notice:
            frame["participant"] = notice["participant"]
        for connection in concerned:
            connection.put(encode(frame))

    async def _concerned(self, notice: Frame) -> list[Connection]:
        case_id = UUID(notice["case"])
        side = notice.get("side")
        room_id = await self._caucus_of(UUID(side)) if side else None
        if side and room_id is None:
            return []
        return [
            one
            for one in self._in_case(case_id)
            if one.admission is not None and (room_id is None or room_id in one.admission.rooms)
        ]
