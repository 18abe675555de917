"""Centres and who works in them. Until the pages for coordinators exist, the commands
`manage.py add_center` and `manage.py add_member` are the doors.
"""

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center, Membership


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
