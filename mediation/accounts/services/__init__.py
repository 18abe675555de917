"""People: becoming known by an address, and proving again that it is you."""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import ConfirmationCode, User
from mediation.audit import services as audit
from mediation.core import realtime
from mediation.core.errors import DomainError, InvalidInput, TooMany, require
from mediation.core.limits import count_try
from mediation.mail import services as mail

CODE_LIFETIME = timedelta(minutes=10)  # ASVS 6.5.5: no longer than ten minutes
CODES_PER_HOUR = 10
NEW_ADDRESSES_PER_DAY = 5
# What the two codes of a change of address are for: one goes to each address.
OLD_ADDRESS, NEW_ADDRESS = "old_address", "new_address"


class WrongCode(DomainError):
    """The confirmation code is wrong, used, too old, or was tried too often. Where an act takes
    several codes, `purposes` says which are wrong.
    """

    code = "wrong_code"
    status = 403
    title = _("This code does not work")
    message = _("The code is wrong or too old. Ask for a new one and enter it within 10 minutes.")

    def __init__(self, purposes: Collection[str] = ()) -> None:
        super().__init__()
        self.purposes = frozenset(purposes)


class AddressTaken(DomainError):
    """An account with the new address was made between asking for the codes and entering them."""

    code = "address_taken"
    title = _("This address has an account already")
    message = _("Somebody who reads this mailbox has an account by now. Sign in with the address.")


@transaction.atomic
def find_or_create_person(*, email: str, language: str) -> User:
    """The person with this address; made when new. The address counts only once a code sent to
    it was entered.
    """
    known = User.objects.filter(email__iexact=email).first()
    if known:
        return known
    person = User(email=_as_stored(email), language=language)
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
def send_confirmation_code(
    *, actor: User, purpose: str, subject: str, letter: str = "confirmation_code"
) -> ConfirmationCode:
    """Mail the person a six-digit code for one act. Earlier codes for it end. Raises TooMany."""
    row, digits = _make_code(actor, purpose, subject)
    _mail(actor, letter, {"code": digits}, key=f"code:{row.pk}")
    return row


def _make_code(actor: User, purpose: str, subject: str) -> tuple[ConfirmationCode, str]:
    """A stored code and its digits, which are stored nowhere. Raises TooMany."""
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
    return row, digits


def _mail(
    reader: User, kind: str, context: dict[str, str], *, key: str, to: str = "", quiet: bool = False
) -> None:
    """Send a letter after commit, to `to` or where the reader signs in. When it is `quiet`, a mail
    server that refuses it is no reason for the page to fail: what it tells of has happened.
    """
    send = partial(
        mail.send_mail,
        kind=f"accounts/{kind}",
        to=to or reader.email,
        language=reader.language,
        context=context,
        key=key,
    )

    def after_commit() -> None:  # Django logs a failure by this name; a partial has none
        send()

    transaction.on_commit(after_commit, robust=quiet)


def mail_about(reader: User, kind: str, *, key: str, to: str = "") -> None:
    """Tell somebody after commit what happened to their account, at `to` or where they sign in."""
    _mail(reader, kind, {}, key=key, to=to, quiet=True)


def check_confirmation_code(*, actor: User, purpose: str, subject: str, code: str) -> None:
    """Use up the code for this act, in a transaction of its own so that a wrong attempt counts
    even though it ends in an error. Doors call it before the act. Raises WrongCode.
    """
    if _wrong_codes(actor, subject, {purpose: code}):
        raise WrongCode


@transaction.atomic
def _wrong_codes(actor: User, subject: str, codes: Mapping[str, str]) -> set[str]:
    """Try the code of each purpose of one act; returns the purposes whose code is wrong. Each of
    those loses a try. All are used up together, when none is wrong.
    """
    rows = {purpose: _newest_code(actor, purpose, subject) for purpose in codes}
    right = {row for purpose, row in rows.items() if row and _is_right(row, codes[purpose])}
    if len(right) == len(codes):
        for row in right:
            row.used_at = timezone.now()
            row.save(update_fields=["used_at"])
            audit.record(actor=actor, action="sign_in.confirmed", target=row)
        return set()
    for row in set(filter(None, rows.values())) - right:
        row.attempts_left -= 1
        row.save(update_fields=["attempts_left"])
    return {purpose for purpose, row in rows.items() if row not in right}


def _newest_code(actor: User, purpose: str, subject: str) -> ConfirmationCode | None:
    rows = _open_codes(actor, purpose, subject).select_for_update()
    return rows.order_by("created_at").last()


def _is_right(row: ConfirmationCode, code: str) -> bool:
    return hmac.compare_digest(row.code_hash, _hash(row, code.strip()))


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
    return _unproven().filter(date_joined__lt=limit).delete()[0]


