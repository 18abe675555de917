from uuid import UUID

from django_tasks import task

from mediation.offers.models import Offer, SealedRound
from mediation.offers.services import offers, rounds


@task()
def send_news(case_id: str, offer_id: str, kind: str, but: str) -> None:
    offer = Offer.objects.select_related("case").get(pk=offer_id, case__pk=case_id)
    offers.send_news(offer=offer, kind=kind, but=UUID(but))


@task()
def send_round_news(case_id: str, round_id: str, kind: str, but: str) -> None:
    row = SealedRound.objects.select_related("case").get(pk=round_id, case__pk=case_id)
    rounds.send_round_news(row=row, kind=kind, but=UUID(but))
