"""Sealed rounds by the services: who may, in which order, and that only the outcome stays."""

import os
import random
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import default_task_backend

from mediation.audit.models import EntryDetail
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.offers import access, selectors
from mediation.offers.enums import RoundRule
from mediation.offers.enums import RoundState as R
from mediation.offers.lifecycle import ROUND_ENDS, ROUND_MOVES, move_round
from mediation.offers.models import SealedFigure, SealedRound
from mediation.offers.selectors import RoundTerms, browser_state, midpoint_of
from mediation.offers.services import figures, rounds
from mediation.offers.services.figures import OpeningWrong
from mediation.offers.services.rounds import RoundNotOpen, RoundsUsedUp, RoundUnderWay
from mediation.privacy.selectors import history_of
from tests.factories.sealed import (
    TERMS,
    Browser,
    agreed_round,
    both_in,
    browsers,
    encrypted,
    fresh_round,
    propose,
    round_draft,
)

DICE = random.Random(11)


def compared(cast, *, takes, pays, a_opens=True, rule=RoundRule.MIDPOINT):
    """A whole round, opened by side A or by side B."""
    row, a, b = both_in(cast, takes=takes, pays=pays, rule=rule)
    first, second = (b, a) if a_opens else (a, b)
    first.seal(row)
    return second.open(row)


# --- What comes out -----------------------------------------------------------------------------


def test_an_overlap_and_the_midpoint_are_all_that_is_known_whoever_opens_it(cast):
    for _time in range(12):
        takes = DICE.choice([0, 1, 90_000, DICE.randint(0, 10**15 - 1)])
        pays = DICE.choice([takes, min(takes + 1, 10**15 - 1), DICE.randint(0, 10**15 - 1)])
        with transaction.atomic():
            for a_opens in (True, False):
                with transaction.atomic():
                    row = compared(cast, takes=takes, pays=pays, a_opens=a_opens)
                    overlaps = pays >= takes
                    assert row.state == (R.OVERLAP if overlaps else R.NO_OVERLAP)
                    found = midpoint_of(fresh_round(row))
                    assert (int(found * 100) if overlaps else found) == (
                        (pays + takes) // 2 if overlaps else None
                    )
                    assert not SealedFigure.objects.exists()
                    transaction.set_rollback(True)


def test_by_the_other_rule_there_is_no_midpoint(cast):
    row = compared(cast, takes=90_000, pays=100_000, rule=RoundRule.OVERLAP)
    assert (row.state, bytes(row.midpoint_sealed)) == (R.OVERLAP, b"")


def test_the_database_holds_no_midpoint_that_was_not_agreed_to(cast):
    row = compared(cast, takes=90_000, pays=100_000, rule=RoundRule.OVERLAP)
    with pytest.raises(IntegrityError), transaction.atomic():
        SealedRound.objects.filter(pk=row.pk).update(midpoint_sealed=b"x")


def test_the_side_that_pays_may_be_either(cast):
    terms = replace(TERMS, payer="A")
    row = agreed_round(cast, terms=terms)
    a, b = browsers(cast, takes=100_000, pays=90_000)  # side A, who pays, names the larger figure
    a.commit(row)
    b.commit(row)
    b.seal(row)
    assert a.open(row).state == R.OVERLAP


# --- What the server holds meanwhile --------------------------------------------------------------


def test_neither_figure_can_be_read_until_the_last_step(cast):
    """Everything the server knows before it, tried as a key on everything that is sealed."""
    row, a, b = both_in(cast, takes=90_000, pays=100_000)
    a.seal(row)
    held = [
        value
        for figure in SealedFigure.objects.all()
        for value in (figure.commitment, figure.public_key, str(figure.pk), str(row.pk))
    ]
    kept = [browser_state(one.user, row)["mine"]["kept"] for one in (a, b)]
    sealed = selectors.open_sealed(
        SealedFigure.objects.get(side__letter="A"), row.case, "opening", "joint"
    )
    from hashlib import sha256

    from mediation.offers.commitment import NotOpened, opened

    for guess in held:
        key = b64encode(sha256(guess.encode()).digest()).decode()
        for text in (*kept, sealed):
            with pytest.raises(NotOpened):
                opened(text, key)
    assert opened(sealed, b64encode(b.key(row)).decode()) == a.text(row)


