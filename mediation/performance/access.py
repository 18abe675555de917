"""Who may see what became of a settlement: its two sides, and nobody else.

The tracker is the parties' own. Mediators, centres and courts have no row here, whatever they see
of the settlement itself; what a party asked to be reminded of, not even the other side knows.
"""

from django.db.models import QuerySet

from mediation.accounts.models import Person, User
from mediation.cases.models import Participant
from mediation.performance.models import Reminder, Statement
from mediation.settlements.enums import BINDING
from mediation.settlements.models import Settlement, SettlementQuerySet


def settlements_tracked_by(user: Person) -> SettlementQuerySet:
    """The settlements that bind this person as a side, for as long as each is kept."""
    if not isinstance(user, User):
        return Settlement.objects.none()
    own = Participant.objects.active().parties().filter(user=user)
    rows = Settlement.objects.filter(case__in=own.values("case"), state__in=BINDING)
    return rows.select_related("case__center")


def statements_visible_to(user: Person) -> QuerySet[Statement]:
    """All that both sides said about the settlements of which this person is a side."""
    rows = Statement.objects.filter(settlement__in=settlements_tracked_by(user))
    return rows.select_related("participant__side")


def reminders_of(user: Person) -> QuerySet[Reminder]:
    """One's own."""
    if not isinstance(user, User):
        return Reminder.objects.none()
    return Reminder.objects.filter(
        participant__user=user,
        participant__left_at=None,
        settlement__in=settlements_tracked_by(user),
    )
