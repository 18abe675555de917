"""Keeping something without using it: GDPR 18, and PIPL 47 for what is held beyond its date.

The vault gives out no key of what is restricted. Tables say what is to be so; the key ring, which
is no part of their transaction, follows after each commit and with every sweep.
"""

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import require_party
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case
from mediation.core.errors import WrongState, require
from mediation.holds.access import cases_kept_apart
from mediation.holds.enums import RestrictionReason
from mediation.holds.models import Restriction
from mediation.holds.selectors import past_their_date, to_keep_apart
from mediation.vault import services as vault


def follow_holds(*, case: Case) -> None:
    """Have the vault close and open again what the case's holds and restrictions say now."""
    with transaction.atomic():
        case = lock(case)
        wanted = to_keep_apart(case)
        now = set(vault.restricted_compartments(case_id=case.pk))
        vault.restrict(case_id=case.pk, compartments=wanted - now)
        # What is past its date is the sweep's to destroy: nobody reads it between the two.
        lifted = now - wanted - past_their_date(case)
        vault.lift_restriction(case_id=case.pk, compartments=lifted)


def follow_all() -> None:
    """The clock: the same for every case with a hold or restriction."""
    for case in cases_kept_apart():
        follow_holds(case=case)


@transaction.atomic
def restrict_own(*, actor: User, case: Case, reason: RestrictionReason) -> Restriction:
    """A party has their private part kept and not used, from now on, by anybody: themselves, the
    mediator, the service. Raises Forbidden for all but parties, WrongState while the case is open
    (a private talk nobody can read cannot go on) or when it is so already.
    """
    part = require_party(actor, case)
    case = lock(case)
    assert part.side is not None
    require(not case.is_open, WrongState)
    compartment = part.side.caucus
    require(compartment not in to_keep_apart(case), WrongState)
    if compartment in vault.closed_compartments(case_id=case.pk):
        raise vault.KeyDestroyed
    made = Restriction.objects.create(
        case=case,
        participant=part,
        compartment=compartment,
        reason=reason,
        since=timezone.now(),
    )
    audit.record(actor=actor, action="restriction.placed", target=made, case_id=case.pk)
    transaction.on_commit(lambda: follow_holds(case=case), robust=True)
    return made


@transaction.atomic
def lift_own(*, actor: User, case: Case) -> Restriction:
    """The person ends their restriction. Raises Forbidden, or WrongState where there is none."""
    part = require_party(actor, case)
    case = lock(case)
    row = Restriction.objects.filter(participant=part, ended_at=None).first()
    if row is None:
        raise WrongState
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    audit.record(actor=actor, action="restriction.lifted", target=row, case_id=case.pk)
    transaction.on_commit(lambda: follow_holds(case=case), robust=True)
    return row
