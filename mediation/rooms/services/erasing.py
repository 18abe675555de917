"""What a case's erasure takes from the rooms."""

from django.db import transaction

from mediation.cases.models import Case
from mediation.rooms.models import HeldMessage, Member, Message, Reading, Review, Room


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


def _rooms_of(case: Case) -> list[Room]:
    return list(Room.objects.filter(case=case).select_related("side"))
