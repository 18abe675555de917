"""Offers made by the real services."""

from decimal import Decimal
from uuid import uuid4

from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.offers.models import Offer
from mediation.offers.selectors import OfferTerms
from mediation.offers.services import offers as services
from mediation.offers.services.offers import Draft

TERMS = OfferTerms(payer="B", amount=Decimal("900.00"), currency="EUR", words="In two parts.")


def draft(*, terms: OfferTerms = TERMS, valid_days: int = 7) -> Draft:
    return Draft(uuid4(), terms, valid_days)


def make_offer(actor: User, case: Case, **options) -> Offer:
    return services.make_offer(actor=actor, case=case, draft=draft(**options))


def fresh(offer: Offer) -> Offer:
    """The row as it is now, as a page would load it."""
    return Offer.objects.select_related("case", "side", "counter_to").get(pk=offer.pk)
