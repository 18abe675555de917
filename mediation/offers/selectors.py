"""Reads of offers and sealed rounds: the terms in clear, and what pages and browsers are shown."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import Person, User
from mediation.cases.access import party_of
from mediation.cases.enums import Compartment, Currency
from mediation.cases.models import Case
from mediation.cases.selectors import accounts_of, name_of, open_sealed
from mediation.offers import access
from mediation.offers.enums import OfferState, RoundState
from mediation.offers.models import UNDER_WAY, Offer, SealedFigure, SealedRound

S = OfferState


@dataclass(frozen=True)
class OfferTerms:
    """What is proposed: `payer` is the letter of the side that pays the amount; `words` say all
    that an amount and a day cannot.
    """

    payer: str = ""
    amount: Decimal | None = None
    currency: str = ""
    due_on: date | None = None
    words: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, default=str)

    @staticmethod
    def from_json(text: str) -> "OfferTerms":
        raw = json.loads(text)
        amount, due_on = raw["amount"], raw["due_on"]
        return OfferTerms(
            payer=raw["payer"],
            amount=Decimal(amount) if amount is not None else None,
            currency=raw["currency"],
            due_on=date.fromisoformat(due_on) if due_on is not None else None,
            words=raw["words"],
        )


def terms_of(offer: Offer) -> OfferTerms:
    """The terms in clear. Raises KeyDestroyed after the erasure."""
    return OfferTerms.from_json(open_sealed(offer, offer.case, "terms", Compartment.JOINT))


@dataclass(frozen=True)
class OfferLine:
    """One offer as one person reads it. `maker` is the side's name, and empty for a mediator's
    proposal; `own_answer` is None where this person's side has not answered.
    """

    offer: Offer
    terms: OfferTerms
    maker: str
    payer: str
    payee: str
    is_mine: bool
    waits_for_me: bool
    own_answer: bool | None

    @property
    def state(self) -> OfferState:
        """As it is now, also where the clock has not come by yet."""
        is_over = self.offer.state == S.OPEN and not self.offer.is_answerable
        return S.EXPIRED if is_over else S(self.offer.state)

    @property
    def status(self) -> str | Promise:
        """The state in words. Of two answers to a proposal it says no more than what they come
        to, so that nobody who declined learns that the other side accepted.
        """
        if self.state == S.OPEN:
            return self._open_status()
        words = PROPOSAL_STATUS if self.offer.is_proposal else {}
        return words.get(self.state, self.state.label)

    def _open_status(self) -> str | Promise:
        if self.waits_for_me:
            return _("Waits for your answer")
        return _("You have answered") if self.own_answer is not None else _("Waits for an answer")

    @property
    def tone(self) -> str:
        if self.waits_for_me:
            return "attention"
        return TONES.get(self.state, "ended")


PROPOSAL_STATUS: dict[OfferState, str | Promise] = {
    S.ACCEPTED: _("Accepted by both sides"),
    S.DECLINED: _("Not accepted by both sides"),
}
TONES = {S.OPEN: "waiting", S.ACCEPTED: "done"}


@dataclass(frozen=True)
class OffersPage:
    """All that the page of a case's offers shows: each offer in the order in which they were
    made, and the latest of each side where both have made one.
    """

    lines: list[OfferLine]
    compared: list[OfferLine]
    rounds: "list[RoundLine]"
    can_offer: bool
    can_propose_round: bool

    @property
    def waiting(self) -> list[OfferLine]:
        return [line for line in self.lines if line.waits_for_me]

    @property
    def waiting_rounds(self) -> "list[RoundLine]":
        return [line for line in self.rounds if line.waits_for_me]


def offers_page(user: User, case: Case) -> OffersPage:
    lines = offer_lines(user, case)
    return OffersPage(
        lines=lines,
        compared=_latest_of_each_side(lines),
        rounds=round_lines(user, case),
        can_offer=access.can_offer(user, case),
        can_propose_round=access.can_propose_round(user, case),
    )


def _latest_of_each_side(lines: Iterable[OfferLine]) -> list[OfferLine]:
    """In the order of the sides, for everybody the same."""
    latest = {line.offer.side_id: line for line in lines if not line.offer.is_proposal}
    by_letter = sorted(latest.values(), key=lambda line: line.offer.side.letter)  # type: ignore[union-attr]
    return by_letter if len(by_letter) > 1 else []


def offer_lines(user: User, case: Case) -> list[OfferLine]:
    """Every offer of the case, oldest first; none for those who may not see them."""
    rows = access.offers_visible_to(user).filter(case=case)
    reader = _Reader(user, case)
    return [reader.line(row) for row in rows.select_related("case", "side", "counter_to")]


def offer_line(user: User, offer: Offer) -> OfferLine:
    """One offer out of `offers_visible_to`."""
    return _Reader(user, offer.case).line(offer)


def accepted_lines(user: User, case: Case) -> list[OfferLine]:
    """What was accepted, for whoever writes the settlement."""
    return [line for line in offer_lines(user, case) if line.state == S.ACCEPTED]


class _Reader:
    """What one person may know about all offers of a case, looked up once."""

    def __init__(self, user: User, case: Case) -> None:
        parties = case.participants.parties().filter(joined_at__isnull=False)
        people = list(parties.select_related("case", "user", "side"))
        self._names = {row.side.letter: name_of(row) for row in people if row.side}
        self._letters = {row.side_id: row.side.letter for row in people if row.side}
        own = case.participants.active().filter(user=user).values_list("side", flat=True)
        self._own: set[UUID | None] = set(own)
        self._waiting = set(access.offers_waiting_for(user, case).values_list("pk", flat=True))
        answers = access.answers_visible_to(user).filter(offer__case=case)
        self._answers = dict(answers.values_list("offer", "accepts"))

    def line(self, offer: Offer) -> OfferLine:
        terms = terms_of(offer)
        others = (name for letter, name in self._names.items() if letter != terms.payer)
        return OfferLine(
            offer=offer,
            terms=terms,
            maker=self._names.get(self._letters.get(offer.side_id, ""), ""),
            payer=self._names.get(terms.payer, ""),
            payee=next(others, ""),
            is_mine=offer.side_id in self._own,
            waits_for_me=offer.pk in self._waiting,
            own_answer=self._answers.get(offer.pk),
        )


def side_names(case: Case) -> list[tuple[str, str]]:
    """(letter, name) of each side, for the question who pays."""
    rows = case.participants.active().parties().select_related("case", "user", "side")
    return [(row.side.letter, name_of(row)) for row in rows if row.side]


def usual_currency(user: User, case: Case) -> str:
    """The currency in which the sides themselves wrote what it is about."""
    named = (account.answers.currency for account in accounts_of(user, case))
    return next((currency for currency in named if currency), Currency.CNY)


# --- Sealed rounds ----------------------------------------------------------------------------

R = RoundState
ROUND_TONES = {R.OVERLAP: "done"}
MINOR_UNITS = 100  # in one unit of every currency there is in Currency


@dataclass(frozen=True)
class RoundTerms:
    """What a sealed round asks: the side with letter `payer` names the most it would pay, the
    other side the least it would take, as the answer to `question`.
    """

    payer: str
    currency: str
    question: str

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "RoundTerms":
        return RoundTerms(**json.loads(text))


def round_terms(row: SealedRound) -> RoundTerms:
    """The terms in clear. Raises KeyDestroyed after the erasure."""
    return RoundTerms.from_json(open_sealed(row, row.case, "terms", Compartment.JOINT))


def midpoint_of(row: SealedRound) -> Decimal | None:
    """The figure in the middle, where both sides agreed to it beforehand and there is one."""
    minor = open_sealed(row, row.case, "midpoint", Compartment.JOINT)
    return Decimal(minor) / MINOR_UNITS if minor else None


@dataclass(frozen=True)
class RoundLine:
    """One sealed round as one person reads it. `payer` and `payee` are names, `proposer` too, and
    empty for the mediator; `i_pay` is None for the mediator.
    """

    row: SealedRound
    terms: RoundTerms
    proposer: str
    payer: str
    payee: str
    is_mine: bool
    i_pay: bool | None
    has_agreed: bool
    has_sealed: bool
    waits_for_me: bool
    midpoint: Decimal | None

    @property
    def state(self) -> RoundState:
        """As it is now, also where the clock has not come by yet."""
        return R.EXPIRED if self.is_under_way and not self.row.is_live else R(self.row.state)

    @property
    def is_under_way(self) -> bool:
        return self.row.state in UNDER_WAY

    @property
    def status(self) -> str | Promise:
        """The state in words. Who else has agreed or sealed is not in it."""
        if self.state == R.PROPOSED:
            return _("Waits for your answer") if self.waits_for_me else self.state.label
        if self.state == R.AGREED and self.waits_for_me:
            return _("Waits for your figure")
        return self.state.label

    @property
    def tone(self) -> str:
        if self.waits_for_me:
            return "attention"
        if self.state in UNDER_WAY:
            return "waiting"
        return ROUND_TONES.get(self.state, "ended")


def round_lines(user: User, case: Case) -> list[RoundLine]:
    """Every sealed round of the case, oldest first; none for those who may not see them."""
    reader = _RoundReader(user, case)
    return [reader.line(row) for row in access.rounds_visible_to(user).filter(case=case)]


def round_line(user: User, row: SealedRound) -> RoundLine:
    """One round out of `rounds_visible_to`."""
    return _RoundReader(user, row.case).line(row)


class _RoundReader:
    """What one person may know about all sealed rounds of a case, looked up once."""

    def __init__(self, user: User, case: Case) -> None:
        parties = case.participants.parties().filter(joined_at__isnull=False)
        people = list(parties.select_related("case", "user", "side"))
        self._names = {row.side.letter: name_of(row) for row in people if row.side}
        self._letters = {row.side_id: row.side.letter for row in people if row.side}
        own = case.participants.active().filter(user=user).values_list("side", flat=True)
        self._own: set[UUID | None] = set(own)
        self._agreed = _rounds_of(access.agreements_visible_to(user), case)
        self._sealed = _rounds_of(access.figures_visible_to(user), case)
        self._waiting = set(access.rounds_waiting_for(user, case).values_list("pk", flat=True))

    def line(self, row: SealedRound) -> RoundLine:
        terms = round_terms(row)
        mine = {self._letters.get(side) for side in self._own} - {None}
        others = (name for letter, name in self._names.items() if letter != terms.payer)
        return RoundLine(
            row=row,
            terms=terms,
            proposer=self._names.get(self._letters.get(row.side_id, ""), ""),
            payer=self._names.get(terms.payer, ""),
            payee=next(others, ""),
            is_mine=row.side_id in self._own,
            i_pay=terms.payer in mine if mine else None,
            has_agreed=row.pk in self._agreed,
            has_sealed=row.pk in self._sealed,
            waits_for_me=row.pk in self._waiting,
            midpoint=midpoint_of(row),
        )


def _rounds_of(rows: QuerySet[Any], case: Case) -> set[UUID]:
    return set(rows.filter(round__case=case).values_list("round", flat=True))


def letter_of(user: Person, case: Case) -> str:
    """The letter of this person's side, and empty for the mediator."""
    part = party_of(user, case)
    return part.side.letter if part and part.side else ""


def browser_state(user: User, row: SealedRound) -> dict[str, Any]:
    """What the script on the page of a round needs. Nothing of the other side's but its public
    key, and that only when both figures are in and final.
    """
    figures = access.figures_visible_to(user).filter(round=row).select_related("side")
    mine = figures.first()
    line_state = R(row.state) if row.is_live or row.state not in UNDER_WAY else R.EXPIRED
    both = row.figures.order_by("side__letter") if line_state == R.BOTH_IN else row.figures.none()
    return {
        "state": line_state,
        "round": str(row.pk),
        "mine": _own_figure(row, mine) if mine else None,
        "keys": list(both.values_list("public_key", flat=True)),
        "next": _next_step(mine, list(both)),
    }


def _own_figure(row: SealedRound, figure: SealedFigure) -> dict[str, str]:
    return {
        "public_key": figure.public_key,
        "kept": open_sealed(figure, row.case, "kept", Compartment.JOINT),
    }


def _next_step(mine: SealedFigure | None, both: list[SealedFigure]) -> str:
    """What this side's browser is to do: wait, seal its figure for both, or open the two."""
    if mine is None or mine.opening_sealed or not both:
        return "wait"
    return "open" if any(one.opening_sealed for one in both) else "seal"
