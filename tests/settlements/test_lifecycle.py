"""Every pair of states is tried; the table decides and nothing else."""

from itertools import product

import pytest
from django.utils import timezone

from mediation.audit.selectors import history_for_case
from mediation.core.errors import WrongState
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.lifecycle import MOVES, move
from mediation.settlements.models import Settlement
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db
PAIRS = list(product(S, S))


def at(state: S) -> Settlement:
    """A settlement that is simply put into a state."""
    cast = make_cast("mediating")
    return Settlement.objects.create(
        case=cast.case,
        number="HY-X-S1",
        language="en",
        state=state,
        signing_until=timezone.now(),
        paper_signed_on=timezone.localdate(),
    )


def test_every_state_has_a_row() -> None:
    assert set(MOVES) == set(S)


def test_moves_are_exactly_the_table() -> None:
    settlement = at(S.DRAFTING)
    for before, after in PAIRS:
        # A row can be at ORAL only when it is meant to be and has its moment.
        is_oral = before == S.ORAL or (before, after) == (S.OFFERED, S.ORAL)
        rows = Settlement.objects.filter(pk=settlement.pk)
        rows.update(state=before, is_oral=is_oral, agreed_at=timezone.now())
        settlement.refresh_from_db()
        if after in MOVES[before]:
            move(settlement, after, actor=None, signing_until=timezone.now())
            assert settlement.state == after
        else:
            with pytest.raises(WrongState):
                move(settlement, after, actor=None, signing_until=timezone.now())


def test_a_move_is_recorded_with_where_it_came_from() -> None:
    settlement = at(S.DRAFTING)
    move(settlement, S.OFFERED, actor=None)
    line = history_for_case(settlement.case_id)[-1]
    assert (line.action, line.facts) == ("settlement.offered", {"before": "drafting"})


@pytest.mark.parametrize("state", [S.SEALED, S.PAPER, S.ORAL, S.REFUSED, S.LAPSED])
def test_an_end_is_an_end(state: S) -> None:
    assert MOVES[state] == frozenset()