def _unproven() -> QuerySet[User]:
    """Accounts nobody has come into, with no part anywhere: anybody can make one by typing an
    address. Somebody whom an operator made a clerk or mediator, and who has not come yet, has one.
    """
    unproven = User.objects.filter(last_login=None).exclude(emailaddress__verified=True)
    return unproven.filter(memberships=None, court_memberships=None, participations=None)


@transaction.atomic
def forget_old_codes() -> int:
    """The clock: drop confirmation codes a day after they ended."""
    ended = ConfirmationCode.objects.filter(expires_at__lt=timezone.now() - timedelta(days=1))
    return ended.delete()[0]


# --- Another address --------------------------------------------------------------------------


@transaction.atomic
def ask_for_another_address(*, actor: User, email: str) -> None:
    """Mail a code to the address the person signs in with, and one to the one they want to use
    from now on. Whether that one has an account already changes nothing but what its own reader is
    told: no code is in that letter, and so none will be right.

    Raises InvalidInput for the present address, and TooMany.
    """
    email = _as_stored(email)
    require(email != actor.email.lower(), InvalidInput)
    count_try("new_address", str(actor.pk), limit=NEW_ADDRESSES_PER_DAY, seconds=86400)
    subject = _address_subject(email)
    old, digits = _make_code(actor, OLD_ADDRESS, subject)
    _mail(actor, "old_address_code", {"code": digits}, key=f"code:{old.pk}")
    new, digits = _make_code(actor, NEW_ADDRESS, subject)
    owner = _owner_of(email)
    if owner is None:
        _mail(actor, "new_address_code", {"code": digits}, key=f"code:{new.pk}", to=email)
    else:
        _mail(owner, "address_in_use", {}, key=f"code:{new.pk}")


def confirm_and_change_address(*, actor: User, email: str, old_code: str, new_code: str) -> User:
    """Have the person sign in with another address from now on, and with the former one no more.

    Every session of theirs ends with its sockets, also the one that asks (its door begins another),
    and so does every code that waits in the former mailbox, which is told. Raises WrongCode or
    AddressTaken.
    """
    email = _as_stored(email)
    codes = {OLD_ADDRESS: old_code, NEW_ADDRESS: new_code}
    wrong = _wrong_codes(actor, _address_subject(email), codes)
    if wrong:
        raise WrongCode(wrong)
    try:
        return _change_address(actor, email)
    except IntegrityError as error:  # somebody became known by it at the same moment
        raise AddressTaken from error


@transaction.atomic
def _change_address(actor: User, email: str) -> User:
    user, former = replace_address(user=actor, email=email, is_proven=True)
    entry = audit.record(actor=user, action="address.changed", target=user)
    mail_about(user, "address_changed", key=f"address:{entry.pk}", to=former)
    return user


@transaction.atomic
def replace_address(*, user: User, email: str, is_proven: bool) -> tuple[User, str]:
    """Have an account signed in to with another address, `is_proven` when a code that was sent
    there has been entered. Every session and every open code of the person ends. Returns them
    and their former address; the caller records it and tells that one.

    Raises InvalidInput for the present address, AddressTaken for somebody else's.
    """
    user, email = User.objects.select_for_update().get(pk=user.pk), _as_stored(email)
    require(email != user.email.lower(), InvalidInput)
    require(_owner_of(email) is None, AddressTaken)
    _unproven().filter(email__iexact=email).delete()
    former, user.email = user.email, email
    user.set_unusable_password()  # ends what sessions are begun while this goes on: see below
    user.save(update_fields=["email", "password"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=is_proven)
    open_codes = ConfirmationCode.objects.filter(user=user, used_at=None)
    open_codes.update(attempts_left=0)
    _end_sessions(user)
    realtime.publish("access.changed")
    return user, former


def _end_sessions(user: User) -> None:
    """Sign the person out everywhere. Sessions are not stored by person, so all that are alive are
    looked through: some tens of microseconds each, for an act of once in years. Django lets no
    session live that was begun with another (here: unusable) password than the account's.
    """
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    mine = [row.pk for row in alive.iterator() if _is_of(row, user)]
    Session.objects.filter(pk__in=mine).delete()


def _is_of(session: Session, user: User) -> bool:
    return session.get_decoded().get(SESSION_KEY) == str(user.pk)


def _owner_of(email: str) -> User | None:
    """Who signs in with this address, or has a part under it; not an account nobody came into."""
    known = User.objects.filter(email__iexact=email)
    return known.exclude(pk__in=_unproven()).first()


def _address_subject(email: str) -> str:
    """What the two codes are bound to: this address and no other one."""
    return hashlib.sha256(f"address|{email}".encode()).hexdigest()


def _as_stored(email: str) -> str:
    return User.objects.normalize_email(email).lower()
