"""Every pair of states is tried and gives exactly the table."""

import pytest
from django.utils import timezone

from mediation.cases.enums import CaseState
from mediation.cases.lifecycle import MOVES, move
from mediation.cases.models import Case
from mediation.core.errors import WrongState
from tests.factories.cast import make_center

pytestmark = pytest.mark.django_db


def case_in(state: CaseState) -> Case:
    closed = state in {CaseState.CLOSED, CaseState.ERASED}
    return Case.objects.create(
        center=make_center(),
        profile="generic",
        state=state,
        deadline_at=timezone.now(),
        ends_by=timezone.now(),
        closed_at=timezone.now() if closed else None,
    )


def test_every_state_has_a_row():
    assert set(MOVES) == set(CaseState)


@pytest.mark.parametrize("to", CaseState)
@pytest.mark.parametrize("before", CaseState)
def test_moves_are_exactly_the_table(before, to):
    case = case_in(before)
    if to in MOVES[before]:
        assert move(case, to, actor=None).state == to
        assert Case.objects.get(pk=case.pk).state == to
    else:
        with pytest.raises(WrongState):
            move(case, to, actor=None)
        assert Case.objects.get(pk=case.pk).state == before
