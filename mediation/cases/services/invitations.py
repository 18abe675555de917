"""The letter to the other side: one link, one reminder, and a no that costs nothing."""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts import services as accounts
from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.enums import (
    CaseOutcome,
    CaseState,
    Compartment,
    InvitationState,
    SideRole,
)
from mediation.cases.lifecycle import lock, move
from mediation.cases.models import Case, Invitation, Participant, Refusal
from mediation.cases.selectors import email_of, kept_until, name_of
from mediation.core import jobs
from mediation.core.errors import DomainError, TooMany, require
from mediation.mail import services as mail
from mediation.profiles.selectors import profile_named
from mediation.vault import services as vault
from mediation.vault.services import Place

INVITATIONS_PER_DAY = 3
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, nothing that reads like a digit
CODE_LENGTH = 12


class InvitationGone(DomainError):
    """The link or code is unknown, was answered, has expired or was withdrawn."""

    code = "invitation_gone"
    status = 410
    title = _("This invitation is no longer open")
    message = _(
        "It may have been answered already, or its time is over. If you said yes, sign in to go on "
        "with your case. Otherwise you need not do anything."
    )


class NotTheInvited(DomainError):
    """The person signed in is not the one whose mailbox the invitation was sent to."""

    code = "not_the_invited"
    status = 403
    title = _("This invitation was sent to another address")
    message = _("Sign in with the e-mail address that received the invitation to accept it.")


class DeclinedBefore(DomainError):
    """This address said no to this person, or nothing, and the time for which that stands is not
    over.
    """

    code = "declined_before"
    title = _("This invitation cannot be sent")
    message = _(
        "You cannot invite this address at the moment. Other ways stay open to you: "
        "talking to each other, advice, arbitration or a court."
    )


def create_invitation(
    *, actor: User, case: Case, expires_at: datetime, is_amendment: bool = False
) -> Invitation:
    """Write the invitation of a locked draft and queue its letter. Raises TooMany or
    DeclinedBefore.
    """
    since = timezone.now() - timedelta(days=1)
    sent = Invitation.objects.filter(
        created_at__gt=since, case__participants__user=actor, case__sides__letter="A"
    ).distinct()
    require(sent.count() < INVITATIONS_PER_DAY, TooMany)
    invited = case.participants.get(side__role=SideRole.RESPONDENT)
    pair = _pair_hash(actor, email_of(invited))
    said_no = Refusal.objects.filter(pair_hash=pair, until__gt=timezone.now())
    require(not said_no.exists(), DeclinedBefore)
    invitation = Invitation(
        case=case, participant=invited, expires_at=expires_at, is_amendment=is_amendment
    )
    invitation.token_hash = _hash(token_of(invitation))
    invitation.code_hash = _hash(code_of(invitation))
    invitation.save()
    audit.record(actor=actor, action="invitation.created", target=invitation, case_id=case.pk)
    jobs.enqueue("cases.send_invitation", invitation_id=str(invitation.pk))
    return invitation


def token_of(invitation: Invitation) -> str:
    """The secret of the link, 256 bits, made from the case's identity key."""
    return _secret(invitation, "link").hex()


def code_of(invitation: Invitation) -> str:
    """The short code for typing in, for people whose mail shows no links (about 52 bits)."""
    digits = int.from_bytes(_secret(invitation, "code"), "big")
    letters = []
    for _place in range(CODE_LENGTH):
        digits, index = divmod(digits, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[index])
    return "".join(letters)


def _secret(invitation: Invitation, kind: str) -> bytes:
    place = Place(invitation.case_id, Compartment.IDENTITY)
    return vault.derive_secret(place=place, info=f"invitation|{invitation.pk}|{kind}")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_invitation(*, secret: str) -> Invitation:
    """The open invitation behind a link's secret or a typed code. Changes nothing, however often
    it is looked at. Raises InvitationGone.
    """
    cleaned = secret.strip()
    typed = "".join(cleaned.replace("-", "").split()).upper()
    rows = Invitation.objects.select_related("case__center", "participant__side")
    found = rows.filter(token_hash=_hash(cleaned)) | rows.filter(code_hash=_hash(typed))
    return require_open(found.first())


def require_open(invitation: Invitation | None) -> Invitation:
    """The invitation when it can still be answered; raises InvitationGone otherwise."""
    still_open = (
        invitation is not None
        and invitation.state == InvitationState.OPEN
        and invitation.expires_at > timezone.now()
    )
    if invitation is None or not still_open:
        raise InvitationGone
    return invitation


def _locked(invitation: Invitation) -> tuple[Case, Invitation]:
    """Case first, then invitation: the one order of locks."""
    case = lock(invitation.case)
    fresh = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
    return case, require_open(fresh)


