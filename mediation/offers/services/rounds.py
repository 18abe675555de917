"""Proposing a sealed round, agreeing to it or not, calling it off, and what the clock does."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases import lifecycle as cases
from mediation.cases.enums import Compartment, Currency, ParticipantRole
from mediation.cases.models import Case, Participant, Side
from mediation.cases.services.news import tell_people
from mediation.cases.services.sealing import seal_field
from mediation.core import jobs
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.core.text import in_one_form
from mediation.offers import access
from mediation.offers.access import MOST_COMPARED
from mediation.offers.enums import RoundRule, RoundState
from mediation.offers.lifecycle import lock_round, move_round
from mediation.offers.models import CASE_IS_OVER, UNDER_WAY, RoundAgreement, SealedRound
from mediation.offers.selectors import RoundTerms
from mediation.offers.services.offers import LONGEST_DAYS, SHORTEST_DAYS, USUAL_DAYS

MOST_QUESTION = 300


class RoundNotOpen(WrongState):
    """The sealed round has moved on or ended in the meantime."""

    code = "round_not_open"
    message = _(
        "This step of the sealed offer is not open any more. Go back to see what became of it."
    )


class RoundUnderWay(WrongState):
    """One sealed round at a time."""

    code = "round_under_way"
    message = _(
        "A sealed offer is under way in this case. When it has ended, another one can begin."
    )


class RoundsUsedUp(WrongState):
    """Three rounds of the case were compared: with more of them figures could be felt out."""

    code = "rounds_used_up"
    message = _("Three sealed offers were compared in this case, and there are no more than that.")


@dataclass(frozen=True)
class RoundDraft:
    """A round somebody wants to propose. The same `client_id` again is the same round."""

    client_id: UUID
    terms: RoundTerms
    rule: RoundRule
    valid_days: int = USUAL_DAYS


# --- Proposing --------------------------------------------------------------------------------


@transaction.atomic
def propose_round(*, actor: User, case: Case, draft: RoundDraft) -> SealedRound:
    """A side proposes a sealed round to the other and thereby agrees to it, or the mediator
    proposes one to both.

    Raises Forbidden, ConsentMissing, RoundUnderWay, RoundsUsedUp or InvalidInput.
    """
    case = cases.lock(case)
    part = case_access.require_participant(actor, case)
    made = SealedRound.objects.filter(proposer=part, client_id=draft.client_id).first()
    if made is not None:
        return made
    require(case.is_open, WrongState)
    case_access.require_talk(case)
    terms = _checked(case, draft)
    _make_room(case)
    row = _made(case, part, draft, terms)
    audit.record(actor=actor, action="sealed_round.proposed", target=row, case_id=case.pk)
    if part.side is not None:
        _agree(part, part.side, row)
    tell_soon(row, "offers/round_proposed", but=actor)
    return row


def _checked(case: Case, draft: RoundDraft) -> RoundTerms:
    """The terms as they are stored. Raises InvalidInput."""
    question = in_one_form(draft.terms.question)
    require(0 < len(question) <= MOST_QUESTION, InvalidInput)
    require(SHORTEST_DAYS <= draft.valid_days <= LONGEST_DAYS, InvalidInput)
    require(draft.terms.currency in Currency.values, InvalidInput)
    require(draft.terms.payer in case.sides.values_list("letter", flat=True), InvalidInput)
    return replace(draft.terms, question=question)


def _make_room(case: Case) -> None:
    """One round at a time and three comparisons in a case. Raises RoundUnderWay, RoundsUsedUp."""
    for earlier in case.sealed_rounds.under_way().select_for_update(of=("self",)):
        earlier.case = case
        require(not earlier.is_live, RoundUnderWay)
        move_round(earlier, RoundState.EXPIRED, actor=None)
    require(case.sealed_rounds.compared().count() < MOST_COMPARED, RoundsUsedUp)


def _made(case: Case, part: Participant, draft: RoundDraft, terms: RoundTerms) -> SealedRound:
    now = timezone.now()
    row = SealedRound(
        case=case,
        number=case.sealed_rounds.count() + 1,
        proposer=part,
        side=part.side,
        client_id=draft.client_id,
        rule=draft.rule,
        state_since=now,
        proposed_at=now,
        valid_until=min(now + timedelta(days=draft.valid_days), case.ends_by),
    )
    seal_field(row, case, "terms", Compartment.JOINT, terms.to_json())
    row.save(force_insert=True)
    return row


# --- Answering --------------------------------------------------------------------------------


@transaction.atomic
def agree_to_round(*, actor: User, row: SealedRound) -> SealedRound:
    """A side says yes to the question and the rule. With the last yes the figures can be sealed.
    Twice is the same as once. Raises Forbidden, ConsentMissing or RoundNotOpen.
    """
    case, row = lock_round(row)
    part = case_access.require_party(actor, case)
    assert part.side is not None
    if row.agreements.filter(side=part.side).exists():
        return row
    case_access.require_talk(case)
    require(row.state == RoundState.PROPOSED and row.is_live, RoundNotOpen)
    _agree(part, part.side, row)
    audit.record(actor=actor, action="sealed_round.answered", target=row, case_id=case.pk)
    if row.agreements.count() == case.sides.count():
        move_round(row, RoundState.AGREED, actor=None)
        tell_soon(row, "offers/round_agreed", but=actor)
    return row


def _agree(part: Participant, side: Side, row: SealedRound) -> None:
    RoundAgreement.objects.create(round=row, side=side, participant=part, given_at=timezone.now())


@transaction.atomic
def decline_round(*, actor: User, row: SealedRound) -> SealedRound:
    """A side that was asked says no, without a reason and without anybody's consent; that ends the
    round, and the record does not say whose no it was. Raises Forbidden or RoundNotOpen.
    """
    case, row = lock_round(row)
    part = case_access.require_party(actor, case)
    require(not row.agreements.filter(side=part.side_id).exists())
    require(access.can_decline_round(actor, row), RoundNotOpen)
    audit.record(actor=actor, action="sealed_round.answered", target=row, case_id=case.pk)
    return move_round(row, RoundState.DECLINED, actor=None)


@transaction.atomic
def call_off_round(*, actor: User, row: SealedRound) -> SealedRound:
    """A side that agreed ends the round before the comparison, or the mediator one of their own
    that both have not agreed to yet. Nobody learns a figure, and both are destroyed. Twice is the
    same as once. Raises Forbidden or RoundNotOpen.
    """
    case, row = lock_round(row)
    case_access.require_participant(actor, case)
    if row.state == RoundState.CALLED_OFF:
        return row
    require(row.is_live, RoundNotOpen)
    require(access.can_call_off(actor, row))
    return move_round(row, RoundState.CALLED_OFF, actor=actor)


# --- The clock --------------------------------------------------------------------------------


def expire_rounds() -> int:
    """End every round whose time is over, whose case has ended or in whose case a consent is no
    longer in force, and destroy its figures; returns how many. Safe to run at any time, in any
    number of processes.
    """
    late = Q(valid_until__lte=timezone.now()) | Q(case__state__in=CASE_IS_OVER)
    due = SealedRound.objects.under_way().filter(late | Q(case__talk_open=False))
    return sum(_expire(row) for row in due.select_related("case"))


@transaction.atomic
def _expire(row: SealedRound) -> bool:
    case, row = lock_round(row)
    if row.state not in UNDER_WAY or (row.is_live and case.talk_open):
        return False
    move_round(row, RoundState.EXPIRED, actor=None)
    return True


@transaction.atomic
def forget_rounds(*, case: Case) -> dict[str, int]:
    """Part of a case's erasure. Figures and agreements are not counted: the certificate, which
    both sides read, would tell how far the other one had come.
    """
    rows = SealedRound.objects.filter(case=case)
    found = rows.count()
    rows.delete()
    return {"sealed_rounds": found}


# --- News -------------------------------------------------------------------------------------

TOLD: dict[str, tuple[str, ...]] = {"offers/round_ready": (ParticipantRole.PARTY,)}


def tell_soon(row: SealedRound, kind: str, *, but: User) -> None:
    """Queue one mail of this kind to the others, within the caller's transaction."""
    jobs.enqueue(
        "offers.send_round_news",
        case_id=str(row.case_id),
        round_id=str(row.pk),
        kind=kind,
        but=str(but.pk),
    )


def send_round_news(*, row: SealedRound, kind: str, but: UUID) -> None:
    """One short mail to the others, in their language, without a word of the question, and without
    saying what a comparison came to. Once per event.
    """
    event = f"{kind.rpartition('/')[2]}:{row.pk}"
    roles = TOLD.get(kind, tuple(ParticipantRole.values))
    tell_people(case=row.case, kind=kind, event=event, roles=roles, but=but)
