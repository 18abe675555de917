"""The task list of one case, for one person: what is open, what waits, what is done.

One function a row, in the order of the journey; a row that does not concern the person is None.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.cases import access
from mediation.cases.enums import NEEDED_TO_TALK, CaseState, ParticipantRole
from mediation.cases.models import Case, Participant

Text = str | Promise


@dataclass(frozen=True)
class Task:
    """One row of components/_task_list.html. Without `url` it cannot be started yet."""

    title: Text
    status: Text
    tone: str
    url: str = ""
    hint: Text = ""


def tasks_for(part: Participant) -> list[Task]:
    """The rows for this person in their case."""
    rows = (row(part.case, part) for row in ROWS)
    return [task for task in rows if task is not None]


def _answer_of_other_side(case: Case, part: Participant) -> Task | None:
    if case.state != CaseState.INVITED:
        return None
    return Task(
        title=_("The other side's answer"),
        status=_("Waiting for them"),
        tone="waiting",
        hint=_("They can say yes or no until the date on this page. We remind them once."),
    )


def _consents(case: Case, part: Participant) -> Task | None:
    if part.role != ParticipantRole.PARTY:
        return None
    given = set(part.consents.filter(withdrawn_at=None).values_list("purpose", flat=True))
    complete = given.issuperset(NEEDED_TO_TALK)
    others = access.all_sides_consent(case.pk, *NEEDED_TO_TALK)
    hint = _("The other side has not given theirs yet.") if complete and not others else ""
    return Task(
        title=_("What you agree to"),
        status=_("Given") if complete else _("Needs you"),
        tone="done" if complete else "attention",
        url=reverse("cases:consents", args=[case.pk]),
        hint=hint,
    )


def _statement(case: Case, part: Participant) -> Task | None:
    if part.role != ParticipantRole.PARTY or not case.is_open:
        return None
    return Task(
        title=_("Your account of it"),
        status=_("You may add to it"),
        tone="neutral",
        url=reverse("cases:statement", args=[case.pk]),
    )


ROWS: list[Callable[[Case, Participant], Task | None]] = [
    _answer_of_other_side,
    _consents,
    _statement,
]
