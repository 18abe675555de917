"""S8: a fact is agreed by every side's yes to exactly one wording; who said no, nobody reads."""

from uuid import uuid4

import pytest

from mediation.audit import selectors as audit
from mediation.cases.access import ConsentMissing, participant_of
from mediation.cases.models import Consent
from mediation.cases.services import consents, participation
from mediation.core.errors import Forbidden, WrongState
from mediation.privacy.selectors import history_of
from mediation.proceedings import access
from mediation.proceedings.errors import CourseFull, NothingWritten, OtherWording
from mediation.proceedings.models import Fact, FactAnswer
from mediation.proceedings.selectors import course_page, fact_lines, text_of
from mediation.proceedings.services import facts
from tests.factories.proceedings import agree, fresh, propose_fact

INSIDE = ("party_a", "party_b", "mediator")


@pytest.fixture
def fact(cast):
    """The mediator's, so that neither side has answered yet."""
    return propose_fact(cast.mediator, cast.case)


def shown(cast, name):
    (line,) = fact_lines(getattr(cast, name), cast.case)
    return line


def test_a_fact_is_agreed_once_every_side_said_yes(cast, fact):
    agree(cast.party_a, fact)
    assert fresh(fact).agreed_at is None
    agree(cast.party_b, fact)
    assert fresh(fact).agreed_at is not None
    assert all(shown(cast, name).is_agreed for name in INSIDE)


def test_proposing_is_a_yes_of_ones_own_side_and_the_mediator_has_none(cast):
    own = propose_fact(cast.party_a, cast.case)
    agree(cast.party_b, own)
    assert fresh(own).agreed_at is not None
    of_mediator = propose_fact(cast.mediator, cast.case)
    assert not of_mediator.answers.exists()
    with pytest.raises(Forbidden):
        agree(cast.mediator, of_mediator)


def test_a_new_wording_asks_everybody_anew(cast, fact):
    for user in (cast.party_a, cast.party_b):
        agree(user, fact)
    facts.reword_fact(actor=cast.party_b, fact=fact, edition=1, text="It was paid in June.")
    now = fresh(fact)
    assert (now.edition, now.agreed_at, text_of(now)) == (2, None, "It was paid in June.")
    assert shown(cast, "party_a").own_answer is None
    assert shown(cast, "party_b").own_answer is True
    with pytest.raises(OtherWording):  # whoever still looks at the old words
        facts.agree_to_fact(actor=cast.party_a, fact=now, edition=1)
    with pytest.raises(OtherWording):
        facts.disagree_with_fact(actor=cast.party_a, fact=now, edition=1)
    with pytest.raises(OtherWording):
        facts.reword_fact(actor=cast.party_a, fact=now, edition=1, text="Or in July.")
    agree(cast.party_a, now)
    assert fresh(fact).agreed_at is not None


def test_the_same_words_again_are_no_new_wording(cast, fact):
    agree(cast.party_a, fact)
    words = f"  {text_of(fact)}\r\n"
    facts.reword_fact(actor=cast.party_b, fact=fact, edition=1, text=words)
    assert fresh(fact).edition == 1
    assert shown(cast, "party_a").own_answer is True


@pytest.mark.parametrize("name", ["party_a", "party_b"])
def test_a_yes_is_taken_back_at_any_time_and_the_fact_is_open_again(cast, fact, name):
    for user in (cast.party_a, cast.party_b):
        agree(user, fact)
    Consent.objects.filter(purpose="online").update(withdrawn_at=cast.case.state_since)
    facts.take_answer_back(actor=getattr(cast, name), fact=fact)
    assert fresh(fact).agreed_at is None
    assert shown(cast, name).own_answer is None
    facts.take_answer_back(actor=getattr(cast, name), fact=fact)  # twice is once


# --- What nobody else reads -----------------------------------------------------------------------


def everything_of(cast, name):
    """All that a page, the desk and the record of acts tell this person of the fact."""
    user = getattr(cast, name)
    page = course_page(user, cast.case)
    history = [str(line.what) for line in history_of(participant_of(user, cast.case))]
    lines = [
        (line.is_agreed, line.own_answer, line.waits_for_me, line.can_remove) for line in page.facts
    ]
    return lines, history, access.facts_waiting_for(user, cast.case).exists()


