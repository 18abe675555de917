"""Jobs and the clock in one thread of the web process, for installations of one process.

Production runs `manage.py db_worker` and the PERIODIC_COMMANDS from a timer instead.
"""

import io
import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import close_old_connections, connections
from django_tasks_db.management.commands.db_worker import Worker

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.3


class EmbeddedWorker:
    """Runs queued jobs at once and each periodic command when it is due. Stops within a second."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._due = dict.fromkeys(settings.PERIODIC_COMMANDS, 0.0)
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            _survive("queued jobs", run_queued_jobs)
            self._run_due_commands()
        connections.close_all()

    def _run_due_commands(self) -> None:
        for name, seconds in settings.PERIODIC_COMMANDS.items():
            if time.monotonic() >= self._due[name]:
                self._due[name] = time.monotonic() + seconds
                _survive(name, lambda: call_command(*name.split(), stdout=io.StringIO()))  # noqa: B023 run at once


def _survive(name: str, work: Callable[[], object]) -> None:
    """Do the work. Its failure is logged: it ends neither this thread nor what comes after it."""
    try:
        work()
    except Exception:
        logger.exception("%s failed", name)
        close_old_connections()


def run_queued_jobs() -> None:
    """Run every job that is ready now, in this thread, and return when none is left."""
    worker = Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="embedded",
        excluded_queue_names=[],
    )
    worker.run()
