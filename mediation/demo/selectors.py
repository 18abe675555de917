"""Reads back the mails that Django's file backend wrote instead of sending them."""

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

SEPARATOR = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True)
class SentMail:
    to: str
    subject: str
    body: str
    at: datetime


def sent_mails(limit: int = 50) -> list[SentMail]:
    """The newest mails first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    found = [mail for path in files[:limit] for mail in reversed(_mails_in(path))]
    return found[:limit]


def _mails_in(path: Path) -> list[SentMail]:
    at = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    parts = path.read_bytes().split(SEPARATOR)
    return [_parsed(part, at) for part in parts if part.strip()]


def _parsed(raw: bytes, at: datetime) -> SentMail:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(preferencelist=("plain",))
    text = body.get_content() if body is not None else ""
    return SentMail(to=str(message["To"]), subject=str(message["Subject"]), body=text, at=at)
