"""Telling people of a talk by invitation, whose list only this app knows."""

from mediation.cases.models import Participant
from mediation.holds.models import Hold
from mediation.holds.services.news import tell
from mediation.rooms.access import own_talks


def tell_of_hold(*, hold: Hold, what: str) -> None:
    """Tell those on the list of a talk, and nobody else, that it is kept longer, or no longer:
    `what` is "placed" or "ended".
    """
    people = Participant.objects.active().filter(case=hold.case).select_related("user")
    listed = [part for part in people if hold.compartment in own_talks(part)]
    tell(hold=hold, what=what, people=listed)
