"""Passkeys: adding and removing them after a fresh check, and being recognised by one.

Each thing a passkey signs is a challenge of ours: 32 random octets kept here, for one act and one
subject, used up by the first answer to it, right or wrong.
"""

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts import webauthn
from mediation.accounts.models import ConfirmationCode, Passkey, PasskeyChallenge, User
from mediation.accounts.services import (
    CODE_LIFETIME,
    check_confirmation_code,
    mail_about,
    send_confirmation_code,
)
from mediation.audit import services as audit
from mediation.core.errors import DomainError, Forbidden, InvalidInput, require
from mediation.core.limits import count_try

CHALLENGE_LIFETIME = timedelta(minutes=5)
CHALLENGES_PER_HOUR = 60
MOST_PASSKEYS = 10
MOST_NAME = 60
CHANGE, ADD, SIGN_IN = "passkeys", "passkey_add", "sign_in"  # what codes and challenges are for


class PasskeyRefused(DomainError):
    """What came back is no proof by a passkey of this person, for this act, asked for just now."""

    code = "passkey_refused"
    status = 403
    title = _("The passkey was not accepted")
    message = _("Please try once more. A code by e-mail works as well.")


class NotFresh(DomainError):
    """Nobody entered a code in this browser within the last minutes."""

    code = "not_fresh"
    status = 403
    title = _("Please confirm that it is you")
    message = _("Ask for a code by e-mail and enter it. After that you have ten minutes.")


class TooManyPasskeys(DomainError):
    """A person has ten passkeys at most."""

    code = "too_many_passkeys"
    title = _("You have ten passkeys")
    message = _("Remove one that you no longer use, then add the new one.")


# --- A fresh check before anything changes ------------------------------------------------------


def send_code(*, actor: User, session: str) -> None:
    """Mail the code that changing one's passkeys takes, in this session only. Raises TooMany."""
    subject = _subject(session)
    send_confirmation_code(actor=actor, purpose=CHANGE, subject=subject, letter="passkey_code")


def confirm(*, actor: User, session: str, code: str) -> None:
    """Use up the code; from now on for some minutes passkeys can be changed. Raises WrongCode."""
    check_confirmation_code(actor=actor, purpose=CHANGE, subject=_subject(session), code=code)


def is_fresh(*, actor: User, session: str) -> bool:
    """Whether this person entered a code in this session within the last minutes."""
    codes = ConfirmationCode.objects.filter(
        user=actor,
        purpose=CHANGE,
        subject=_subject(session),
        used_at__gt=timezone.now() - CODE_LIFETIME,
    )
    return codes.exists()


def _subject(session: str) -> str:
    return hashlib.sha256(f"{CHANGE}|{session}".encode()).hexdigest()


# --- Adding, naming, removing -------------------------------------------------------------------


def begin_adding(*, actor: User, session: str) -> dict[str, Any]:
    """What the browser needs to make a passkey. Raises NotFresh, TooManyPasskeys, TooMany."""
    require(is_fresh(actor=actor, session=session), NotFresh)
    require(actor.passkeys.count() < MOST_PASSKEYS, TooManyPasskeys)
    row = _new_challenge(actor, ADD, _subject(session))
    owner = webauthn.Owner(actor.pk.bytes, actor.email, actor.display_name or actor.email)
    return webauthn.creation_options(owner, bytes(row.challenge), _ids(actor))


def add_passkey(*, actor: User, session: str, name: str, answer: str) -> Passkey:
    """Let the person sign in with the passkey just made; they are told by mail.

    Raises NotFresh, TooManyPasskeys, InvalidInput for an empty name, and PasskeyRefused, also for
    one that somebody has already.
    """
    require(is_fresh(actor=actor, session=session), NotFresh)
    challenge = _use_up(_open_challenges(actor, ADD, _subject(session)))
    try:
        made = webauthn.read_new(_parsed(answer), challenge)
        return _add(actor, _clean(name), made)
    except (webauthn.NotProven, IntegrityError) as error:
        raise PasskeyRefused from error


@transaction.atomic
def _add(actor: User, name: str, made: webauthn.Credential) -> Passkey:
    User.objects.select_for_update().get(pk=actor.pk)
    require(actor.passkeys.count() < MOST_PASSKEYS, TooManyPasskeys)
    passkey = Passkey.objects.create(
        user=actor,
        name=name,
        credential_id=made.id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        created_at=timezone.now(),
    )
    audit.record(actor=actor, action="passkey.added", target=passkey)
    mail_about(actor, "passkey_added", key=f"passkey-added:{passkey.pk}")
    return passkey


@transaction.atomic
def rename_passkey(*, actor: User, passkey: Passkey, name: str) -> Passkey:
    """Call it something else. Raises InvalidInput for an empty name."""
    require(passkey.user_id == actor.pk, Forbidden)
    passkey.name = _clean(name)
    passkey.save(update_fields=["name"])
    return passkey


@transaction.atomic
def remove_passkey(*, actor: User, session: str, passkey: Passkey) -> None:
    """From now on it proves nothing; its person is told by mail. Raises NotFresh."""
    require(passkey.user_id == actor.pk, Forbidden)
    require(is_fresh(actor=actor, session=session), NotFresh)
    audit.record(actor=actor, action="passkey.removed", target=passkey)
    mail_about(actor, "passkey_removed", key=f"passkey-removed:{passkey.pk}")
    passkey.delete()


@transaction.atomic
def end_passkeys(*, user: User) -> int:
    """From now on none of this person's proves anything; returns how many there were. The caller
    records it and tells the person.
    """
    count = user.passkeys.count()
    user.passkeys.all().delete()
    return count


