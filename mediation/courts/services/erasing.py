"""Destroying what is known of releases, together with the settlement they were about."""

from django.db import transaction

from mediation.cases.models import Case
from mediation.courts.models import Delivery, Release


@transaction.atomic
def erase_releases(*, case: Case) -> dict[str, int]:
    """Remove the case's releases and the list of who fetched them. The court keeps its copy."""
    deliveries, _by_model = Delivery.objects.filter(release__case=case).delete()
    releases, _by_model = Release.objects.filter(case=case).delete()
    return {"releases": releases, "deliveries": deliveries}
