import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from mediation.rooms.live.connection import Admission, Connection
from mediation.rooms.live.frames import Frame, encode

# What other apps publish (`core.realtime`), and the word the page has for it.
KINDS = {"offer.made": "offer", "settlement.changed": "settlement", "document.added": "document"}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Piece:
    """One frame of news, for everybody in the case or for those in one of its rooms."""

    case_id: UUID
    room_id: UUID | None
    frame: str

    def concerns(self, admission: Admission) -> bool:
        is_here = admission.case_id == self.case_id
        return is_here and (self.room_id is None or self.room_id in admission.rooms)


class News:
    """Tells those who talk that there is something new beside the talk: of which kind and by whom,
    and never what. A notice with a `side` is that side's and the mediator's alone.

    They are told after the look at access which the notice itself sets off: what happens in the
    same moment as a withdrawal reaches nobody whose socket ends by it.
    """

    def __init__(
        self,
        in_case: Callable[[UUID], Collection[Connection]],
        caucus_of: Callable[[UUID], Awaitable[UUID | None]],
    ) -> None:
        self._in_case = in_case
        self._caucus_of = caucus_of
        self._waiting: list[Frame] = []

    def hear(self, notice: Frame) -> None:
        """A notice came. Whoever misses one sees the same on the next page."""
        if notice.get("name") in KINDS:
            self._waiting.append(notice)

    async def take(self) -> list[Piece]:
        """What came before this moment; to be told once access has been looked at after it."""
        notices, self._waiting = self._waiting, []
        try:
            pieces = [await self._piece(notice) for notice in notices]
        except Exception:
            logger.exception("people in a room were not told of news")
            return []
        return [piece for piece in pieces if piece is not None]

    async def _piece(self, notice: Frame) -> Piece | None:
        frame: Frame = {"name": "case.news", "kind": KINDS[notice["name"]]}
        if "participant" in notice:
            frame["participant"] = notice["participant"]
        side = notice.get("side")
        room_id = await self._caucus_of(UUID(side)) if side else None
        if side and room_id is None:
            return None
        return Piece(UUID(notice["case"]), room_id, encode(frame))

    def tell(self, pieces: Collection[Piece]) -> None:
        """Tell those who may still hear it."""
        for piece in pieces:
            for one in self._in_case(piece.case_id):
                if one.admission is not None and piece.concerns(one.admission):
                    one.put(piece.frame)
