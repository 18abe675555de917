"""Centres, who works in them and how long they keep what. Until the pages for coordinators exist,
the commands `manage.py add_center` and `manage.py add_member` are the doors to the first two.
"""

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.centers import access
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center, Membership, PeriodChange
from mediation.centers.selectors import periods_of
from mediation.core.errors import InvalidInput, require
from mediation.profiles.selectors import Periods, profile_named


class PeriodNotAllowed(InvalidInput):
    """A period is outside what the rule profile allows, or dates would go before content."""

    code = "period_not_allowed"
    message = _("The rules of this centre's place do not allow one of these periods.")


@transaction.atomic
def open_center(
    *,
    name: str,
    name_en: str,
    kind: str,
    registration_no: str,
    seat: str,
    profile: str,
) -> Center:
    """Register a centre, once per registration number. The operator's act, hence no actor."""
    center, made = Center.objects.get_or_create(
        registration_no=registration_no,
        defaults={
            "name": name,
            "name_en": name_en,
            "kind": kind,
            "seat": seat,
            "profile": profile,
        },
    )
    if made:
        audit.record_system(action="center.opened", target=center)
    return center


@transaction.atomic
def add_member(*, center: Center, user: User, role: CenterRole) -> Membership:
    """Give a person a role in the centre; does nothing when they have it."""
    membership, made = Membership.objects.get_or_create(
        center=center, user=user, role=role, ended_at=None
    )
    if made:
        audit.record_system(action="membership.started", target=membership, role=role)
    return membership


@transaction.atomic
def end_membership(*, membership: Membership) -> Membership:
    """Take the role away from now on; what the person did stays on record."""
    membership.ended_at = timezone.now()
    membership.save(update_fields=["ended_at"])
    audit.record_system(action="membership.ended", target=membership)
    return membership


@transaction.atomic
def change_periods(*, actor: User | None, center: Center, periods: Periods) -> list[PeriodChange]:
    """Set how long cases begun from now on are kept; what stays the same makes no change. Cases
    begun before keep the periods they began with (docs/decisions/0026).

    `actor` is the centre's privacy officer, or None for the operator at the command line. Raises
    Forbidden, and PeriodNotAllowed for days outside the profile's bounds or a shell that would go
    before what is in it.
    """
    center = Center.objects.select_for_update().get(pk=center.pk)
    require(actor is None or access.is_privacy_officer_at(actor, center))
    before = periods_of(center)
    _check_periods(center, {ending: {**before[ending], **periods[ending]} for ending in periods})
    return [
        _change_period(actor, center, ending, name, days)
        for ending, named in periods.items()
        for name, days in named.items()
        if days != before[ending][name]
    ]


def _check_periods(center: Center, wanted: Periods) -> None:
    bounds = profile_named(center.profile).bounds
    for ending, named in wanted.items():
        for name, days in named.items():
            shortest, longest = bounds[ending][name]
            require(shortest <= days <= longest, PeriodNotAllowed)
        require(named["shell"] == max(named.values()), PeriodNotAllowed)


def _change_period(
    actor: User | None, center: Center, ending: str, compartment: str, days: int
) -> PeriodChange:
    change: PeriodChange = PeriodChange.objects.create(
        center=center,
        outcome_class=ending,
        compartment=compartment,
        days=days,
        changed_at=timezone.now(),
    )
    record = audit.record_system if actor is None else partial(audit.record, actor=actor)
    record(
        action="center.period_changed",
        target=change,
        ending=ending,
        compartment=compartment,
        days=days,
    )
    return change
