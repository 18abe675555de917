"""People: becoming known by an address, and proving again that it is you."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import ConfirmationCode, User
from mediation.audit import services as audit
from mediation.core.errors import DomainError, TooMany
from mediation.mail import services as mail

CODE_LIFETIME = timedelta(minutes=10)  # ASVS 6.5.5: no longer than ten minutes
CODES_PER_HOUR = 10


class WrongCode(DomainError):
    """The confirmation code is wrong, used, too old, or was tried too often."""

    code = "wrong_code"
    status = 403
    title = _("This code does not work")
    message = _("The code is wrong or too old. Ask for a new one and enter it within 10 minutes.")


@transaction.atomic
def find_or_create_person(*, email: str, language: str) -> User:
    """The person with this address; made when new. The address counts only once a code sent to
    it was entered.
    """
    known = User.objects.filter(email__iexact=email).first()
    if known:
        return known
    person = User(email=User.objects.normalize_email(email).lower(), language=language)
    person.set_unusable_password()
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=False)
    return person


@transaction.atomic
def update_profile(*, actor: User, display_name: str, language: str, time_zone: str) -> User:
    """Change how the person is named, spoken to and which clock they see."""
    actor.display_name = display_name.strip()
    actor.language = language
    actor.time_zone = time_zone
    actor.save(update_fields=["display_name", "language", "time_zone"])
    return actor


@transaction.atomic
def choose_language(*, actor: User, language: str) -> User:
    """Remember the language a person switched to, for mails and the next visit."""
    actor.language = language
    actor.save(update_fields=["language"])
    return actor


def has_proven_address(*, user: User, email: str) -> bool:
    """Whether this person entered a code that was sent to exactly this address."""
    proven = EmailAddress.objects.filter(user=user, email__iexact=email, verified=True)
    return bool(proven.exists())


@transaction.atomic
def send_confirmation_code(*, actor: User, purpose: str, subject: str) -> ConfirmationCode:
    """Mail the person a six-digit code for one act. Earlier codes for it end. Raises TooMany."""
    now = timezone.now()
    recent = ConfirmationCode.objects.filter(user=actor, created_at__gt=now - timedelta(hours=1))
    if recent.count() >= CODES_PER_HOUR:
        raise TooMany
    _open_codes(actor, purpose, subject).update(attempts_left=0)
    digits = f"{secrets.randbelow(10**6):06d}"
    row = ConfirmationCode(
        user=actor, purpose=purpose, subject=subject, created_at=now, expires_at=now + CODE_LIFETIME
    )
    row.code_hash = _hash(row, digits)
    row.save()
    send = partial(
        mail.send_mail,
        kind="accounts/confirmation_code",
        to=actor.email,
        language=actor.language,
        context={"code": digits},
        key=f"code:{row.pk}",
    )
    transaction.on_commit(send)
    return row


def check_confirmation_code(*, actor: User, purpose: str, subject: str, code: str) -> None:
    """Use up the code for this act, in a transaction of its own so that a wrong attempt counts
    even though it ends in an error. Doors call it before the act. Raises WrongCode.
    """
    with transaction.atomic():
        row = _open_codes(actor, purpose, subject).select_for_update().order_by("created_at").last()
        right = row is not None and hmac.compare_digest(row.code_hash, _hash(row, code.strip()))
        if row is not None and right:
            row.used_at = timezone.now()
            row.save(update_fields=["used_at"])
            audit.record(actor=actor, action="sign_in.confirmed", target=row)
        elif row is not None:
            row.attempts_left -= 1
            row.save(update_fields=["attempts_left"])
    if not right:
        raise WrongCode


def _open_codes(actor: User, purpose: str, subject: str) -> QuerySet[ConfirmationCode]:
    return ConfirmationCode.objects.filter(
        user=actor,
        purpose=purpose,
        subject=subject,
        used_at=None,
        attempts_left__gt=0,
        expires_at__gt=timezone.now(),
    )


def _hash(row: ConfirmationCode, digits: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"{row.pk}|{row.subject}|{digits}".encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def forget_unproven_people() -> int:
    """The clock: drop accounts whose address nobody proved within a day, with no part anywhere."""
    limit = timezone.now() - timedelta(days=1)
    unproven = User.objects.filter(date_joined__lt=limit, last_login=None).exclude(
        emailaddress__verified=True
    )
    # Somebody whom an operator made a clerk or mediator, and who has not come yet, has a part.
    unproven = unproven.filter(memberships=None, court_memberships=None, participations=None)
    return unproven.delete()[0]


@transaction.atomic
def forget_old_codes() -> int:
    """The clock: drop confirmation codes a day after they ended."""
    ended = ConfirmationCode.objects.filter(expires_at__lt=timezone.now() - timedelta(days=1))
    return ended.delete()[0]
