"""The rows of what follows the end: of a signed settlement, or without one."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mediation.cases.access import ended_without_agreement
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Participant
from mediation.desk.next_steps.task import Task
from mediation.performance.selectors import tracked_settlement, waits_for_answer
from mediation.settlements.selectors.amendments import amendment_to_answer


def performance(part: Participant) -> Task | None:
    """For the two sides of a signed settlement."""
    settlement = tracked_settlement(part.user, part.case) if part.user else None
    if settlement is None or part.user is None:
        return None
    waits = waits_for_answer(part.user, settlement)
    return Task(
        title=_("What was agreed, and what is done"),
        status=_("Waits for your answer") if waits else _("Look"),
        tone="attention" if waits else "neutral",
        url=reverse("obligations:tracker", args=[part.case_id]),
    )


def amendment(part: Participant) -> Task | None:
    """For the side that is asked to change what was signed."""
    if part.user is None:
        return None
    settlement = tracked_settlement(part.user, part.case)
    if settlement is None or amendment_to_answer(part.user, settlement) is None:
        return None
    return Task(
        title=_("The other side asks to change the settlement"),
        status=_("Yes or no, as you like"),
        tone="attention",
        url=reverse("settlements:change", args=[part.case_id]),
    )


def ending_note(part: Participant) -> Task | None:
    """For a party, where a mediation ended without an agreement."""
    if part.role != ParticipantRole.PARTY or not ended_without_agreement(part.case):
        return None
    return Task(
        title=_("A note that the mediation took place and ended (a file)"),
        status=_("If you need it"),
        tone="neutral",
        url=reverse("cases:ending_note", args=[part.case_id]),
        hint=_("It names the dates and the centre: nobody, no reason, and nothing that was said."),
    )
