"""Outgoing mail: short, neutral, with a link and no content of any case."""

from collections.abc import Collection
from datetime import timedelta
from smtplib import SMTPException
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from mediation.core.clock import zone_for
from mediation.mail.models import Dispatch

METADATA_KEPT = timedelta(days=30)
AttachedFile = tuple[str, bytes, str]  # name, content, media type


class MailFailed(Exception):
    """The mail server did not take the message; the job that sent it tries again."""


def send_mail(  # noqa: PLR0913 each is a fact about one letter
    *,
    kind: str,
    to: str,
    language: str,
    context: dict[str, Any],
    key: str,
    time_zone: str = "",
    files: Collection[AttachedFile] = (),
) -> Dispatch:
    """Render templates/mail/<kind>.txt (first line: subject) and send it, once per `key`. Dates
    are those of `time_zone`, when the reader chose one. A file may be attached when it names
    nobody and says nothing of a case.

    Raises MailFailed when the server refuses; calling again with the same key tries again, and
    does nothing once the message was sent. Call it from a job or after commit, since a message
    cannot be taken back.
    """
    zone = zone_for(chosen=time_zone, language=language)
    with transaction.atomic():
        Dispatch.objects.get_or_create(key=key, defaults={"kind": kind, "language": language})
        dispatch = Dispatch.objects.select_for_update().get(key=key)
        if dispatch.sent_at is None:
            message = _compose(kind, to, language, zone, context)
            for file in files:
                message.attach(*file)
            _attempt(dispatch, message)
    if dispatch.sent_at is None:
        raise MailFailed(kind)
    return dispatch


def _compose(
    kind: str, to: str, language: str, zone: ZoneInfo, context: dict[str, Any]
) -> EmailMessage:
    with translation.override(language), timezone.override(zone):
        text = render_to_string(
            f"mail/{kind}.txt",
            {
                "site_name": settings.SITE_NAME,
                "public_url": settings.PUBLIC_URL,
                "contact_email": settings.CONTACT_EMAIL,
                **context,
            },
        )
    subject, _, body = text.strip().partition("\n")
    return EmailMessage(subject=subject.strip(), body=body.strip() + "\n", to=[to])


def _attempt(dispatch: Dispatch, message: EmailMessage) -> None:
    dispatch.attempts += 1
    try:
        message.send()
    except (SMTPException, OSError) as error:
        dispatch.failure = type(error).__name__
    else:
        dispatch.sent_at = timezone.now()
        dispatch.failure = ""
    dispatch.save(update_fields=["attempts", "sent_at", "failure"])


@transaction.atomic
def forget_old_dispatches() -> int:
    """The clock: delivery metadata goes after 30 days."""
    return Dispatch.objects.filter(sent_at__lt=timezone.now() - METADATA_KEPT).delete()[0]
