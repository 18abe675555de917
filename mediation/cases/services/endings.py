"""The note that a mediation took place and ended without an agreement, for a side to show."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access
from mediation.cases.models import Case
from mediation.core.errors import WrongState, require
from mediation.vault import services as vault

SCHEMA = "heyi-ending-note-1"
SAYS = "A mediation took place and ended without an agreement."


@transaction.atomic
def note_of_ending(*, actor: User, case: Case) -> dict[str, Any]:
    """The signed note, made for whoever asks and kept nowhere. It is the same for every ending
    without an agreement: it names neither people nor who ended it, and gives no reason. A new
    fact in it is a decision about confidentiality (Uniform Mediation Act 7(b)).

    Raises Forbidden for all but parties, and WrongState where there is nothing of the kind to note.
    """
    require(access.is_party(actor, case))
    require(access.ended_without_agreement(case), WrongState)
    audit.record(actor=actor, action="ending.noted", target=case, case_id=case.pk)
    return vault.sign_statement(
        statement={
            "schema": SCHEMA,
            "case": case.number,
            "says": SAYS,
            "started_on": _day(case.mediation_started_at),
            "ended_on": _day(case.closed_at),
            "issued_by": {"centre": case.center.name, "platform": settings.SITE_NAME},
        }
    )


def _day(moment: datetime | None) -> str:
    """The day on the installation's own clock, as 2026-11-22."""
    assert moment is not None
    return timezone.localdate(moment, timezone.get_default_timezone()).isoformat()
