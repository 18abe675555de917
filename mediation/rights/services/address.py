"""Correcting the address somebody signs in with who cannot read the mailbox any more.

Whoever reads the mailbox is the person, for all this installation knows. So an operator does it,
and only for two people of one centre who know who it is and answer for it with their names.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from mediation.accounts.models import User
from mediation.accounts.services import AddressTaken, mail_about, replace_address
from mediation.accounts.services.passkeys import end_passkeys
from mediation.audit import services as audit
from mediation.core.errors import InvalidInput, require
from mediation.rights import access
from mediation.rights.enums import AddressReason


@dataclass(frozen=True)
class Vouched:
    """Who asked for it, who confirmed it, and why."""

    asked_by: User
    confirmed_by: User
    reason: AddressReason


def correct_address(*, user: User, email: str, vouched: Vouched) -> User:
    """Have the person sign in with `email` from now on. All their sessions, open codes and passkeys
    end. The former and the new mailbox are told, and the two who answer for it.

    Raises Forbidden unless both may vouch for the person, InvalidInput when they are one or the
    address is the present one, and AddressTaken.
    """
    require(vouched.asked_by != vouched.confirmed_by, InvalidInput)
    try:
        return _correct(user, email, vouched)
    except IntegrityError as error:  # somebody became known by it at the same moment
        raise AddressTaken from error


@transaction.atomic
def _correct(user: User, email: str, vouched: Vouched) -> User:
    require(access.can_vouch(vouched.asked_by, vouched.confirmed_by, user))
    user, former = replace_address(user=user, email=email, is_proven=False)
    entry = audit.record_system(
        action="address.corrected",
        target=user,
        asked_by=vouched.asked_by.pk,
        confirmed_by=vouched.confirmed_by.pk,
        reason=vouched.reason,
        passkeys=end_passkeys(user=user),
    )
    mail_about(user, "address_corrected", key=f"corrected:{entry.pk}:old", to=former)
    mail_about(user, "address_corrected_new", key=f"corrected:{entry.pk}:new")
    for one in (vouched.asked_by, vouched.confirmed_by):
        mail_about(one, "address_vouched", key=f"corrected:{entry.pk}:{one.pk}")
    return user
