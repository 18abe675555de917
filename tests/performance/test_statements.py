"""What the sides may say about a line, and what follows from it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import default_task_backend

from mediation.audit.models import EntryDetail
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.performance.enums import LineStatus as L
from mediation.performance.enums import Says
from mediation.performance.models import Statement
from mediation.performance.selectors import lines_for, performed_at, waits_for_answer
from mediation.performance.services import statements
from mediation.performance.services.statements import OtherWord, StatementsFull, state_performance
from mediation.performance.tasks import send_news
from tests.factories.performance import draft, line_of, say

pytestmark = pytest.mark.django_db
DUE = date(2027, 1, 31)


def status(cast, settlement, key="o1"):
    return line_of(cast.party_a, settlement, key).status


def open_to(user, settlement, letter, key="o1"):
    return set(line_of(user, settlement, key).open_to(letter))


def test_a_line_is_pending_until_its_day_is_over(cast, settlement):
    with time_machine.travel(DUE, tick=False):
        assert status(cast, settlement) == L.PENDING
    with time_machine.travel(DUE + timedelta(days=1), tick=False):
        assert status(cast, settlement) == L.LATE
        say(cast.party_b, settlement, Says.DONE)
        assert status(cast, settlement) == L.DONE


def test_that_a_day_went_by_is_stored_nowhere(cast, settlement):
    with time_machine.travel(DUE + timedelta(days=90), tick=False):
        assert status(cast, settlement) == L.LATE
        assert not Statement.objects.exists()


def test_a_waiver_takes_effect_by_itself(cast, settlement):
    assert status(cast, settlement, "o2") == L.BY_ITSELF
    for letter in "AB":
        assert open_to(cast.party_a, settlement, letter, "o2") == set()


def test_the_debtor_reports_and_the_creditor_confirms(cast, settlement):
    say(
        cast.party_b,
        settlement,
        Says.DONE,
        note="Sent from my account.",
        amount=Decimal("1200.00"),
        done_on=timezone.localdate(),
    )
    line = line_of(cast.party_a, settlement)
    assert line.status == L.DONE
    assert line.words[0].details.note == "Sent from my account."
    assert line.words[0].details.amount == Decimal("1200.00")
    assert waits_for_answer(cast.party_a, settlement)
    assert not waits_for_answer(cast.party_b, settlement)
    say(cast.party_a, settlement, Says.CONFIRMED)
    assert status(cast, settlement) == L.CONFIRMED
    assert not waits_for_answer(cast.party_a, settlement)
    assert performed_at(lines_for(cast.party_b, settlement)) is not None


def test_a_confirmation_is_final(cast, settlement):
    say(cast.party_b, settlement, Says.DONE)
    say(cast.party_a, settlement, Says.CONFIRMED)
    for user, letter in ((cast.party_a, "A"), (cast.party_b, "B")):
        assert open_to(user, settlement, letter) == set()
        for says in Says:
            with pytest.raises(WrongState):
                say(user, settlement, says)


def test_the_creditor_may_confirm_without_a_report(cast, settlement):
    say(cast.party_a, settlement, Says.CONFIRMED)
    assert status(cast, settlement) == L.CONFIRMED


def test_a_part_is_confirmed_and_the_rest_reported_later(cast, settlement):
    say(cast.party_b, settlement, Says.PART, amount=Decimal("400.00"))
    assert status(cast, settlement) == L.PART
    say(cast.party_a, settlement, Says.PART_CONFIRMED)
    assert status(cast, settlement) == L.PART
    assert performed_at(lines_for(cast.party_a, settlement)) is None
    say(cast.party_b, settlement, Says.DONE)
    say(cast.party_a, settlement, Says.CONFIRMED)
    assert status(cast, settlement) == L.CONFIRMED


def test_a_different_view_is_answered_by_a_new_report_or_given_up(cast, settlement):
    say(cast.party_b, settlement, Says.DONE)
    say(cast.party_a, settlement, Says.DISPUTED, note="Nothing has come.")
    assert status(cast, settlement) == L.DISPUTED
    assert open_to(cast.party_b, settlement, "B") == {Says.DONE, Says.PART}
    assert open_to(cast.party_a, settlement, "A") == {Says.CONFIRMED, Says.TAKEN_BACK}
    say(cast.party_b, settlement, Says.PART)
    assert status(cast, settlement) == L.PART
    say(cast.party_a, settlement, Says.CONFIRMED)
    assert status(cast, settlement) == L.CONFIRMED


def test_a_word_is_taken_back_until_the_other_side_has_answered(cast, settlement):
    say(cast.party_b, settlement, Says.DONE)
    say(cast.party_b, settlement, Says.TAKEN_BACK)
    line = line_of(cast.party_a, settlement)
    assert (line.status, line.seen, line.standing) == (L.PENDING, 2, ())
    say(cast.party_b, settlement, Says.PART)
    say(cast.party_a, settlement, Says.DISPUTED)
    assert Says.TAKEN_BACK not in open_to(cast.party_b, settlement, "B")
    say(cast.party_a, settlement, Says.TAKEN_BACK)
    assert status(cast, settlement) == L.PART


# (side, what) that makes no sense before anything was said.
TOO_SOON = [("a", Says.PART_CONFIRMED), ("a", Says.DISPUTED), ("a", Says.TAKEN_BACK)]
NOT_THEIRS = [("a", Says.DONE), ("a", Says.PART), ("b", Says.CONFIRMED), ("b", Says.DISPUTED)]


@pytest.mark.parametrize(("side", "says"), [*TOO_SOON, *NOT_THEIRS, ("b", Says.TAKEN_BACK)])
def test_each_side_says_only_what_is_its_own_to_say(cast, settlement, side, says):
    with pytest.raises(WrongState):
        say(getattr(cast, f"party_{side}"), settlement, says)
    assert not Statement.objects.exists()


@pytest.mark.parametrize("who", ["mediator", "coordinator", "other_staff", "clerk", "stranger"])
def test_nobody_but_the_sides_says_anything(cast, settlement, who):
    with pytest.raises(Forbidden):
        state_performance(
            actor=getattr(cast, who), settlement=settlement, draft=draft(Says.CONFIRMED)
        )


def test_who_has_not_read_the_last_word_is_told(cast, settlement):
    say(cast.party_b, settlement, Says.DONE)
    for seen in (0, 2):
        with pytest.raises(OtherWord):
            state_performance(
                actor=cast.party_a, settlement=settlement, draft=draft(Says.CONFIRMED, seen=seen)
            )


def test_the_same_twice_is_the_same_as_once(cast, settlement):
    sent = draft(Says.DONE, note="Paid.")
    first = state_performance(actor=cast.party_b, settlement=settlement, draft=sent)
    again = state_performance(actor=cast.party_b, settlement=settlement, draft=sent)
    assert (first, Statement.objects.count()) == (again, 1)


def test_two_at_the_same_number_is_one_too_many(cast, settlement):
    row = say(cast.party_b, settlement, Says.DONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.create(
            settlement=settlement,
            line="o1",
            number=1,
            participant=row.participant,
            says=Says.PART,
            client_id=settlement.pk,
            made_at=timezone.now(),
        )


@pytest.mark.parametrize(
    "details",
    [
        {"amount": Decimal(0)},
        {"amount": Decimal("NaN")},
        {"amount": Decimal("1.005")},
        {"amount": Decimal("1e14")},
        {"note": "x" * 2001},
        {"done_on": date(2099, 1, 1)},
    ],
)
def test_wrong_details_are_refused(cast, settlement, details):
    with pytest.raises(InvalidInput):
        say(cast.party_b, settlement, Says.DONE, **details)
    assert not Statement.objects.exists()


def test_a_confirmation_carries_no_words(cast, settlement):
    for details in ({"note": "Yes."}, {"amount": Decimal(5)}, {"done_on": date(2026, 1, 1)}):
        with pytest.raises(InvalidInput):
            say(cast.party_a, settlement, Says.CONFIRMED, **details)


def test_a_line_that_is_not_in_the_terms_is_refused(cast, settlement):
    with pytest.raises(InvalidInput):
        state_performance(
            actor=cast.party_b, settlement=settlement, draft=draft(Says.DONE, line="o9")
        )


def test_there_is_an_end_to_what_is_said(cast, settlement, monkeypatch):
    monkeypatch.setattr(statements, "MOST_STATEMENTS", 2)
    say(cast.party_b, settlement, Says.PART)
    say(cast.party_b, settlement, Says.PART)
    with pytest.raises(StatementsFull):
        say(cast.party_b, settlement, Says.PART)
    # That one side said so much takes nothing from the other.
    assert say(cast.party_a, settlement, Says.DISPUTED)


def test_what_is_said_is_sealed_and_the_log_tells_nothing_of_it(cast, settlement):
    row = say(cast.party_b, settlement, Says.DONE, note="canary-of-a-note")
    stored = Statement.objects.get(pk=row.pk)
    assert b"canary" not in bytes(stored.details_sealed)
    detail = EntryDetail.objects.filter(case_id=cast.case.pk).last()
    assert "done" not in str(detail.details)
    assert "o1" not in str(detail.details)


def test_a_row_moved_to_another_line_no_longer_opens(cast, settlement):
    row = say(cast.party_b, settlement, Says.DONE, note="Paid.")
    Statement.objects.filter(pk=row.pk).update(id=settlement.pk)
    with pytest.raises(Exception, match="tampered"):
        line_of(cast.party_a, settlement)


def test_the_other_side_alone_is_told_without_a_word_of_it(cast, settlement, mailoutbox):
    default_task_backend.clear()
    row = say(cast.party_b, settlement, Says.DONE, note="canary-of-a-note")
    (job,) = default_task_backend.results
    assert job.kwargs == {"statement_id": str(row.pk)}
    for _twice in "12":
        send_news.func(str(row.pk))
    (letter,) = mailoutbox
    assert letter.to == [cast.party_a.email]
    assert "canary" not in letter.subject + letter.body
    assert "loan" not in letter.subject + letter.body


def test_a_payment_in_parts_has_a_line_for_each(cast, settlement):
    from mediation.performance.selectors import _keys
    from tests.factories.performance import IN_PARTS

    terms = line_of(cast.party_a, settlement).terms
    found = _keys(replace(terms, obligations=(IN_PARTS,)))
    assert [(key, part.seq) for key, _place, _obligation, part in found] == [
        ("o1-1", 1),
        ("o1-2", 2),
    ]
