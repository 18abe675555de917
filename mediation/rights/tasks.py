from django_tasks import task

from mediation.rights.models import RightsRequest
from mediation.rights.services import news


def _request(pk: str) -> RightsRequest:
    return RightsRequest.objects.select_related("center", "user").get(pk=pk)


@task()
def tell_officers(request_id: str) -> None:
    news.tell_officers(request=_request(request_id))


@task()
def tell_person(request_id: str) -> None:
    news.tell_person(request=_request(request_id))
