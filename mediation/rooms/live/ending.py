import asyncio
from collections.abc import Iterable

PATIENCE_SECONDS = 0.2


async def end_tasks(tasks: Iterable[asyncio.Task[None] | None]) -> None:
    """Cancel the tasks and wait until they have ended.

    A cancellation that comes while a connection is being made can get lost inside a library, so it
    is said again until it is heard.
    """
    pending = {task for task in tasks if task is not None and not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _done, pending = await asyncio.wait(pending, timeout=PATIENCE_SECONDS)
