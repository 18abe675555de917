"""Small traces that belong to no case and go by themselves."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from mediation.accounts.services import forget_old_codes
from mediation.accounts.services.passkeys import forget_old_challenges
from mediation.cases.models import Case
from mediation.privacy.models import Erasure

JOBS_KEPT = timedelta(days=1)
FAILED_JOBS_KEPT = timedelta(days=30)
LAST_ERASURE_KEPT = timedelta(days=30)


@transaction.atomic
def forget_traces() -> None:
    """Sessions that are over, jobs that are done, used codes and challenges, and the erasures of
    cases that no longer exist.
    """
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    jobs = DBTaskResult.objects
    jobs.successful().filter(finished_at__lt=now - JOBS_KEPT).delete()
    jobs.failed().filter(finished_at__lt=now - FAILED_JOBS_KEPT).delete()
    forget_old_codes()
    forget_old_challenges()
    last = Erasure.objects.filter(finished_at__lt=now - LAST_ERASURE_KEPT)
    last.exclude(case_id__in=Case.objects.values("pk")).delete()
