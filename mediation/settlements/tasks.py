from django_tasks import task

from mediation.settlements.models import Settlement
from mediation.settlements.services import news, revisions, sealing, signing


def _settlement(pk: str) -> Settlement:
    return Settlement.objects.select_related("case").get(pk=pk)


@task()
def prepare_document(settlement_id: str) -> None:
    signing.prepare_document(settlement=_settlement(settlement_id))


@task()
def seal_document(settlement_id: str) -> None:
    sealing.seal_document(settlement=_settlement(settlement_id))


@task()
def destroy_dropped_files(case_id: str) -> None:
    revisions.destroy_dropped_files(case_id=case_id)


@task()
def send_news(settlement_id: str, kind: str, moment: str) -> None:
    news.send_news(settlement=_settlement(settlement_id), kind=kind, moment=moment)
