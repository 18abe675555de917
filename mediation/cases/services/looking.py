"""That somebody who mediates a case read what is confidential in it: on record once a day for each
thing, so that the people it belongs to see it and nothing is written at every poll.

What a party reads is their own affair and is not recorded. Nobody else of a centre or court sees
anything confidential; what they do see (names before an offer, a released package) is recorded
where it is given out.
"""

from collections.abc import Collection
from datetime import UTC
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.models import Case, Participant


class Look(StrEnum):
    """What was read, as the action it has in the log. The private ones are told with a side's
    letter or a room's id, and only to those whose they are.
    """

    CASE = "case.read"
    STATEMENTS = "statement.read"
    DOCUMENTS = "document.listed"
    OFFERS = "offer.read"
    COURSE = "course.read"
    ROOM = "room.read"
    TALKS = "talk.listed"
    SETTLEMENT = "settlement.read"
    DRAFT = "draft.read"
    CAUCUS = "caucus.read"
    TALK = "talk.read"
    HELD = "held_message.read"
    WISHES = "private_comment.read"


def note_look(
    *,
    actor: User,
    case: Case,
    look: Look,
    side: str | None = None,
    room: Model | None = None,
) -> None:
    """Record that a mediator of the case read this, unless it is on record today (UTC). Nothing
    for anybody else. `side` is the letter of the side whose private matter it is.
    """
    facts: dict[str, str | UUID] = {}
    if side is not None:
        facts["side"] = side.lower()
    if room is not None:
        facts["room"] = room.pk
    _note(actor, {case.pk: room or case}, look, facts)


def note_looks(*, actor: User, cases: Collection[Case], look: Look) -> None:
    """The same for one thing of several cases, in a fixed number of questions."""
    _note(actor, {case.pk: case for case in cases}, look, {})


def _note(
    actor: User, targets: dict[UUID, Model], look: Look, facts: dict[str, str | UUID]
) -> None:
    """Most readers are no mediators: for them it is one question and no transaction."""
    own = Participant.objects.active().mediators().filter(user=actor, case__in=targets)
    read = {case_id: targets[case_id] for case_id in own.values_list("case_id", flat=True)}
    if read:
        day = int(timezone.now().astimezone(UTC).strftime("%Y%m%d"))
        with transaction.atomic():
            audit.record_once(actor=actor, action=look, targets=read, day=day, **facts)
