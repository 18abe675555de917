"""Hearing that other parts of Heyi changed something ("access.changed"), over Channels' layer."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer  # noqa: TID251 what `core.realtime` sends ends here
from redis.exceptions import RedisError

from mediation.core.realtime import HUB_GROUP
from mediation.rooms.live.ending import end_tasks

PAUSE_SECONDS = 1
STOP = "stop"
logger = logging.getLogger(__name__)


class Notices:
    """Sets an event at every notice: it makes the hub look at once instead of soon, so for access
    it does not matter whether it arrives. Then it is passed on, for those who are told of news.
    """

    def __init__(self, look: asyncio.Event, pass_on: Callable[[dict[str, Any]], None]) -> None:
        self._look = look
        self._pass_on = pass_on
        self._layer = get_channel_layer()
        self._channel = ""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._layer is not None:
            self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Stop by a message of our own: a layer on Redis does not survive having its reading
        cancelled, and would hear nothing for the next hub.
        """
        if self._task is not None and self._channel:
            with suppress(RedisError, OSError):
                await self._layer.send(self._channel, {"type": STOP})
            await asyncio.wait({self._task}, timeout=PAUSE_SECONDS)
        await end_tasks([self._task])

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear_until_stopped()
            except Exception:
                logger.exception("notices are not heard; access is still looked at twice a second")
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return

    async def _hear_until_stopped(self) -> None:
        # After a failure the same channel once more: what was said meanwhile waits in it.
        channel = self._channel or await self._layer.new_channel("hub")
        await self._layer.group_add(HUB_GROUP, channel)
        self._channel = channel
        while (notice := await self._layer.receive(channel))["type"] != STOP:
            self._look.set()
            self._pass_on(notice)
        await self._layer.group_discard(HUB_GROUP, channel)