def test_a_side_is_told_the_others_public_key_when_both_are_final_and_nothing_else(cast):
    row = agreed_round(cast)
    a, b = browsers(cast)
    a.commit(row)
    assert browser_state(cast.party_b, row)["mine"] is None
    assert browser_state(cast.party_b, row)["keys"] == []
    b.commit(row)
    row = fresh_round(row)
    seen = browser_state(cast.party_b, row)
    assert set(seen) == {"state", "round", "mine", "keys", "next"}
    assert set(seen["mine"]) == {"public_key", "kept"}
    assert len(seen["keys"]) == 2
    watching = browser_state(cast.mediator, row)
    assert (watching["mine"], watching["next"]) == (None, "wait")


# --- Order --------------------------------------------------------------------------------------


def test_nothing_is_opened_before_both_are_in_and_one_is_left_for_both(cast):
    row = agreed_round(cast)
    a, b = browsers(cast)
    a.commit(row)
    for act in (figures.seal_for_both, figures.open_round):
        more = {"key": "A" * 43 + "="} if act is figures.open_round else {}
        with pytest.raises(RoundNotOpen):
            act(actor=cast.party_a, row=row, opening="A" * 223 + "=", **more)
    b.commit(row)
    for one in (a, b):
        with pytest.raises(RoundNotOpen):
            one.open(row)
    a.seal(row)
    with pytest.raises(RoundNotOpen):
        b.seal(row)
    assert a.seal(row).state == R.BOTH_IN  # once more is the same as once
    assert browser_state(cast.party_a, fresh_round(row))["next"] == "wait"
    assert browser_state(cast.party_b, fresh_round(row))["next"] == "open"
    assert b.open(row).state == R.OVERLAP
    with pytest.raises(RoundNotOpen):
        figures.open_round(actor=cast.party_b, row=row, opening="A" * 223 + "=", key="A" * 43 + "=")


def test_a_figure_may_be_replaced_until_the_other_is_in_and_never_after(cast):
    row = agreed_round(cast)
    Browser(cast.party_a, "A", 999_999).commit(row)
    a = Browser(cast.party_a, "A", 90_000)
    a.commit(row)
    assert SealedFigure.objects.count() == 1
    b = Browser(cast.party_b, "B", 100_000)
    b.commit(row)
    for one in (a, b):
        with pytest.raises(RoundNotOpen):
            one.commit(row)
    b.seal(row)
    assert midpoint_of(a.open(row)) == 950


def test_nobody_seals_a_figure_before_both_agreed(cast):
    row = propose(cast.party_a, cast.case)
    for one in browsers(cast):
        with pytest.raises(RoundNotOpen):
            one.commit(row)


# --- Somebody who cheats --------------------------------------------------------------------------


def test_whoever_opens_cannot_bring_another_figure_or_salt(cast):
    row, a, b = both_in(cast, takes=90_000, pays=100_000)
    b.seal(row)
    key = a.key(row)
    for change in ({"figure": 100_000}, {"salt": bytes(32)}, {"letter": "B"}):
        told = {name: getattr(a, name) for name in change}
        for name, value in change.items():
            setattr(a, name, value)
        with pytest.raises(OpeningWrong):
            a.open(row)
        for name, value in told.items():
            setattr(a, name, value)
    with pytest.raises(OpeningWrong):
        figures.open_round(
            actor=cast.party_a,
            row=row,
            opening=encrypted(os.urandom(32), a.text(row)),
            key=b64encode(key).decode(),
        )
    assert (fresh_round(row).state, SealedFigure.objects.count()) == (R.BOTH_IN, 2)
    assert a.open(row).state == R.OVERLAP


