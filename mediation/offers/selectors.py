"""Reads of offers: the sealed terms in clear, and what the pages show."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.cases.enums import Compartment, Currency
from mediation.cases.models import Case
from mediation.cases.selectors import accounts_of, name_of, open_sealed
from mediation.offers import access
from mediation.offers.enums import OfferState
from mediation.offers.models import Offer

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
    can_offer: bool

    @property
    def waiting(self) -> list[OfferLine]:
        return [line for line in self.lines if line.waits_for_me]


def offers_page(user: User, case: Case) -> OffersPage:
    lines = offer_lines(user, case)
    return OffersPage(lines, _latest_of_each_side(lines), access.can_offer(user, case))


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
