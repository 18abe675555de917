"""ASGI lifespan: starts and stops the embedded worker with the server."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from mediation.core.worker import EmbeddedWorker

Message = dict[str, Any]


class Lifespan:
    """Speaks the lifespan protocol of ASGI 3; does nothing unless EMBED_WORKER is set."""

    def __init__(self) -> None:
        self.worker = EmbeddedWorker() if settings.EMBED_WORKER else None

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        await receive()
        if self.worker:
            self.worker.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self.worker:
            self.worker.stop()
        await send({"type": "lifespan.shutdown.complete"})
