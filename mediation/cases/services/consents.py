"""Saying yes to one purpose, and taking it back as easily."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access
from mediation.cases.enums import NEEDED_TO_TALK, CaseState, Purpose
from mediation.cases.lifecycle import lock, move
from mediation.cases.models import Case, Consent, Participant
from mediation.cases.services.receipts import issue_receipt, permitting
from mediation.core import jobs, realtime
from mediation.core.errors import WrongState, require
from mediation.profiles.selectors import consent_text, profile_named
from mediation.vault import services as vault


class TextChanged(WrongState):
    """The newest text of a purpose is another one than the person read (GDPR 7(1), PIPL 14)."""

    code = "text_changed"
    title = _("Please read it once more")
    message = _(
        "The text was changed after you opened the page, so nothing was recorded. Go back, load "
        "the page again, read the new text, and decide then."
    )


@transaction.atomic
def give_consent(
    *,
    actor: User,
    case: Case,
    purpose: Purpose,
    language: str,
    subject: str = "",
    read: str | None = None,
) -> Consent:
    """One yes to one purpose in the newest text. Giving it twice is the same as once.

    `read` is the SHA-256 of the text the person had before them. When both sides have what talking
    needs, the case goes to the mediators' queue. Raises TextChanged.
    """
    case = lock(case)
    require(access.can_consent(actor, case) or _is_release_after_end(actor, case, purpose))
    part = access.require_party(actor, case)
    text = consent_text(purpose)
    require(read in {None, text.sha256}, TextChanged)
    consent, made = Consent.objects.get_or_create(
        participant=part,
        purpose=purpose,
        subject=subject,
        withdrawn_at=None,
        defaults={
            "case": case,
            "text_version": text.version,
            "text_sha256": text.sha256,
            "language": language,
            "given_at": timezone.now(),
        },
    )
    if made:
        _note(actor, case, consent, "consent.given")
    return consent


def _note(actor: User, case: Case, consent: Consent, action: str) -> None:
    """The next receipt, the record, and what follows for the case."""
    link = issue_receipt(consent=consent)
    audit.record(
        actor=actor,
        action=action,
        target=consent,
        case_id=case.pk,
        purpose=consent.purpose,
        receipt=link.pk,
    )
    follow_consents(actor, case)


def _is_release_after_end(actor: User, case: Case, purpose: Purpose) -> bool:
    """A settlement may be released to a court after the mediation ended, while it is kept."""
    return (
        purpose == Purpose.RELEASE
        and case.state == CaseState.CLOSED
        and access.is_party(actor, case)
    )


@transaction.atomic
def withdraw_consent(*, actor: User, case: Case, purpose: Purpose, subject: str = "") -> Consent:
    """Take one consent back, from now on; what was done under it stays lawful (PIPL 15).

    Without a needed consent talk stops at once: open sockets close, nothing more is accepted.
    Raises WrongState where there is none in force.
    """
    case = lock(case)
    part = access.require_party(actor, case)
    consent = part.consents.filter(purpose=purpose, subject=subject, withdrawn_at=None).first()
    if consent is None:
        raise WrongState
    consent.withdrawn_at = timezone.now()
    consent.save(update_fields=["withdrawn_at"])
    _note(actor, case, consent, "consent.withdrawn")
    return consent


def follow_consents(actor: User, case: Case) -> None:
    """What a changed consent means for the case: forward, back, or talk opened and closed."""
    ready = access.all_sides_consent(case.pk, *NEEDED_TO_TALK)
    rules = profile_named(case.profile)
    if case.state == CaseState.CONSENTING and ready:
        deadline = timezone.now() + rules.deadline("waiting")
        move(case, CaseState.WAITING, actor=actor, deadline_at=deadline)
        jobs.enqueue("cases.send_news", case_id=str(case.pk), kind="both_consented")
    elif case.state == CaseState.WAITING and not ready:
        deadline = timezone.now() + rules.deadline("consent")
        move(case, CaseState.CONSENTING, actor=actor, deadline_at=deadline)
    refresh_talk(case)


def refresh_talk(case: Case) -> None:
    """Set `talk_open` of a locked case to what it must be now, and tell every open socket. That
    talk was opened is on record with the consents that allow it.
    """
    was_open = case.talk_open
    case.talk_open = case.state == CaseState.MEDIATING and access.all_sides_consent(
        case.pk, *NEEDED_TO_TALK
    )
    case.save(update_fields=["talk_open"])
    if case.talk_open and not was_open:
        consents = permitting(case.pk, *NEEDED_TO_TALK)
        audit.record_system(action="talk.opened", target=case, case_id=case.pk, **consents)
    realtime.publish("access.changed", case=str(case.pk))


def receipt(*, consent: Consent) -> dict[str, Any]:
    """The proof a person keeps, signed by the service: readable and checkable without us.

    It is the newest link of the chain about this consent. One given before there were chains has
    a receipt of the first kind, made anew. Neither carries a name.
    """
    link = consent.receipts.last()
    if link is not None:
        signed: dict[str, Any] = link.signed
        return signed
    return _receipt_without_chain(consent)


def _receipt_without_chain(consent: Consent) -> dict[str, Any]:
    """Version 1 (Kantara consent receipt 1.1)."""
    text = consent_text(consent.purpose, consent.text_version)
    profile = profile_named(consent.case.profile)
    return vault.sign_statement(
        statement={
            "schema": "heyi-consent-receipt-1",
            "receipt_id": str(consent.pk),
            "case": consent.case.number,
            "controller": {
                "centre": consent.case.center.name,
                "platform": settings.SITE_NAME,
                "contact": settings.CONTACT_EMAIL,
            },
            "jurisdiction_profile": profile.key,
            "subject_pseudonym": str(consent.participant_id),
            "purpose": consent.purpose,
            "about": consent.subject,
            "text": {
                "version": consent.text_version,
                "sha256": consent.text_sha256,
                "language": consent.language,
                "title": text.title[consent.language],
                "body": text.body[consent.language],
            },
            "channel": consent.channel,
            "given_at": consent.given_at.isoformat(),
            "withdrawn_at": consent.withdrawn_at.isoformat() if consent.withdrawn_at else None,
            "how_to_withdraw": f"{settings.PUBLIC_URL}/cases/{consent.case_id}/consents/",
        }
    )


def side_has(part: Participant, purpose: Purpose) -> bool:
    """Whether this party has this consent in force."""
    return part.consents.filter(purpose=purpose, withdrawn_at=None).exists()