@transaction.atomic
def accept_invitation(*, actor: User, invitation: Invitation) -> Case:
    """The invited person joins, having proven the address the letter went to. Consents come next:
    accepting is willingness to look, not consent. Raises NotTheInvited or InvitationGone.
    """
    case, invitation = _locked(invitation)
    invited = Participant.objects.select_related("case").get(pk=invitation.participant_id)
    proven = accounts.has_proven_address(user=actor, email=email_of(invited))
    require(proven and not case.participants.filter(user=actor).exists(), NotTheInvited)
    _answer(invitation, InvitationState.ACCEPTED)
    invited.user = actor
    invited.joined_at = timezone.now()
    if kept_until(case, Compartment.IDENTITY) is None:
        invited.email_sealed = b""  # the account has it now; once is enough
    invited.save(update_fields=["user", "joined_at", "email_sealed"])
    audit.record(actor=actor, action="invitation.accepted", target=invitation, case_id=case.pk)
    jobs.enqueue("cases.send_news", case_id=str(case.pk), kind="invitation_accepted")
    deadline = timezone.now() + profile_named(case.profile).deadline("consent")
    return move(case, CaseState.CONSENTING, actor=actor, deadline_at=deadline)


@transaction.atomic
def decline_invitation(*, invitation: Invitation) -> Case:
    """Whoever holds the letter says no; no account, no reason. The case ends, for good, and what
    is stored about the invited person is due for erasure. Raises InvitationGone.
    """
    case, invitation = _locked(invitation)
    _answer(invitation, InvitationState.DECLINED)
    _remember_refusal(case, invitation)
    audit.record_system(action="invitation.declined", target=invitation, case_id=case.pk)
    return _end(case, CaseOutcome.DECLINED)


def _remember_refusal(case: Case, invitation: Invitation) -> None:
    """A no is final, and so is silence: the same person does not ask the same address again for a
    while (网络数据安全管理条例 22(5)). Both count, so that a refusal to send tells neither.
    """
    applicant = case.participants.select_related("user").get(side__role=SideRole.APPLICANT)
    if applicant.user is not None:
        until = timezone.now() + profile_named(case.profile).deadline("refusal")
        pair = _pair_hash(applicant.user, email_of(invitation.participant))
        Refusal.objects.update_or_create(pair_hash=pair, defaults={"until": until})


def _pair_hash(applicant: User, email: str) -> str:
    key = settings.SECRET_KEY.encode()
    pair = f"refusal|{applicant.pk}|{email.casefold()}".encode()
    return hmac.new(key, pair, hashlib.sha256).hexdigest()


@transaction.atomic
def expire_invitation(*, invitation: Invitation) -> Case | None:
    """The clock: silence ends the case kindly. None when it was answered meanwhile."""
    case = lock(invitation.case)
    fresh = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if fresh.state != InvitationState.OPEN or fresh.expires_at > timezone.now():
        return None
    _answer(fresh, InvitationState.EXPIRED)
    _remember_refusal(case, fresh)
    audit.record_system(action="invitation.expired", target=fresh, case_id=case.pk)
    return _end(case, CaseOutcome.UNANSWERED)


def withdraw_open_invitations(case: Case) -> None:
    """Part of ending a locked case: its letter no longer opens anything."""
    for invitation in case.invitations.filter(state=InvitationState.OPEN):
        _answer(invitation, InvitationState.WITHDRAWN)


def _answer(invitation: Invitation, state: InvitationState) -> None:
    invitation.state = state
    invitation.answered_at = timezone.now()
    invitation.save(update_fields=["state", "answered_at"])


def _end(case: Case, outcome: CaseOutcome) -> Case:
    jobs.enqueue("cases.send_news", case_id=str(case.pk), kind="case_closed")
    return move(case, CaseState.CLOSED, actor=None, outcome=outcome)


def send_invitation(*, invitation: Invitation, is_reminder: bool = False) -> None:
    """Mail the letter (the job's work). Does nothing once the invitation is answered."""
    if invitation.state != InvitationState.OPEN:
        return
    case, invited = invitation.case, invitation.participant
    applicant = case.participants.select_related("case", "user").get(side__letter="A")
    mail.send_mail(
        kind="cases/invitation",
        to=email_of(invited),
        language=case.language,
        time_zone=invited.user.time_zone if invited.user else "",
        context={
            "applicant": name_of(applicant),
            "center": case.center.name,
            "token": token_of(invitation),
            "code": grouped(code_of(invitation)),
            "expires_at": invitation.expires_at,
            "is_reminder": is_reminder,
            "is_amendment": invitation.is_amendment,
        },
        key=f"invitation:{invitation.pk}:{'reminder' if is_reminder else 'letter'}",
    )


def grouped(code: str) -> str:
    """A code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


@transaction.atomic
def remind_once(*, invitation: Invitation) -> None:
    """The clock: the one reminder there is before an answer (网络数据安全管理条例 22(5))."""
    _case, invitation = _locked(invitation)
    if invitation.reminded_at is None:
        invitation.reminded_at = timezone.now()
        invitation.save(update_fields=["reminded_at"])
        jobs.enqueue("cases.send_reminder", invitation_id=str(invitation.pk))
