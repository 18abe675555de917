"""What a case's erasure takes from the rooms, and what somebody takes out of one message."""

from django.db import transaction
from django.utils import timezone

from mediation.cases.lifecycle import lock
from mediation.cases.models import Case
from mediation.holds.access import held_compartments
from mediation.rooms.models import HeldMessage, Member, Message, Reading, Review, Room
from mediation.vault import services as vault

MESSAGE = "message"  # as what the ledger knows one that was taken back


@transaction.atomic
def forget_rooms(*, case: Case, compartment: str) -> dict[str, int]:
    """Part of a case's erasure: the rooms of this compartment and all that was said in them."""
    doomed = [room.pk for room in _rooms_of(case) if room.compartment == compartment]
    Reading.objects.filter(room__in=doomed).delete()
    HeldMessage.objects.filter(room__in=doomed).delete()
    Review.objects.filter(room__in=doomed).delete()
    asked = Member.objects.filter(room__in=doomed).delete()[0]
    messages = Message.objects.filter(room__in=doomed).delete()[0]
    rooms = Room.objects.filter(pk__in=doomed).delete()[0]
    counts = {"messages": messages, "rooms": rooms}
    return {**counts, "memberships": asked} if asked else counts


def take_text_out(row: Message) -> None:
    """Leave of a message that there was one. Its key is the room's, so the ledger is what keeps an
    old database from showing it. Call within a transaction.
    """
    vault.note_removed(kind=MESSAGE, ids=[row.pk])
    row.body_sealed = b""
    row.edited_at, row.retracted_at = None, timezone.now()
    row.save(update_fields=["body_sealed", "edited_at", "retracted_at"])


@transaction.atomic
def take_text_out_again(*, message: Message) -> bool:
    """After a restore: one that the ledger knows as taken back. False while a duty keeps it."""
    case = lock(message.room.case)
    if message.room.compartment in held_compartments(case.pk):
        return False
    take_text_out(message)
    return True


def _rooms_of(case: Case) -> list[Room]:
    return list(Room.objects.filter(case=case).select_related("side"))
