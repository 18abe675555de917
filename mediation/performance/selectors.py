"""Reads of what became of a settlement: its lines, what the sides said, and where each stands."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import Person, User
from mediation.cases.access import party_of
from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.cases.selectors import open_sealed
from mediation.performance import access
from mediation.performance.enums import LineStatus, Says
from mediation.performance.lines import Details, Line, Word, performed_at
from mediation.performance.models import Statement
from mediation.settlements.document.terms import Instalment, Obligation, Terms
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import is_destroyed
from mediation.settlements.selectors.amendments import signed_terms, successor_for


def lines_for(user: Person, settlement: Settlement) -> list[Line]:
    """Every line of the signed terms with what both sides said about it, in the document's order.
    Raises KeyDestroyed after the erasure.
    """
    said = access.statements_visible_to(user).filter(settlement=settlement)
    return lines_for_system(settlement, said)


def lines_for_system(settlement: Settlement, said: Iterable[Statement]) -> list[Line]:
    """The same for the clock, with the statements it wants to know of."""
    by_line: dict[str, list[Statement]] = defaultdict(list)
    for row in said:
        by_line[row.line].append(row)
    terms, today = signed_terms(settlement), timezone.localdate()
    return [
        Line(
            key=key,
            position=position,
            terms=terms,
            obligation=obligation,
            part=part,
            words=_words(settlement, by_line[key]),
            today=today,
            is_replaced=bool(settlement.replaced_by),
        )
        for key, position, obligation, part in _keys(terms)
    ]


def _keys(terms: Terms) -> Iterator[tuple[str, int, Obligation, Instalment | None]]:
    for position, obligation in enumerate(terms.obligations, start=1):
        if not obligation.instalments:
            yield obligation.id, position, obligation, None
        for part in obligation.instalments:
            yield f"{obligation.id}-{part.seq}", position, obligation, part


def _words(settlement: Settlement, rows: list[Statement]) -> tuple[Word, ...]:
    """In order; a word that was taken back no longer stands, nor does the taking back."""
    ordered = sorted(rows, key=lambda row: row.number)
    standing: list[int] = []
    for row in ordered:
        if row.says == Says.TAKEN_BACK:
            standing.pop()
        else:
            standing.append(row.number)
    return tuple(_word(settlement, row, stands=row.number in standing) for row in ordered)


def _word(settlement: Settlement, row: Statement, *, stands: bool) -> Word:
    side = row.participant.side
    assert side is not None
    text = open_sealed(row, settlement.case, "details", Compartment.SETTLEMENT)
    return Word(
        letter=side.letter,
        says=Says(row.says),
        details=Details.from_json(text),
        said_at=row.made_at,
        number=row.number,
        stands=stands,
    )


def line_for(user: Person, settlement: Settlement, key: str) -> Line | None:
    """The line of this name, or None where the terms have none."""
    return next((line for line in lines_for(user, settlement) if line.key == key), None)


def letter_of(user: Person, case: Case) -> str:
    """The letter of the side whose party this person is."""
    part = party_of(user, case)
    assert part is not None
    assert part.side is not None
    return part.side.letter


def days_of(user: User, settlement: Settlement) -> list[tuple[str, date]]:
    """(lasting id, day) of every day on which something is to be done that is not confirmed; the
    id tells nothing but which settlement and which of its days.
    """
    lines = lines_for(user, settlement)
    every = sorted({line.due_on for line in lines if line.due_on})
    waiting = {line.due_on for line in lines if not line.is_settled}
    places = enumerate(every, start=1)
    return [(f"{settlement.pk}-{place}", day) for place, day in places if day in waiting]


# --- Pages ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LineView:
    """A line as one side reads it."""

    line: Line
    letter: str

    @property
    def open(self) -> frozenset[Says]:
        return self.line.open_to(self.letter)

    @property
    def may_say(self) -> list[Says]:
        """The same in a lasting order."""
        return [says for says in Says if says in self.open]

    @property
    def can_report(self) -> bool:
        return Says.DONE in self.open

    @property
    def can_confirm(self) -> bool:
        return Says.CONFIRMED in self.open

    @property
    def can_confirm_part(self) -> bool:
        return Says.PART_CONFIRMED in self.open

    @property
    def can_dispute(self) -> bool:
        return Says.DISPUTED in self.open

    @property
    def can_take_back(self) -> bool:
        return Says.TAKEN_BACK in self.open

    @property
    def waits_for_me(self) -> bool:
        return self.line.waits_for(self.letter)

    @property
    def status(self) -> str | Promise:
        return _("Waits for your answer") if self.waits_for_me else self.line.status.label

    @property
    def tone(self) -> str:
        return "attention" if self.waits_for_me else self.line.tone


def line_view(user: User, settlement: Settlement, key: str) -> LineView | None:
    """One line as this person's side reads it; None where the terms have none of this name."""
    found = line_for(user, settlement, key)
    return LineView(found, letter_of(user, settlement.case)) if found else None


@dataclass(frozen=True)
class Tracker:
    """All that the page of what was agreed shows to one side."""

    settlement: Settlement
    lines: list[LineView]
    confirmed: int
    to_do: int
    performed_at: datetime | None
    is_reminding: bool
    has_days: bool
    successor: Settlement | None


def tracker_for(user: User, settlement: Settlement) -> Tracker:
    lines, letter = lines_for(user, settlement), letter_of(user, settlement.case)
    to_do = [line for line in lines if line.status != LineStatus.BY_ITSELF]
    return Tracker(
        settlement=settlement,
        lines=[LineView(line, letter) for line in lines],
        confirmed=sum(line.status == LineStatus.CONFIRMED for line in to_do),
        to_do=len(to_do),
        performed_at=performed_at(lines),
        is_reminding=access.reminders_of(user).filter(settlement=settlement).exists(),
        has_days=any(line.due_on and not line.is_settled for line in lines),
        successor=successor_for(user, settlement),
    )


def waits_for_answer(user: User, settlement: Settlement) -> bool:
    """Whether the other side reported something this person's side has not answered."""
    letter = letter_of(user, settlement.case)
    return any(line.waits_for(letter) for line in lines_for(user, settlement))


def tracked_settlement(user: Person, case: Case) -> Settlement | None:
    """The signed settlement of the case, for one of its sides, while it can be read."""
    found = access.settlements_tracked_by(user).filter(case=case).first()
    return None if found is None or is_destroyed(case) else found


def as_plain(user: User, settlement: Settlement) -> dict[str, Any]:
    """What became of the settlement, in plain values, for the copy of a party's data."""
    reminder = access.reminders_of(user).filter(settlement=settlement).first()
    return {
        "settlement": settlement.number,
        "replaced_by": settlement.replaced_by or None,
        "reminds_me_since": reminder.on_since.isoformat() if reminder else None,
        "lines": [_plain_line(line) for line in lines_for(user, settlement)],
    }


def _plain_line(line: Line) -> dict[str, Any]:
    return {
        "line": line.key,
        "due_on": line.due_on.isoformat() if line.due_on else None,
        "status": line.status,
        "said": [
            {
                "at": word.said_at.isoformat(),
                "from": f"side {word.letter}",
                "says": word.says,
                "stands": word.stands,
                **json.loads(word.details.to_json() or "{}"),
            }
            for word in line.words
        ],
    }
