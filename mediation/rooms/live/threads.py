import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, connections

P = ParamSpec("P")
R = TypeVar("R")
logger = logging.getLogger(__name__)


class DatabaseThread:
    """A thread whose database connection stays open from call to call.

    Channels' own bridge looks at the connection's age around every call and, where connections
    are not kept, opens one for each message: measured, that was the largest cost of all.
    """

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result. After a database error the next call connects anew."""
        return await self.begin(function, *args, **kwargs)

    def begin(
        self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[R]:
        """The same, but the thread has its work before this returns."""

        def call() -> R:
            try:
                return function(*args, **kwargs)
            except (DatabaseError, InterfaceError):
                connections.close_all()
                raise

        return asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, connections.close_all)
        self._pool.shutdown(wait=False)
