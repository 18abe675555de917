"""What somebody wants to say, as it comes in, and where they may say it."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.core.errors import DomainError, InvalidInput, require
from mediation.core.text import in_one_form

BODY_BYTES = 8 * 1024


class MessageEmpty(InvalidInput):
    """Nothing is left of the message once blanks around it are taken away."""

    code = "message_empty"
    message = _("Write something before you send it.")


class MessageTooLong(InvalidInput):
    """A message holds 8 KiB of text (about 2,700 Chinese characters)."""

    code = "message_too_long"
    message = _("This message is too long. Please send it in several parts.")


class Busy(DomainError):
    """Something else is being written to this case at this moment; try again."""

    code = "busy"
    status = 503
    message = _("Something else is being saved in this case. Please try again in a moment.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message somebody wants to send. `body` is as they typed it."""

    actor: User
    room_id: UUID
    client_id: UUID
    body: str


class Entry(NamedTuple):
    """A draft, and its text as it is stored or why that cannot be."""

    draft: Draft
    body: str | DomainError


class Standing(NamedTuple):
    """A person's place in a room of a case they are in: all that writing there takes to know.
    `is_held`: a mediator reads what they write first. `facts` is what this was concluded from,
    where the journal can compare that.
    """

    participant_id: UUID
    case_id: UUID
    compartment: str
    is_member: bool
    is_held: bool
    facts: str


def entry_of(draft: Draft) -> Entry:
    """The draft with its text as it is stored, or with why that cannot be."""
    try:
        return Entry(draft, normalised(draft.body))
    except InvalidInput as error:
        return Entry(draft, error)


def normalised(body: str) -> str:
    """The text as it is stored (core.text). Raises MessageEmpty or MessageTooLong."""
    kept = in_one_form(body)
    require(bool(kept), MessageEmpty)
    require(len(kept.encode()) <= BODY_BYTES, MessageTooLong)
    return kept
