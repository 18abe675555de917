"""Doing queued work now, also beside a server whose own worker takes some of it."""

import time

from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from mediation.core.worker import run_queued_jobs

PATIENCE_SECONDS = 60
UNDER_WAY = (TaskResultStatus.READY, TaskResultStatus.RUNNING)


def finish_jobs() -> None:
    """Return when no job is due any more. Raises TimeoutError after a minute."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        run_queued_jobs()
        due = DBTaskResult.objects.filter(status__in=UNDER_WAY)
        if not due.exclude(run_after__gt=timezone.now()).exists():
            return
        time.sleep(0.1)
    raise TimeoutError("jobs are still running")
