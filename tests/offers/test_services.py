"""Every verb, from every state, and at the moment at which the time is over."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import default_task_backend

from mediation.audit import selectors as audit
from mediation.audit.models import EntryDetail
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.offers import lifecycle
from mediation.offers.enums import OfferState as S
from mediation.offers.lifecycle import MOVES, move
from mediation.offers.models import Answer, Offer
from mediation.offers.selectors import OfferTerms, terms_of
from mediation.offers.services import offers as services
from mediation.offers.services.offers import Draft, OfferIncomplete, OfferNotOpen
from tests.factories.cast import make_cast
from tests.factories.offers import TERMS, draft, fresh, make_offer

VERBS = {
    "accept": lambda cast, offer: services.accept_offer(actor=cast.party_b, offer=offer),
    "decline": lambda cast, offer: services.decline_offer(actor=cast.party_b, offer=offer),
    "counter": lambda cast, offer: services.counter_offer(
        actor=cast.party_b, offer=offer, draft=draft()
    ),
    "withdraw": lambda cast, offer: services.withdraw_offer(actor=cast.party_a, offer=offer),
    "expire": lambda cast, offer: _expire(offer),
}
ENDS = {
    "accept": S.ACCEPTED,
    "decline": S.DECLINED,
    "counter": S.COUNTERED,
    "withdraw": S.WITHDRAWN,
    "expire": S.EXPIRED,
}


def _expire(offer):
    with time_machine.travel(offer.valid_until, tick=False):
        services.expire_offers()


@pytest.fixture
def offer(cast):
    return make_offer(cast.party_a, cast.case)


def actions(offer):
    return [line.action for line in audit.history_for_case(offer.case_id)]


# --- Making -----------------------------------------------------------------------------------


def test_make_offer_keeps_the_terms_sealed(cast):
    terms = OfferTerms(
        "B", Decimal("1250.5"), "EUR", date(2027, 1, 31), "  By transfer\r\nonly.\x00 "
    )
    made = fresh(make_offer(cast.party_a, cast.case, terms=terms))
    assert terms_of(made) == OfferTerms(
        "B", Decimal("1250.50"), "EUR", date(2027, 1, 31), "By transfer\nonly."
    )
    assert b"transfer" not in bytes(made.terms_sealed)
    assert (made.number, made.state, made.side.letter) == (1, S.OPEN, "A")
    assert made.valid_until == made.made_at + timedelta(days=7)


def test_the_mediator_makes_a_proposal_of_no_side(cast):
    made = make_offer(cast.mediator, cast.case)
    assert made.is_proposal
    assert made.maker.user == cast.mediator


def test_sending_an_offer_twice_makes_one(cast):
    once = draft()
    made = [services.make_offer(actor=cast.party_a, case=cast.case, draft=once) for _time in "12"]
    assert made[0] == made[1]
    assert Offer.objects.get().state == S.OPEN


def test_words_alone_are_enough_and_leave_no_payer(cast):
    made = make_offer(cast.party_a, cast.case, terms=OfferTerms("B", None, "EUR", None, "Sorry."))
    assert terms_of(fresh(made)) == OfferTerms(words="Sorry.")


YESTERDAY = timezone.localdate() - timedelta(days=1)
BAD = {
    "empty": OfferTerms(),
    "blank": OfferTerms(words=" \n\x00"),
    "only a day": OfferTerms(due_on=date(2027, 1, 31)),
    "nobody pays": OfferTerms(amount=Decimal(5), currency="EUR"),
    "a third side pays": OfferTerms("C", Decimal(5), "EUR"),
    "no currency": OfferTerms("A", Decimal(5)),
    "no such currency": OfferTerms("A", Decimal(5), "XXX"),
    "nothing": OfferTerms("A", Decimal(0), "EUR"),
    "less than nothing": OfferTerms("A", Decimal(-1), "EUR"),
    "not a number": OfferTerms("A", Decimal("NaN"), "EUR"),
    "without end": OfferTerms("A", Decimal("Infinity"), "EUR"),
    "a third of a cent": OfferTerms("A", Decimal("0.333"), "EUR"),
    "too much": OfferTerms("A", Decimal("1e14"), "EUR"),
    "too many words": OfferTerms(words="x" * 4001),
    "a day that is over": OfferTerms("A", Decimal(5), "EUR", YESTERDAY),
}


@pytest.mark.parametrize("terms", BAD.values(), ids=BAD.keys())
def test_an_offer_that_says_nothing_clear_is_refused(cast, terms):
    with pytest.raises(InvalidInput) as refused:
        make_offer(cast.party_a, cast.case, terms=terms)
    assert refused.value.code in {"offer_incomplete", "invalid_input"}
    assert not Offer.objects.exists()


@pytest.mark.parametrize(("days", "is_fine"), [(0, False), (1, True), (30, True), (31, False)])
def test_an_offer_is_valid_for_1_to_30_days(cast, days, is_fine):
    if is_fine:
        make_offer(cast.party_a, cast.case, valid_days=days)
    else:
        with pytest.raises(InvalidInput):
            make_offer(cast.party_a, cast.case, valid_days=days)


def test_an_offer_is_not_valid_beyond_the_case(cast):
    with time_machine.travel(cast.case.ends_by - timedelta(days=2), tick=False):
        made = make_offer(cast.party_a, cast.case, valid_days=30)
    assert made.valid_until == cast.case.ends_by


def test_a_new_offer_takes_the_place_of_ones_open_one(cast, offer):
    theirs = make_offer(cast.party_b, cast.case)
    proposal = make_offer(cast.mediator, cast.case)
    second = make_offer(cast.party_a, cast.case)
    states = [fresh(one).state for one in (offer, theirs, proposal, second)]
    assert states == [S.WITHDRAWN, S.OPEN, S.OPEN, S.OPEN]
    make_offer(cast.mediator, cast.case)
    assert fresh(proposal).state == S.WITHDRAWN
    assert [one.number for one in Offer.objects.all()] == [1, 2, 3, 4, 5]


def test_an_offer_whose_time_is_over_is_not_called_withdrawn(cast, offer):
    with time_machine.travel(offer.valid_until, tick=False):
        make_offer(cast.party_a, cast.case)
    assert fresh(offer).state == S.EXPIRED


def test_the_database_holds_one_open_offer_each(cast, offer):
    make_offer(cast.mediator, cast.case)
    for one in Offer.objects.all():
        one.pk, one.number, one.client_id, one._state.adding = uuid4(), 9, uuid4(), True
        with pytest.raises(IntegrityError), transaction.atomic():
            one.save(force_insert=True)


@pytest.mark.parametrize("who", ["coordinator", "other_staff", "clerk", "stranger"])
def test_nobody_else_makes_or_answers_offers(cast, offer, who):
    user = getattr(cast, who)
    for act in (
        lambda: make_offer(user, cast.case),
        lambda: services.accept_offer(actor=user, offer=offer),
        lambda: services.decline_offer(actor=user, offer=offer),
        lambda: services.counter_offer(actor=user, offer=offer, draft=draft()),
        lambda: services.withdraw_offer(actor=user, offer=offer),
    ):
        with pytest.raises(Forbidden):
            act()
    assert Offer.objects.get().state == S.OPEN


# --- Answering, taking back, expiring ---------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_ends_an_open_offer(cast, offer, verb):
    VERBS[verb](cast, offer)
    assert fresh(offer).state == ENDS[verb]
    assert f"offer.{ENDS[verb]}" in actions(offer)


@pytest.mark.parametrize(("first", "second"), list(product(VERBS, VERBS)))
def test_nothing_changes_an_offer_that_has_ended(cast, offer, first, second):
    VERBS[first](cast, offer)
    ended = fresh(offer)
    if first == second and first != "counter":
        VERBS[second](cast, offer)  # twice is the same as once
    elif second == "expire":
        VERBS[second](cast, offer)
    else:
        with pytest.raises(OfferNotOpen):
            VERBS[second](cast, offer)
    assert (fresh(offer).state, fresh(offer).state_since) == (ended.state, ended.state_since)
    assert actions(offer).count(f"offer.{ended.state}") == 1


@pytest.mark.parametrize("verb", ["accept", "decline", "counter", "withdraw"])
def test_at_the_moment_the_time_is_over_nothing_works_any_more(cast, offer, verb):
    just_before = offer.valid_until - timedelta(microseconds=1)
    with time_machine.travel(offer.valid_until, tick=False), pytest.raises(OfferNotOpen):
        VERBS[verb](cast, offer)
    assert fresh(offer).state == S.OPEN
    with time_machine.travel(just_before, tick=False):
        assert services.expire_offers() == 0
        VERBS[verb](cast, offer)
    assert fresh(offer).state == ENDS[verb]


def test_the_clock_ends_what_is_over_once(cast, offer):
    with time_machine.travel(offer.valid_until, tick=False):
        assert (services.expire_offers(), services.expire_offers()) == (1, 0)


def test_the_clock_ends_offers_of_a_case_that_has_ended(cast, offer):
    participation.leave_case(actor=cast.party_b, case=cast.case)
    assert services.expire_offers() == 1
    assert fresh(offer).state == S.EXPIRED


@pytest.mark.parametrize("verb", ["accept", "decline", "counter", "withdraw"])
def test_nothing_changes_after_the_case_has_ended(cast, offer, verb):
    participation.leave_case(actor=cast.party_b, case=cast.case)
    with pytest.raises(WrongState):
        VERBS[verb](cast, offer)
    with pytest.raises(WrongState):
        make_offer(cast.party_a, cast.case)
    assert fresh(offer).state == S.OPEN


def test_nobody_answers_their_own_offer_or_takes_anothers_back(cast, offer):
    for act in (services.accept_offer, services.decline_offer):
        for user in (cast.party_a, cast.mediator):
            with pytest.raises(Forbidden):
                act(actor=user, offer=offer)
    for user in (cast.party_b, cast.mediator):
        with pytest.raises(Forbidden):
            services.withdraw_offer(actor=user, offer=offer)


def test_a_counter_offer_is_linked_and_sent_once(cast, offer):
    once = draft()
    made = [services.counter_offer(actor=cast.party_b, offer=offer, draft=once) for _time in "12"]
    assert made[0] == made[1]
    assert (made[0].counter_to, made[0].side.letter) == (offer, "B")
    assert fresh(offer).state == S.COUNTERED
    services.counter_offer(actor=cast.party_a, offer=made[0], draft=draft())
    assert list(Offer.objects.values_list("state", flat=True)) == ["countered", "countered", "open"]


def test_a_counter_offer_takes_the_place_of_ones_open_one(cast, offer):
    own = make_offer(cast.party_b, cast.case)
    services.counter_offer(actor=cast.party_b, offer=offer, draft=draft())
    assert (fresh(own).state, fresh(offer).state) == (S.WITHDRAWN, S.COUNTERED)


def test_a_bad_counter_offer_leaves_the_first_open(cast, offer):
    with pytest.raises(OfferIncomplete):
        services.counter_offer(actor=cast.party_b, offer=offer, draft=Draft(uuid4(), OfferTerms()))
    assert fresh(offer).state == S.OPEN


# --- Consents ---------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [Purpose.MEDIATE, Purpose.ONLINE])
def test_without_consents_there_is_no_offer_and_no_yes_but_a_no(cast, offer, purpose):
    theirs = make_offer(cast.party_b, cast.case)
    consents.withdraw_consent(actor=cast.party_a, case=cast.case, purpose=purpose)
    for verb in ("accept", "counter"):
        with pytest.raises(ConsentMissing):
            VERBS[verb](cast, offer)
    for user in (cast.party_a, cast.party_b, cast.mediator):
        with pytest.raises(ConsentMissing):
            make_offer(user, cast.case)
    services.decline_offer(actor=cast.party_b, offer=offer)
    services.withdraw_offer(actor=cast.party_b, offer=theirs)
    assert [fresh(one).state for one in (offer, theirs)] == [S.DECLINED, S.WITHDRAWN]


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["draft", "consenting", "waiting"])
def test_there_are_no_offers_before_the_mediation(stage):
    early = make_cast(stage)
    with pytest.raises(ConsentMissing):
        make_offer(early.party_a, early.case)


# --- Mail and record ----------------------------------------------------------------------------


def without_ids(text):
    """An id, or a number made of one, may hold any three digits."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|HY-\w{8}", "", text)