def test_whoever_left_something_else_ends_the_round_and_tells_nobody_anything(cast):
    row, a, b = both_in(cast, takes=90_000, pays=80_000)
    b.figure = 95_000
    b.seal(row)
    row = a.open(row)
    assert (row.state, bytes(row.midpoint_sealed)) == (R.VOID, b"")
    assert not SealedFigure.objects.exists()
    assert access.can_propose_round(cast.party_a, cast.case)


@pytest.mark.parametrize(
    "change",
    [
        {"commitment": "1250.00"},
        {"commitment": "A" * 64},
        {"kept": "125000"},
        {"kept": "A" * 224},
        {"public_key": "A" * 87 + "="},
        {"public_key": ""},
    ],
)
def test_only_what_cannot_be_read_gets_in(cast, change):
    row = agreed_round(cast)
    entry = browsers(cast)[0].entry(row)
    with pytest.raises(InvalidInput):
        figures.commit_figure(actor=cast.party_a, row=row, entry=replace(entry, **change))
    assert not SealedFigure.objects.exists()


# --- Agreeing, declining, calling off -------------------------------------------------------------


def test_the_mediators_round_needs_both_sides(cast):
    row = propose(cast.mediator, cast.case)
    rounds.agree_to_round(actor=cast.party_b, row=row)
    assert fresh_round(row).state == R.PROPOSED
    assert rounds.agree_to_round(actor=cast.party_b, row=row).state == R.PROPOSED
    assert rounds.agree_to_round(actor=cast.party_a, row=row).state == R.AGREED


def test_a_no_ends_it_and_the_record_does_not_say_whose_it_was(cast):
    row = propose(cast.mediator, cast.case)
    rounds.agree_to_round(actor=cast.party_a, row=row)
    with pytest.raises(Forbidden):
        rounds.decline_round(actor=cast.party_a, row=row)
    assert rounds.decline_round(actor=cast.party_b, row=row).state == R.DECLINED
    for user, expected in ((cast.mediator, set()), (cast.party_b, {"You"})):
        part = cast.case.participants.get(user=user)
        lines = [line for line in history_of(part) if "agree" in str(line.what)]
        assert {line.who for line in lines} == {"The service", *expected}


def test_the_side_that_proposed_does_not_answer_and_the_mediator_neither(cast):
    row = propose(cast.party_a, cast.case)
    assert rounds.agree_to_round(actor=cast.party_a, row=row).state == R.PROPOSED
    for act in (rounds.agree_to_round, rounds.decline_round):
        with pytest.raises(Forbidden):
            act(actor=cast.mediator, row=row)
        with pytest.raises(Forbidden):
            act(actor=cast.stranger, row=row)
    with pytest.raises(Forbidden):
        rounds.decline_round(actor=cast.party_a, row=row)


def test_either_side_calls_it_off_until_the_comparison_and_everything_is_destroyed(cast):
    for stage, who in product(range(4), ("party_a", "party_b")):
        with transaction.atomic():
            row = agreed_round(cast)
            a, b = browsers(cast)
            for step in (a.commit, b.commit, a.seal)[:stage]:
                step(row)
            row = rounds.call_off_round(actor=getattr(cast, who), row=row)
            assert (row.state, SealedFigure.objects.count()) == (R.CALLED_OFF, 0)
            assert rounds.call_off_round(actor=getattr(cast, who), row=row).state == R.CALLED_OFF
            transaction.set_rollback(True)
    row = compared(cast, takes=1, pays=1)
    with pytest.raises(RoundNotOpen):
        rounds.call_off_round(actor=cast.party_a, row=row)


def test_the_mediator_takes_back_a_proposal_and_nothing_the_sides_agreed_to(cast):
    row = propose(cast.mediator, cast.case)
    with pytest.raises(Forbidden):
        rounds.call_off_round(actor=cast.party_a, row=row)  # has not agreed; says no instead
    for user in (cast.party_a, cast.party_b):
        rounds.agree_to_round(actor=user, row=row)
    with pytest.raises(Forbidden):
        rounds.call_off_round(actor=cast.mediator, row=row)
    rounds.call_off_round(actor=cast.party_b, row=row)
    again = propose(cast.mediator, cast.case)
    assert rounds.call_off_round(actor=cast.mediator, row=again).state == R.CALLED_OFF


