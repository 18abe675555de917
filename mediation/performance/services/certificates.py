"""The signed statement that a settlement was performed, for either side to keep or to show."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.core.errors import WrongState, require
from mediation.performance import access
from mediation.performance.lines import performed_at
from mediation.performance.selectors import lines_for
from mediation.settlements.models import Settlement
from mediation.settlements.selectors.amendments import given_sha256
from mediation.vault import services as vault

SCHEMA = "heyi-performance-certificate-1"


@transaction.atomic
def certify_performance(*, actor: User, settlement: Settlement) -> dict[str, Any]:
    """The statement, made for whoever asks and kept nowhere: the same one each time, as a
    confirmation is final. It names the settlement and its hash, and the later agreement where one
    took its place, and nothing of what is in it.

    Raises Forbidden, and WrongState before every line is confirmed.
    """
    require(access.settlements_tracked_by(actor).filter(pk=settlement.pk).exists())
    at = performed_at(lines_for(actor, settlement))
    if at is None:
        raise WrongState
    case = settlement.case
    replaced = {"replaced_by": settlement.replaced_by} if settlement.replaced_by else {}
    audit.record(actor=actor, action="performance.certified", target=settlement, case_id=case.pk)
    return vault.sign_statement(
        statement={
            "schema": SCHEMA,
            "agreement_no": settlement.number,
            "settlement_sha256": given_sha256(settlement),
            "performed_on": timezone.localdate(at, timezone.get_default_timezone()).isoformat(),
            **replaced,
            "says": "Each side confirmed that what the other one undertook was done.",
            "issued_by": {"centre": case.center.name, "platform": settings.SITE_NAME},
        }
    )
