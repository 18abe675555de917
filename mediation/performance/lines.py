"""One line of a signed settlement: what is to be done, what both sides said about it, and what
follows from that. Nothing here asks a database.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext

from mediation.performance.enums import REPORTS, LineStatus, Says
from mediation.settlements.document.money import amount_text
from mediation.settlements.document.sheet import wording
from mediation.settlements.document.terms import Instalment, Obligation, ObligationKind, Terms


@dataclass(frozen=True)
class Details:
    """What a side adds to its word, all of it optional: a note, an amount in the obligation's
    currency, and the day on which it was done.
    """

    note: str = ""
    amount: Decimal | None = None
    done_on: date | None = None

    def to_json(self) -> str:
        """Empty where nothing was added, so that nothing is stored."""
        if self == Details():
            return ""
        return json.dumps(asdict(self), ensure_ascii=False, default=str)

    @staticmethod
    def from_json(text: str) -> "Details":
        raw = json.loads(text or "{}")
        amount, done_on = raw.get("amount"), raw.get("done_on")
        return Details(
            note=raw.get("note", ""),
            amount=Decimal(amount) if amount is not None else None,
            done_on=date.fromisoformat(done_on) if done_on is not None else None,
        )


@dataclass(frozen=True)
class Word:
    """One statement in clear; `letter` is the side's. `stands` is False once it was taken back."""

    letter: str
    says: Says
    details: Details
    said_at: datetime
    number: int
    stands: bool


TONES = {
    LineStatus.DONE: "waiting",
    LineStatus.CONFIRMED: "done",
    LineStatus.BY_ITSELF: "done",
}


@dataclass(frozen=True)
class Line:
    """One thing to do: an obligation, or one part of a payment in parts."""

    key: str
    position: int
    terms: Terms
    obligation: Obligation
    part: Instalment | None
    words: tuple[Word, ...]
    today: date
    # Whether a later agreement took this one's place: what was said stays, nothing is added.
    is_replaced: bool = False

    @property
    def title(self) -> str:
        """Its number in the document and its kind, in the document's language."""
        kind = wording(self.terms.language)["kind"][self.obligation.kind]
        return f"4.{self.position} {kind}"

    @property
    def part_title(self) -> str:
        """Which part of a payment in parts; "" for everything else."""
        if self.part is None:
            return ""
        count = len(self.obligation.instalments)
        return gettext("Part %(number)s of %(count)s") % {"number": self.part.seq, "count": count}

    @property
    def is_first_of_its_term(self) -> bool:
        """Whether the term's words are to be read here, and not at an earlier part."""
        return self.part is None or self.part == self.obligation.instalments[0]

    @property
    def lang(self) -> str:
        """The language the parties' words are in, as HTML names it."""
        return str(wording(self.terms.language)["html_lang"])

    @property
    def debtor(self) -> str:
        return self.terms.party(self.obligation.debtor).name

    @property
    def creditor(self) -> str:
        return self.terms.party(self.obligation.creditor).name

    @property
    def due_on(self) -> date | None:
        return self.part.due_on if self.part else self.obligation.due_on

    @property
    def amount(self) -> Decimal | None:
        return self.part.amount if self.part else self.obligation.amount

    @property
    def amount_text(self) -> str:
        return self.in_words(self.amount)

    def in_words(self, amount: Decimal | None) -> str:
        """An amount of this obligation as the document writes amounts; "" without one."""
        if amount is None:
            return ""
        return amount_text(amount, self.obligation.currency, self.terms.language)

    @property
    def said(self) -> list[tuple[Word, str]]:
        """Each statement, and the amount it names in words."""
        return [(word, self.in_words(word.details.amount)) for word in self.words]

    @property
    def seen(self) -> int:
        """The number of the last statement."""
        return len(self.words)

    @property
    def standing(self) -> tuple[Word, ...]:
        """What was said and not taken back."""
        return tuple(word for word in self.words if word.stands)

    @property
    def last(self) -> Word | None:
        return self.standing[-1] if self.standing else None

    @property
    def last_report(self) -> Word | None:
        reports = [word for word in self.standing if word.says in REPORTS]
        return reports[-1] if reports else None

    @property
    def status(self) -> LineStatus:
        if self.obligation.kind == ObligationKind.WAIVE:
            return LineStatus.BY_ITSELF
        status = STATUS[self.last.says] if self.last is not None else None
        if self.is_replaced and status != LineStatus.CONFIRMED:
            return LineStatus.REPLACED
        if status is not None:
            return status
        is_over = self.due_on is not None and self.due_on < self.today
        return LineStatus.LATE if is_over else LineStatus.PENDING

    @property
    def tone(self) -> str:
        return TONES.get(self.status, "neutral")

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is to be said about it."""
        return self.status in NOTHING_MORE

    def open_to(self, letter: str) -> frozenset[Says]:
        """What this side may say now."""
        if self.is_settled or self.is_replaced:
            return frozenset()
        open_now = set(self._open_to_debtor(letter)) | set(self._open_to_creditor(letter))
        if self.last is not None and self.last.letter == letter:
            open_now.add(Says.TAKEN_BACK)
        return frozenset(open_now)

    def _open_to_debtor(self, letter: str) -> Iterator[Says]:
        if letter == self.obligation.debtor:
            yield from REPORTS

    def _open_to_creditor(self, letter: str) -> Iterator[Says]:
        if letter != self.obligation.creditor:
            return
        yield Says.CONFIRMED
        report, last = self.last_report, self.last
        if report is None or last is None:
            return
        if report.says == Says.PART and last.says != Says.PART_CONFIRMED:
            yield Says.PART_CONFIRMED
        if last.says != Says.DISPUTED:
            yield Says.DISPUTED

    def waits_for(self, letter: str) -> bool:
        """Whether the other side reported something this side has not answered."""
        last = self.last
        is_asked = last is not None and last.says in REPORTS
        return is_asked and not self.is_settled and letter == self.obligation.creditor


NOTHING_MORE = (LineStatus.CONFIRMED, LineStatus.BY_ITSELF, LineStatus.REPLACED)
STATUS = {
    Says.DONE: LineStatus.DONE,
    Says.PART: LineStatus.PART,
    Says.PART_CONFIRMED: LineStatus.PART,
    Says.CONFIRMED: LineStatus.CONFIRMED,
    Says.DISPUTED: LineStatus.DISPUTED,
}


def performed_at(lines: Iterable[Line]) -> datetime | None:
    """When the last line was confirmed; None while one is not, or where nothing was to be done."""
    rows = [line for line in lines if line.status != LineStatus.BY_ITSELF]
    if not rows or not all(line.status == LineStatus.CONFIRMED for line in rows):
        return None
    return max(line.standing[-1].said_at for line in rows)
