from django_tasks import task

from mediation.holds.models import Hold
from mediation.holds.services import news


def _hold(pk: str) -> Hold:
    return Hold.objects.select_related("case__center").get(pk=pk)


@task()
def tell_people(hold_id: str, what: str) -> None:
    news.tell_people(hold=_hold(hold_id), what=what)


@task()
def ask_second_person(hold_id: str) -> None:
    news.ask_second_person(hold=_hold(hold_id))
