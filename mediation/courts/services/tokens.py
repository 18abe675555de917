"""Keys to the API for a court's own systems: made, found and revoked.

A token is `heyi_<prefix>_<secret>`: the prefix finds the row, the whole is compared by its hash.
It is shown once. OWASP ASVS 5.0, 13.2.1: no key between services stays the same for ever.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.audit import services as audit
from mediation.core.errors import InvalidInput
from mediation.courts.enums import Scope
from mediation.courts.models import ApiToken, Court

LONGEST_LIFE = timedelta(days=90)
PREFIX_BYTES = 4
SECRET_BYTES = 32
SHAPE = re.compile(r"heyi_(?P<prefix>[0-9a-f]{8})_[0-9a-f]{64}")


@transaction.atomic
def make_token(
    *, court: Court, label: str, scopes: Collection[Scope], lifetime: timedelta = LONGEST_LIFE
) -> tuple[ApiToken, str]:
    """A new token and its clear text, which is nowhere else. For the operator's command only.

    Raises InvalidInput for no scope, or a life that is not between nothing and 90 days.
    """
    if not scopes or not timedelta(0) < lifetime <= LONGEST_LIFE:
        raise InvalidInput(_("A token needs a scope, and a life of at most 90 days."))
    prefix = secrets.token_hex(PREFIX_BYTES)
    clear = f"heyi_{prefix}_{secrets.token_hex(SECRET_BYTES)}"
    token = ApiToken.objects.create(
        court=court,
        label=label,
        prefix=prefix,
        token_hash=_hash(clear),
        scopes=sorted(set(scopes)),
        expires_at=timezone.now() + lifetime,
    )
    audit.record_system(action="token.made", target=token, days=lifetime.days)
    return token, clear


@transaction.atomic
def revoke_token(*, token: ApiToken) -> ApiToken:
    """The token opens nothing from now on. Doing it twice is the same as once."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record_system(action="token.revoked", target=token)
    return token


def find_token(*, presented: str) -> ApiToken | None:
    """The token in force with this clear text. The answer takes as long for a wrong secret as for
    an unknown, expired or revoked token.
    """
    shape = SHAPE.fullmatch(presented)
    if shape is None:  # never one of ours; also keeps what no database takes out of the query
        return None
    token = ApiToken.objects.select_related("court").filter(prefix=shape["prefix"]).first()
    expected = token.token_hash if token else _hash("")
    is_right = hmac.compare_digest(expected, _hash(presented))
    return token if token and is_right and _is_in_force(token) else None


def _is_in_force(token: ApiToken) -> bool:
    return token.revoked_at is None and token.expires_at > timezone.now()


def _hash(clear: str) -> str:
    return hashlib.sha256(clear.encode()).hexdigest()