def _clean(name: str) -> str:
    name = " ".join(name.split())
    require(0 < len(name) <= MOST_NAME, InvalidInput)
    return name


# --- Being recognised ---------------------------------------------------------------------------


def begin_sign_in() -> tuple[UUID, dict[str, Any]]:
    """A challenge for whoever wants to sign in, and what the browser needs; it tells nothing about
    anybody. The door keeps the id in the visitor's own session.
    """
    row = _new_challenge(None, SIGN_IN, "")
    return row.pk, webauthn.request_options(bytes(row.challenge))


def recognise(*, challenge_id: UUID, answer: str) -> User:
    """Whose passkey answered the challenge of this visitor. Raises PasskeyRefused."""
    rows = _open_challenges(None, SIGN_IN, "").filter(pk=challenge_id)
    return _proven(rows, Passkey.objects.filter(user__is_active=True), answer).user


def begin_confirmation(*, actor: User, purpose: str, subject: str) -> dict[str, Any]:
    """What the browser needs to have the person confirm one act. Raises TooMany, and
    PasskeyRefused for somebody without a passkey.
    """
    known = _ids(actor)
    require(bool(known), PasskeyRefused)
    row = _new_challenge(actor, purpose, subject)
    return webauthn.request_options(bytes(row.challenge), known)


def check_passkey(*, actor: User, purpose: str, subject: str, answer: str) -> None:
    """Use up the challenge for this act, in a transaction of its own so that a wrong answer counts
    even though it ends in an error. Doors call it before the act. Raises PasskeyRefused.
    """
    _proven(_open_challenges(actor, purpose, subject), actor.passkeys.all(), answer)


def fresh_answer(*, actor: User, purpose: str, subject: str) -> PasskeyChallenge | None:
    """The challenge for this act that a passkey the person still has answered minutes ago."""
    answered = PasskeyChallenge.objects.filter(
        user=actor,
        purpose=purpose,
        subject=subject,
        passkey__user=actor,
        used_at__gt=timezone.now() - CODE_LIFETIME,
    )
    return answered.order_by("used_at").last()


def _proven(rows: QuerySet[PasskeyChallenge], among: QuerySet[Passkey], answer: str) -> Passkey:
    passkey = _answered(rows, among, answer)
    if passkey is None:
        raise PasskeyRefused
    return passkey


@transaction.atomic
def _answered(
    rows: QuerySet[PasskeyChallenge], among: QuerySet[Passkey], answer: str
) -> Passkey | None:
    """Use up the challenge; the passkey that answered it, if that is right."""
    row = rows.select_for_update().order_by("created_at").last()
    if row is None:
        return None
    row.used_at = timezone.now()
    try:
        row.passkey = _checked(bytes(row.challenge), among, _parsed(answer), row.used_at)
    except webauthn.NotProven:
        row.passkey = None
    row.save(update_fields=["used_at", "passkey"])
    if row.user and row.passkey:
        audit.record(actor=row.user, action="sign_in.confirmed", target=row.passkey)
    return row.passkey


def _checked(challenge: bytes, among: QuerySet[Passkey], answer: Any, now: datetime) -> Passkey:
    locked = among.select_for_update(of=("self",))
    passkey = locked.filter(credential_id=webauthn.id_of(answer)).first()
    if passkey is None:
        raise webauthn.NotProven
    passkey.sign_count = webauthn.check(answer, challenge, _credential(passkey))
    passkey.last_used_at = now
    passkey.save(update_fields=["sign_count", "last_used_at"])
    return passkey


def _credential(passkey: Passkey) -> webauthn.Credential:
    return webauthn.Credential(
        id=bytes(passkey.credential_id),
        public_key=bytes(passkey.public_key),
        sign_count=passkey.sign_count,
    )


def _ids(user: User) -> list[bytes]:
    return [bytes(found) for found in user.passkeys.values_list("credential_id", flat=True)]


# --- Challenges ---------------------------------------------------------------------------------


@transaction.atomic
def _new_challenge(actor: User | None, purpose: str, subject: str) -> PasskeyChallenge:
    """A challenge; earlier ones of this person for the same end. Raises TooMany."""
    now = timezone.now()
    if actor is not None:
        count_try("passkey", str(actor.pk), limit=CHALLENGES_PER_HOUR, seconds=3600)
        _open_challenges(actor, purpose, subject).update(used_at=now)
    return PasskeyChallenge.objects.create(
        user=actor,
        purpose=purpose,
        subject=subject,
        challenge=secrets.token_bytes(32),
        created_at=now,
        expires_at=now + CHALLENGE_LIFETIME,
    )


def _open_challenges(actor: User | None, purpose: str, subject: str) -> QuerySet[PasskeyChallenge]:
    return PasskeyChallenge.objects.filter(
        user=actor,
        purpose=purpose,
        subject=subject,
        used_at=None,
        expires_at__gt=timezone.now(),
    )


@transaction.atomic
def _use_up(rows: QuerySet[PasskeyChallenge]) -> bytes:
    """The open challenge, which is open no longer. Raises PasskeyRefused where there is none."""
    row = rows.select_for_update().order_by("created_at").last()
    if row is None:
        raise PasskeyRefused
    row.used_at = timezone.now()
    row.save(update_fields=["used_at"])
    return bytes(row.challenge)


def _parsed(answer: str) -> Any:
    """The browser's answer. Raises NotProven for what is no JSON."""
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise webauthn.NotProven from error


@transaction.atomic
def forget_old_challenges() -> int:
    """The clock: drop challenges a day after they ended, as codes are."""
    ended = PasskeyChallenge.objects.filter(expires_at__lt=timezone.now() - timedelta(days=1))
    return ended.delete()[0]
