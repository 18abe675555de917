from django_tasks import task

from mediation.cases.models import Case
from mediation.holds.models import Hold
from mediation.rooms import services
from mediation.rooms.services import telling


@task()
def open_rooms(case_id: str) -> None:
    services.open_rooms(case=Case.objects.get(pk=case_id))


@task()
def tell_of_hold(hold_id: str, what: str) -> None:
    hold = Hold.objects.select_related("case__center").get(pk=hold_id)
    telling.tell_of_hold(hold=hold, what=what)