@pytest.mark.parametrize("answer", [facts.agree_to_fact, facts.disagree_with_fact])
def test_a_lone_answer_changes_nothing_for_anybody_else(cast, fact, answer):
    others = ("party_b", "mediator")
    before = {name: everything_of(cast, name) for name in others}
    answer(actor=cast.party_a, fact=fact, edition=1)
    assert {name: everything_of(cast, name) for name in others} == before
    assert shown(cast, "party_a").own_answer is (answer is facts.agree_to_fact)


def test_not_like_this_reads_for_others_as_if_nothing_had_been_said(cast, fact):
    agree(cast.party_b, fact)
    before = {name: everything_of(cast, name) for name in ("party_b", "mediator")}
    facts.disagree_with_fact(actor=cast.party_a, fact=fact, edition=1)
    facts.take_answer_back(actor=cast.party_a, fact=fact)
    facts.disagree_with_fact(actor=cast.party_a, fact=fact, edition=1)
    assert {n: everything_of(cast, n) for n in ("party_b", "mediator")} == before


def test_the_log_says_neither_what_was_answered_nor_who_completed_it(cast, fact):
    agree(cast.party_a, fact)
    facts.disagree_with_fact(actor=cast.party_a, fact=fact, edition=1)
    for user in (cast.party_b, cast.party_a):
        agree(user, fact)
    lines = [line for line in audit.history_for_case(cast.case.pk) if "fact." in line.action]
    assert [line.action for line in lines] == [
        "fact.proposed",
        *["fact.answered"] * 4,
        "fact.agreed",
    ]
    assert lines[-1].actor_id is None


def test_answers_are_for_ones_own_side(cast, fact):
    agree(cast.party_a, fact)
    seen = {n: access.answers_visible_to(u).count() for n, u in cast.everybody.items() if u}
    assert seen.pop("party_a") == 1
    assert set(seen.values()) == {0}


# --- Refusals -------------------------------------------------------------------------------------


def test_sending_the_form_twice_proposes_once(cast):
    sent = {"actor": cast.party_a, "case": cast.case, "client_id": uuid4(), "text": "Once."}
    assert facts.propose_fact(**sent) == facts.propose_fact(**sent)
    assert Fact.objects.count() == 1


@pytest.mark.parametrize("text", ["", " \n ", "x" * 1001])
def test_a_fact_has_words_and_not_too_many(cast, fact, text):
    with pytest.raises(NothingWritten):
        propose_fact(cast.party_a, cast.case, text)
    with pytest.raises(NothingWritten):
        facts.reword_fact(actor=cast.party_a, fact=fact, edition=1, text=text)


def test_there_is_an_end_to_facts(cast, monkeypatch, fact):
    monkeypatch.setattr(facts, "MOST_FACTS", 1)
    with pytest.raises(CourseFull):
        propose_fact(cast.party_a, cast.case)


def test_only_its_own_side_takes_a_fact_away(cast):
    own = propose_fact(cast.party_a, cast.case)
    for user in (cast.party_b, cast.mediator, cast.stranger, cast.coordinator):
        with pytest.raises(Forbidden):
            facts.remove_fact(actor=user, fact=own)
    facts.remove_fact(actor=cast.party_a, fact=own)
    assert not Fact.objects.exists()
    assert not FactAnswer.objects.exists()
    with pytest.raises(WrongState):
        agree_to_gone(cast, own)


def agree_to_gone(cast, fact):
    return facts.agree_to_fact(actor=cast.party_b, fact=fact, edition=1)


def test_after_the_end_nothing_changes_any_more(cast, fact):
    agree(cast.party_a, fact)
    participation.leave_case(actor=cast.party_b, case=cast.case)
    for verb in (facts.agree_to_fact, facts.disagree_with_fact):
        with pytest.raises(WrongState):
            verb(actor=cast.party_b, fact=fact, edition=1)
    with pytest.raises(WrongState):
        facts.take_answer_back(actor=cast.party_a, fact=fact)
    with pytest.raises(WrongState):
        facts.remove_fact(actor=cast.mediator, fact=fact)
    assert text_of(fresh(fact))


def test_without_a_consent_there_is_only_the_no(cast, fact):
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose="online")
    with pytest.raises(ConsentMissing):
        agree(cast.party_b, fact)
    facts.disagree_with_fact(actor=cast.party_b, fact=fact, edition=1)
    assert not access.facts_waiting_for(cast.party_a, cast.case).exists()
