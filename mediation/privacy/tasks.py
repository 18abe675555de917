from django_tasks import task

from mediation.privacy.models import Erasure, ErasureRequest
from mediation.privacy.services import news
from mediation.privacy.services.erasing import try_to_carry_out


@task()
def carry_out_erasure(erasure_id: str) -> None:
    try_to_carry_out(erasure=Erasure.objects.get(pk=erasure_id))


@task()
def send_certificate(erasure_id: str, user_id: str) -> None:
    news.send_certificate(erasure=Erasure.objects.get(pk=erasure_id), user_id=user_id)


@task()
def ask_other_side(request_id: str) -> None:
    rows = ErasureRequest.objects.select_related("case", "participant")
    news.ask_other_side(request=rows.get(pk=request_id))
