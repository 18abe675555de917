from django_tasks import task

from mediation.cases.models import Case
from mediation.rooms import services


@task()
def open_rooms(case_id: str) -> None:
    services.open_rooms(case=Case.objects.get(pk=case_id))
