"""ASGI lifespan: what must be done before anybody is answered, and the embedded worker."""

import gc
import io
import logging
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from mediation.core.worker import EmbeddedWorker

Message = dict[str, Any]
logger = logging.getLogger(__name__)


class Lifespan:
    """Speaks the lifespan protocol of ASGI 3. Runs the BEFORE_SERVING commands, loads every page's
    code, and starts and stops the worker if EMBED_WORKER is set. If a command fails, or a page
    cannot be loaded, the server does not start.
    """

    def __init__(self) -> None:
        self.worker = EmbeddedWorker() if settings.EMBED_WORKER else None

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        await receive()
        if not await sync_to_async(is_ready)():
            await send({"type": "lifespan.startup.failed", "message": "Heyi does not serve."})
            return
        if self.worker:
            self.worker.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self.worker:
            self.worker.stop()
        await send({"type": "lifespan.shutdown.complete"})


def keep_what_is_loaded() -> None:
    """Load every page's code, and let the garbage collector pass over all that is there now. It
    stays anyway, and looking through it kept every socket waiting for 0.2 seconds at a time.
    """
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()


def is_ready() -> bool:
    """Run the commands and load every page; whether all of it succeeded. Why not is in the log."""
    try:
        for name in settings.BEFORE_SERVING:
            call_command(name, stdout=io.StringIO())
        keep_what_is_loaded()
    except Exception:
        logger.exception("what comes before serving failed")
        return False
    finally:
        connections.close_all()
    return True
