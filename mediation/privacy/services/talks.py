"""What was said in a room, as text to be read: one person's own view of it.

A party may have what they could see (GDPR 15, PIPL 45), and is told with it what it may not be used
for (UNCITRAL Model Law on Mediation 2018, 11; 在线调解规则 18).
"""

from collections.abc import Iterator
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mediation.accounts.models import User
from mediation.cases.selectors import name_of
from mediation.rooms.models import Room
from mediation.rooms.selectors import Posted, messages_after, purpose_of


def talk_as_text(actor: User, room: Room) -> str:
    """The talk of one room as plain text in the reader's language and time zone. Only for rooms
    out of `rooms_visible_to`.
    """
    return "\n".join([*_head(room), *_said(actor, room), ""])


def _head(room: Room) -> Iterator[str]:
    yield _title(room)
    yield _("Case %(number)s") % {"number": room.case.number}
    made = date_format(timezone.localtime(), "DATETIME_FORMAT")
    yield _("As you could see it on %(moment)s") % {"moment": made}
    yield ""
    yield _(
        "What is said in mediation is confidential. This copy is for you alone. Do not pass it on "
        "or publish it. Offers, views and admissions made in order to settle are not for a court, "
        "unless everybody concerned agrees or a law requires it."
    )
    if room.is_caucus:
        yield _("The other side does not know what was said here. Keep this file accordingly.")
    elif room.is_invited:
        yield _("Only those on its list see it.")
    yield ""


def _title(room: Room) -> str:
    """As the page calls it, so that nobody takes a private talk for a joint one."""
    if room.is_invited:
        return _("Talk by invitation: %(purpose)s") % {"purpose": purpose_of(room)}
    return _("Private talk with the mediator") if room.is_caucus else _("Joint room")


def _said(actor: User, room: Room) -> Iterator[str]:
    people = room.case.participants.select_related("case", "user")
    names = {row.pk: name_of(row) for row in people}
    day = None
    for message in messages_after(actor, room, 0, room.head):
        if message.changes is not None:
            continue
        moment = timezone.localtime(message.sent_at)
        if moment.date() != day:
            day = moment.date()
            yield from ("", date_format(day, "DATE_FORMAT"))
        yield _line(message, names, date_format(moment, "H:i"))


def _line(message: Posted, names: dict[UUID, str], at: str) -> str:
    if message.is_retracted:
        body = _("Taken back")
    elif message.is_edited:
        body = f"{message.body} ({_('Changed')})"
    else:
        body = message.body
    # Further lines stand below the first, so that nobody can write as if somebody else had.
    return f"{at}  {names[message.participant_id]}: " + body.replace("\n", "\n       ")
