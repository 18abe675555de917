"""That the mediator made sure who somebody is."""

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import lifecycle as cases
from mediation.cases.models import Case, Participant
from mediation.core.errors import InvalidInput, require
from mediation.proceedings import access
from mediation.proceedings.enums import IdentityMethod
from mediation.proceedings.models import IdentityCheck


@transaction.atomic
def confirm_identity(
    *, actor: User, case: Case, participant: Participant, method: IdentityMethod
) -> IdentityCheck:
    """The mediator confirms who somebody is, and how they know (在线调解规则 17). Nothing of what
    they looked at is kept. A later confirmation corrects an earlier one; the same again is none.

    Raises Forbidden or ConsentMissing, and InvalidInput for anybody but a person of a side.
    """
    case = cases.lock(case)
    mediator = access.require_mediator(actor, case)
    access.require_going_on(case)
    of_sides = case.participants.active().filter(side__isnull=False)
    require(of_sides.filter(pk=participant.pk).exists(), InvalidInput)
    require(method in IdentityMethod.values, InvalidInput)
    latest = case.identity_checks.filter(participant=participant).last()
    if latest is not None and latest.method == method:
        return latest
    check = IdentityCheck.objects.create(
        case=case,
        participant=participant,
        mediator=mediator,
        method=method,
        checked_at=timezone.now(),
    )
    audit.record(actor=actor, action="identity.confirmed", target=check, case_id=case.pk)
    return check
