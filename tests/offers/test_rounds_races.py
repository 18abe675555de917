"""Two browsers at the same moment: one after the other, one outcome. On PostgreSQL."""

import pytest

from mediation.offers.enums import RoundState as R
from mediation.offers.models import SealedFigure, SealedRound
from mediation.offers.services import rounds
from tests.factories.sealed import agreed_round, both_in, browsers, fresh_round, propose
from tests.settlements.test_services_races import at_once

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


def test_both_sides_sealing_at_once_are_both_in_once(cast):
    row = agreed_round(cast)
    at_once(*(lambda one=one: one.commit(fresh_round(row)) for one in browsers(cast)))
    assert (fresh_round(row).state, SealedFigure.objects.count()) == (R.BOTH_IN, 2)


def test_both_leaving_theirs_for_the_other_at_once_leaves_one(cast):
    row, a, b = both_in(cast)
    answers = at_once(lambda: a.seal(fresh_round(row)), lambda: b.seal(fresh_round(row)))
    assert answers.count("round_not_open") == 1
    assert SealedFigure.objects.exclude(opening_sealed=b"").count() == 1


def test_a_round_opened_twice_at_once_is_compared_once(cast):
    row, a, b = both_in(cast)
    a.seal(row)
    answers = at_once(b.about_to_open(row), b.about_to_open(row))
    assert sum(isinstance(one, SealedRound) for one in answers) == 1
    assert (fresh_round(row).state, SealedFigure.objects.count()) == (R.OVERLAP, 0)


def test_opening_and_calling_off_at_once_end_it_one_way(cast):
    row, a, b = both_in(cast)
    a.seal(row)
    opening = b.about_to_open(row)
    answers = at_once(
        lambda: opening().state,
        lambda: rounds.call_off_round(actor=cast.party_a, row=fresh_round(row)).state,
    )
    end = fresh_round(row).state
    assert end in {R.OVERLAP, R.CALLED_OFF}
    assert sorted(answers) == sorted(["round_not_open", end])
    assert not SealedFigure.objects.exists()


def test_two_proposals_at_once_leave_one_round(cast):
    answers = at_once(
        *(lambda who=who: propose(who, cast.case) for who in (cast.party_a, cast.party_b))
    )
    assert answers.count("round_under_way") == 1
    assert SealedRound.objects.count() == 1