# --- Limits -------------------------------------------------------------------------------------


def test_one_round_at_a_time_and_three_comparisons_in_a_case(cast):
    row = propose(cast.party_a, cast.case)
    with pytest.raises(RoundUnderWay):
        propose(cast.party_b, cast.case)
    rounds.decline_round(actor=cast.party_b, row=row)
    for _time in range(3):
        assert access.can_propose_round(cast.party_b, cast.case)
        compared(cast, takes=2, pays=1)
    assert not access.can_propose_round(cast.party_b, cast.case)
    for user in (cast.party_a, cast.mediator):
        with pytest.raises(RoundsUsedUp):
            propose(user, cast.case)
    assert list(SealedRound.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_one_form_sent_twice_proposes_once(cast):
    draft = round_draft()
    for _time in "12":
        rounds.propose_round(actor=cast.party_a, case=cast.case, draft=draft)
    assert SealedRound.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"terms": RoundTerms("B", "EUR", "  ")},
        {"terms": RoundTerms("B", "EUR", "x" * 301)},
        {"terms": RoundTerms("C", "EUR", "x")},
        {"terms": RoundTerms("B", "XXX", "x")},
        {"valid_days": 0},
        {"valid_days": 31},
    ],
)
def test_a_round_that_asks_nothing_sensible_is_refused(cast, change):
    with pytest.raises(InvalidInput):
        propose(cast.party_a, cast.case, **change)


# --- The clock, consents and the end of a case ----------------------------------------------------


def _last_step(row, browser):
    """What this browser would send to open the round."""
    return b64encode(browser.key(row)).decode(), browser.opening(row)


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_at_its_date_a_round_ends_with_everything_in_it(cast, stage):
    row = agreed_round(cast)
    a, b = browsers(cast)
    for step in (a.commit, b.commit, a.seal)[:stage]:
        step(row)
    key, opening = _last_step(row, b) if stage == 3 else ("A" * 43 + "=", "A" * 223 + "=")
    with time_machine.travel(row.valid_until - timedelta(seconds=1), tick=False):
        assert rounds.expire_rounds() == 0
    with time_machine.travel(row.valid_until, tick=False):
        line = selectors.round_line(cast.party_a, fresh_round(row))
        assert line.state == R.EXPIRED  # also before the clock has come by
        with pytest.raises(RoundNotOpen):
            figures.open_round(actor=cast.party_b, row=row, opening=opening, key=key)
        with pytest.raises(RoundNotOpen):
            b.commit(row)
        call_command("expire_offers")
        assert rounds.expire_rounds() == 0
    assert (fresh_round(row).state, SealedFigure.objects.count()) == (R.EXPIRED, 0)


@pytest.mark.parametrize("purpose", [Purpose.MEDIATE, Purpose.ONLINE])
def test_a_consent_that_is_taken_back_stops_the_round_and_destroys_the_figures(cast, purpose):
    row, a, b = both_in(cast)
    a.seal(row)
    key, opening = _last_step(row, b)
    consents.withdraw_consent(actor=cast.party_a, case=cast.case, purpose=purpose)
    with pytest.raises(ConsentMissing):
        figures.open_round(actor=cast.party_b, row=row, opening=opening, key=key)
    assert rounds.expire_rounds() == 1
    assert (fresh_round(row).state, SealedFigure.objects.count()) == (R.EXPIRED, 0)


def test_without_a_consent_there_is_no_yes_but_a_no(cast):
    row = propose(cast.party_a, cast.case)
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose="online")
    with pytest.raises(ConsentMissing):
        rounds.agree_to_round(actor=cast.party_b, row=row)
    assert not access.can_agree_to_round(cast.party_b, fresh_round(row))
    assert rounds.decline_round(actor=cast.party_b, row=row).state == R.DECLINED
    with pytest.raises(ConsentMissing):
        propose(cast.mediator, cast.case)