def letters(cast):
    """Who got what, from the jobs that wait."""
    mail.outbox.clear()
    waiting = default_task_backend.results
    while waiting:
        job = waiting.pop(0)
        if job.task.func.__module__.startswith("mediation.offers"):
            for _time in "12":
                job.task.call(*job.args, **job.kwargs)
    names = {user.email: name for name, user in cast.everybody.items() if user}
    return sorted((names[letter.to[0]], letter.subject) for letter in mail.outbox)


def test_the_others_are_told_of_a_new_offer_and_of_an_acceptance_without_a_word_of_it(cast):
    default_task_backend.clear()
    offer = make_offer(cast.party_a, cast.case)
    told = f"Case {cast.case.number}: there is an offer for you to read"
    assert letters(cast) == [("mediator", told), ("party_b", told)]
    services.accept_offer(actor=cast.party_b, offer=offer)
    told = f"Case {cast.case.number}: an offer was accepted"
    assert letters(cast) == [("mediator", told), ("party_a", told)]
    text = "".join(letter.subject + letter.body for letter in mail.outbox)
    said = without_ids(text)
    assert not [word for word in ("900", "EUR", "two parts", "Ada", "Bo ") if word in said]


def test_a_no_is_not_mailed(cast, offer):
    default_task_backend.clear()
    services.decline_offer(actor=cast.party_b, offer=offer)
    assert letters(cast) == []


