from django_tasks import task

from mediation.matching import services
from mediation.matching.models import Assignment


def _assignment(pk: str) -> Assignment:
    return Assignment.objects.select_related("case", "mediator").get(pk=pk)


@task()
def send_proposal(assignment_id: str) -> None:
    services.send_proposal(assignment=_assignment(assignment_id))


@task()
def send_another_mediator(assignment_id: str) -> None:
    services.send_another_mediator(assignment=_assignment(assignment_id))
