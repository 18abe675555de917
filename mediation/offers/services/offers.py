"""Making an offer, answering it, taking it back, and what the clock does to it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases import lifecycle as cases
from mediation.cases.enums import Compartment, Currency
from mediation.cases.models import Case, Participant
from mediation.cases.services.news import tell_people
from mediation.cases.services.sealing import seal_field
from mediation.core import jobs, realtime
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.core.text import in_one_form
from mediation.offers import access
from mediation.offers.enums import OfferState
from mediation.offers.lifecycle import lock, move
from mediation.offers.models import CASE_IS_OVER, Answer, Offer
from mediation.offers.selectors import OfferTerms

SHORTEST_DAYS, USUAL_DAYS, LONGEST_DAYS = 1, 7, 30
MOST_WORDS = 4000
LARGEST = Decimal("9999999999999.99")


class OfferIncomplete(InvalidInput):
    """An offer needs an amount or words, and an amount needs a currency and somebody who pays."""

    code = "offer_incomplete"
    message = _(
        "An offer needs an amount or words. With an amount, say who pays and in which currency."
    )


class OfferNotOpen(WrongState):
    """The offer was answered, taken back or has expired in the meantime."""

    code = "offer_not_open"
    message = _("This offer is no longer open. Go back to the offers to see what became of it.")


@dataclass(frozen=True)
class Draft:
    """An offer somebody wants to make. The same `client_id` again is the same offer."""

    client_id: UUID
    terms: OfferTerms
    valid_days: int = USUAL_DAYS


# --- Making -----------------------------------------------------------------------------------


@transaction.atomic
def make_offer(*, actor: User, case: Case, draft: Draft) -> Offer:
    """A side offers something to the other, or the mediator proposes something to both. An offer
    of theirs that is still open is withdrawn: each has one at a time.

    Raises Forbidden, ConsentMissing, OfferIncomplete or InvalidInput.
    """
    case = cases.lock(case)
    part = case_access.require_participant(actor, case)
    return _made_before(part, draft) or _make(actor, case, part, draft)


@transaction.atomic
def counter_offer(*, actor: User, offer: Offer, draft: Draft) -> Offer:
    """Answer the other side's offer with another one, which ends the first. Raises as
    `make_offer`, and OfferNotOpen.
    """
    case, offer = lock(offer)
    part = case_access.require_participant(actor, case)
    made = _made_before(part, draft)
    if made is not None:
        return made
    require(access.is_addressee(actor, offer) and not offer.is_proposal)
    _require_open(case, offer, needs_talk=True)
    move(offer, OfferState.COUNTERED, actor=actor)
    return _make(actor, case, part, draft, counter_to=offer)


def _made_before(part: Participant, draft: Draft) -> Offer | None:
    return Offer.objects.filter(maker=part, client_id=draft.client_id).first()


def _make(
    actor: User, case: Case, part: Participant, draft: Draft, counter_to: Offer | None = None
) -> Offer:
    require(case.is_open, WrongState)
    case_access.require_talk(case)
    terms = _checked(case, draft)
    _end_earlier(actor, case, part)
    now = timezone.now()
    offer = Offer(
        case=case,
        number=case.offers.count() + 1,
        maker=part,
        side=part.side,
        counter_to=counter_to,
        client_id=draft.client_id,
        state_since=now,
        made_at=now,
        valid_until=min(now + timedelta(days=draft.valid_days), case.ends_by),
    )
    seal_field(offer, case, "terms", Compartment.JOINT, terms.to_json())
    offer.save(force_insert=True)
    audit.record(actor=actor, action="offer.made", target=offer, case_id=case.pk)
    realtime.publish("offer.made", case=str(case.pk), participant=str(part.pk))
    _tell_soon(offer, "offers/new_offer", but=actor)
    return offer


def _checked(case: Case, draft: Draft) -> OfferTerms:
    """The terms as they are stored. Raises OfferIncomplete or InvalidInput."""
    words = in_one_form(draft.terms.words)
    terms = replace(draft.terms, words=words)
    require(terms.amount is not None or bool(words), OfferIncomplete)
    require(len(words) <= MOST_WORDS, InvalidInput)
    require(SHORTEST_DAYS <= draft.valid_days <= LONGEST_DAYS, InvalidInput)
    require(terms.due_on is None or terms.due_on >= timezone.localdate(), InvalidInput)
    if terms.amount is None:
        return replace(terms, payer="", currency="")
    require(terms.amount.is_finite() and 0 < terms.amount <= LARGEST, InvalidInput)
    require(terms.amount == round(terms.amount, 2), InvalidInput)
    letters = case.sides.values_list("letter", flat=True)
    require(terms.payer in letters and terms.currency in Currency.values, OfferIncomplete)
    return replace(terms, amount=round(terms.amount, 2))


def _end_earlier(actor: User, case: Case, part: Participant) -> None:
    """Whatever this side, or the mediator, still has open gives way to the new offer."""
    for earlier in case.offers.open().filter(side=part.side).select_for_update(of=("self",)):
        earlier.case = case
        if earlier.is_answerable:
            move(earlier, OfferState.WITHDRAWN, actor=actor)
        else:
            move(earlier, OfferState.EXPIRED, actor=None)


# --- Answering --------------------------------------------------------------------------------


@transaction.atomic
def accept_offer(*, actor: User, offer: Offer) -> Offer:
    """A side says yes: recorded, and binding nobody. A mediator's proposal is accepted once both
    sides said yes. Twice is the same as once.

    Raises Forbidden, ConsentMissing or OfferNotOpen.
    """
    return _answer(actor, offer, accepts=True)


@transaction.atomic
def decline_offer(*, actor: User, offer: Offer) -> Offer:
    """A side says no: without a reason, without anybody's consent. A mediator's proposal stays
    open for the other side, which must not learn of a no from it. Twice is the same as once.

    Raises Forbidden or OfferNotOpen.
    """
    return _answer(actor, offer, accepts=False)


def _answer(actor: User, offer: Offer, *, accepts: bool) -> Offer:
    case, offer = lock(offer)
    require(access.is_addressee(actor, offer))
    given = access.answers_visible_to(actor).filter(offer=offer).first()
    if given is not None:
        require(given.accepts == accepts, OfferNotOpen)
        return offer
    _require_open(case, offer, needs_talk=accepts)
    part = case_access.require_party(actor, case)
    Answer.objects.create(offer=offer, participant=part, accepts=accepts, given_at=timezone.now())
    # Not which answer: the log would tell what the page keeps to itself.
    audit.record(actor=actor, action="offer.answered", target=offer, case_id=case.pk)
    _conclude_when_all_answered(actor, case, offer)
    return offer


def _conclude_when_all_answered(actor: User, case: Case, offer: Offer) -> None:
    asked = {side.pk for side in case.sides.all() if side.pk != offer.side_id}
    answers = dict(offer.answers.values_list("participant__side", "accepts"))
    if set(answers) != asked:
        return
    to = OfferState.ACCEPTED if all(answers.values()) else OfferState.DECLINED
    move(offer, to, actor=None if offer.is_proposal else actor)
    if to == OfferState.ACCEPTED:
        _tell_soon(offer, "offers/accepted", but=actor)


def _require_open(case: Case, offer: Offer, *, needs_talk: bool) -> None:
    require(case.is_open, WrongState)
    if needs_talk:
        case_access.require_talk(case)
    require(offer.is_answerable, OfferNotOpen)


@transaction.atomic
def withdraw_offer(*, actor: User, offer: Offer) -> Offer:
    """The side it comes from, or the mediator, takes an open offer back, without anybody's
    consent. Twice is the same as once. Raises Forbidden or OfferNotOpen.
    """
    case, offer = lock(offer)
    require(access.is_maker(actor, offer))
    if offer.state == OfferState.WITHDRAWN:
        return offer
    _require_open(case, offer, needs_talk=False)
    return move(offer, OfferState.WITHDRAWN, actor=actor)


# --- The clock --------------------------------------------------------------------------------


def expire_offers() -> int:
    """End every open offer whose time is over or whose case has ended; returns how many. Safe to
    run at any time, in any number of processes.
    """
    late = Q(valid_until__lte=timezone.now()) | Q(case__state__in=CASE_IS_OVER)
    due = Offer.objects.open().filter(late).select_related("case")
    return sum(_expire(offer) for offer in due)


@transaction.atomic
def _expire(offer: Offer) -> bool:
    _case, offer = lock(offer)
    if offer.state != OfferState.OPEN or offer.is_answerable:
        return False
    move(offer, OfferState.EXPIRED, actor=None)
    return True


@transaction.atomic
def forget_offers(*, case: Case) -> dict[str, int]:
    """Part of a case's erasure: every offer with its answers. Answers are not counted: the
    certificate, which both sides read, would tell whether the other one had answered.
    """
    Answer.objects.filter(offer__case=case).delete()
    offers, _by_model = Offer.objects.filter(case=case).delete()
    return {"offers": offers}


# --- News -------------------------------------------------------------------------------------


def _tell_soon(offer: Offer, kind: str, *, but: User) -> None:
    """Queue one mail of this kind to the others, within the caller's transaction."""
    jobs.enqueue(
        "offers.send_news",
        case_id=str(offer.case_id),
        offer_id=str(offer.pk),
        kind=kind,
        but=str(but.pk),
    )


def send_news(*, offer: Offer, kind: str, but: UUID) -> None:
    """One short mail to everybody else in the case, in their language, without a word of what is
    offered. Once per event.
    """
    event = f"{kind.rpartition('/')[2]}:{offer.pk}"
    tell_people(case=offer.case, kind=kind, event=event, but=but)
