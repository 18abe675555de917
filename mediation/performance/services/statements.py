"""What the sides say about what was agreed. Whatever is said is a row more; none is changed."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.cases.services.sealing import seal_field
from mediation.core import jobs
from mediation.core.errors import DomainError, InvalidInput, WrongState, require
from mediation.core.text import in_one_form
from mediation.performance import access
from mediation.performance.enums import REPORTS, Says
from mediation.performance.lines import Details, Line
from mediation.performance.models import Statement
from mediation.performance.selectors import letter_of, line_for
from mediation.settlements.lifecycle import lock
from mediation.settlements.models import Settlement

MOST_NOTE = 2000
MOST_STATEMENTS = 50
LARGEST = Decimal("9999999999999.99")
# What may be told with which word: a report tells all, a different view may say why.
WITH_NOTE = (*REPORTS, Says.DISPUTED)


class OtherWord(DomainError):
    """The other side said something about this line after the page was opened."""

    code = "other_word"
    title = _("Something was said in between")
    message = _("Somebody has said something about this since you opened the page. Look again.")


class StatementsFull(DomainError):
    """Fifty statements of one side about one line, and no more."""

    code = "statements_full"
    message = _("You have said so much about this line that nothing more can be added.")


@dataclass(frozen=True)
class Draft:
    """What somebody wants to say about a line, after its statement number `seen` (0: the first).
    The same `client_id` again is the same statement.
    """

    client_id: UUID
    line: str
    says: Says
    seen: int
    details: Details = field(default_factory=Details)


@transaction.atomic
def state_performance(*, actor: User, settlement: Settlement, draft: Draft) -> Statement:
    """One side says that a line is done or done in part, confirms it, sees it differently, or
    takes its own last word back. The other side is told that there is something new.

    Raises Forbidden, WrongState for what this side cannot say now, OtherWord where it has not read
    the last word, StatementsFull and InvalidInput.
    """
    case, settlement = lock(settlement)
    require(access.settlements_tracked_by(actor).filter(pk=settlement.pk).exists())
    made = _made_before(actor, draft)
    if made is not None:
        return made
    line = line_for(actor, settlement, draft.line)
    if line is None:
        raise InvalidInput
    require(line.seen == draft.seen, OtherWord)
    own = letter_of(actor, case)
    require(draft.says in line.open_to(own), WrongState)
    # Each side's own: nobody can talk so much that the other may no longer answer.
    require(sum(word.letter == own for word in line.words) < MOST_STATEMENTS, StatementsFull)
    return _add(actor, settlement, draft, _checked(draft, line))


def _made_before(actor: User, draft: Draft) -> Statement | None:
    rows = access.statements_visible_to(actor)
    return rows.filter(participant__user=actor, client_id=draft.client_id).first()


def _checked(draft: Draft, line: Line) -> Details:
    """The details as they are stored. Raises InvalidInput."""
    details = replace(draft.details, note=in_one_form(draft.details.note))
    require(len(details.note) <= MOST_NOTE, InvalidInput)
    require(not details.note or draft.says in WITH_NOTE, InvalidInput)
    if details.amount is not None:
        require(draft.says in REPORTS and line.amount is not None, InvalidInput)
        _check_amount(details.amount)
    if details.done_on is not None:
        require(draft.says in REPORTS, InvalidInput)
        _check_day(details.done_on)
    return details


def _check_amount(amount: Decimal) -> None:
    require(amount.is_finite() and 0 < amount <= LARGEST, InvalidInput)
    require(amount == round(amount, 2), InvalidInput)


def _check_day(day: date) -> None:
    require(day <= timezone.localdate(), InvalidInput)


def _add(actor: User, settlement: Settlement, draft: Draft, details: Details) -> Statement:
    case: Case = settlement.case
    row = Statement(
        settlement=settlement,
        line=draft.line,
        number=draft.seen + 1,
        participant=case_access.require_party(actor, case),
        says=draft.says,
        client_id=draft.client_id,
        made_at=timezone.now(),
    )
    seal_field(row, case, "details", Compartment.SETTLEMENT, details.to_json())
    row.save(force_insert=True)
    # Neither which line nor what: the log of a case is read by more people than the tracker.
    audit.record(actor=actor, action="performance.stated", target=row, case_id=case.pk)
    jobs.enqueue("performance.send_news", statement_id=str(row.pk))
    return row