def test_when_the_case_ends_the_figures_are_destroyed(cast):
    row, _a, _b = both_in(cast)
    participation.leave_case(actor=cast.party_b, case=cast.case)
    assert rounds.expire_rounds() == 1
    assert (fresh_round(row).state, SealedFigure.objects.count()) == (R.EXPIRED, 0)


def test_forget_rounds_leaves_nothing(cast):
    both_in(cast)
    assert rounds.forget_rounds(case=cast.case) == {"sealed_rounds": 1}
    assert not SealedRound.objects.exists()
    assert not SealedFigure.objects.exists()


# --- Mail and record ------------------------------------------------------------------------------


def letters(cast):
    mail.outbox.clear()
    waiting = default_task_backend.results
    while waiting:
        job = waiting.pop(0)
        if job.task.func.__module__.startswith("mediation.offers"):
            for _time in "12":
                job.task.call(*job.args, **job.kwargs)
    names = {user.email: name for name, user in cast.everybody.items() if user}
    return sorted((names[one.to[0]], one.subject.partition(": ")[2]) for one in mail.outbox)


def test_who_is_told_what_and_never_a_word_of_it(cast):
    default_task_backend.clear()
    row = propose(cast.party_a, cast.case)
    told = "a sealed offer is proposed"
    assert letters(cast) == [("mediator", told), ("party_b", told)]
    said = [one.body for one in mail.outbox]
    rounds.agree_to_round(actor=cast.party_b, row=row)
    told = "both sides agreed to a sealed offer"
    assert letters(cast) == [("mediator", told), ("party_a", told)]
    a, b = browsers(cast, takes=7_777_777_777, pays=8_888_888_888)
    a.commit(row)
    assert letters(cast) == []  # nobody learns that one side's figure is in
    b.commit(row)
    b.seal(row)
    assert letters(cast) == [("party_a", "both figures of a sealed offer are in")]
    a.open(row)
    told = "a sealed offer has ended"
    assert letters(cast) == [("mediator", told), ("party_b", told)]
    said += [one.body for one in mail.outbox]
    assert not [
        word for word in ("7777777", "8888888", "van", "EUR", "overlap") if word in "".join(said)
    ]


def test_the_record_holds_neither_figures_nor_what_they_came_to(cast):
    compared(cast, takes=7_777_777_777, pays=8_888_888_888)
    details = EntryDetail.objects.values_list("details", flat=True)
    kept = b"".join(bytes(one) for one in details).decode("latin-1")
    assert not [
        word for word in ("7777777", "8888888", "83333333", "van", "overlap") if word in kept
    ]


def test_the_others_do_not_read_that_one_side_has_sealed(cast):
    row = agreed_round(cast)

    def seen(user):
        part = cast.case.participants.get(user=user)
        state = browser_state(user, fresh_round(row))
        line = selectors.round_line(user, fresh_round(row))
        return state, str(line.status), line.tone, [str(one.what) for one in history_of(part)]

    before = [seen(user) for user in (cast.party_b, cast.mediator)]
    browsers(cast)[0].commit(row)
    assert [seen(user) for user in (cast.party_b, cast.mediator)] == before


# --- The table ------------------------------------------------------------------------------------


def test_every_state_has_a_row():
    assert set(ROUND_MOVES) == set(R)
    assert {state for state, to in ROUND_MOVES.items() if not to} == ROUND_ENDS


@pytest.mark.parametrize(("before", "after"), list(product(R, R)))
def test_the_table_is_what_move_round_does(db, before, after):
    """Without a case: the table itself refuses before anything is written."""
    row = SealedRound(state=before, state_since=timezone.now())
    if after not in ROUND_MOVES[before]:
        with pytest.raises(WrongState):
            move_round(row, after, actor=None)


def test_every_end_destroys_the_figures(cast):
    for end in ROUND_ENDS - {R.DECLINED}:
        with transaction.atomic():
            row, _a, _b = both_in(cast)
            assert SealedFigure.objects.count() == 2
            move_round(row, end, actor=None)
            assert not SealedFigure.objects.exists()
            transaction.set_rollback(True)