def test_the_record_holds_no_content(cast, offer):
    services.accept_offer(actor=cast.party_b, offer=offer)
    details = EntryDetail.objects.values_list("details", flat=True)
    kept = b"".join(bytes(one) for one in details).decode("latin-1")
    assert not [word for word in ("900", "EUR", "two parts") if word in without_ids(kept)]
    assert {"offer.made", "offer.answered", "offer.accepted"} <= set(actions(offer))


# --- The table ----------------------------------------------------------------------------------


def test_every_state_has_a_row():
    assert set(MOVES) == set(S)


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_the_table_is_what_move_does(cast, offer, before, after):
    Offer.objects.update(state=before)
    row = fresh(offer)
    if after in MOVES[before]:
        assert move(row, after, actor=None).state == after
    else:
        with pytest.raises(WrongState):
            lifecycle.move(row, after, actor=cast.party_a)


def test_answers_are_one_a_side(cast, offer):
    services.decline_offer(actor=cast.party_b, offer=offer)
    services.decline_offer(actor=cast.party_b, offer=offer)
    answer = Answer.objects.get()
    assert (answer.participant.user, answer.accepts) == (cast.party_b, False)
    assert TERMS.to_json().count("900") == 1


def test_forget_offers_leaves_nothing(cast, offer):
    counter = services.counter_offer(actor=cast.party_b, offer=offer, draft=draft())
    services.accept_offer(actor=cast.party_a, offer=counter)
    assert services.forget_offers(case=cast.case) == {"offers": 2}
    assert not Offer.objects.exists()
