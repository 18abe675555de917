from uuid import UUID

from django_tasks import task

from mediation.offers import services
from mediation.offers.models import Offer


@task()
def send_news(case_id: str, offer_id: str, kind: str, but: str) -> None:
    offer = Offer.objects.select_related("case").get(pk=offer_id, case__pk=case_id)
    services.send_news(offer=offer, kind=kind, but=UUID(but))
