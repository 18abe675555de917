"""Each part of a case goes at its date, for every ending, by the periods the case began with."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from mediation.cases.enums import OUTCOME_CLASS, CaseOutcome, CaseState
from mediation.cases.models import Case
from mediation.centers import services
from mediation.privacy.selectors import due_compartments
from mediation.profiles.selectors import profile_named
from tests.factories.cast import make_case, make_cast

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
ENDINGS = [outcome for outcome in CaseOutcome if outcome in OUTCOME_CLASS]


@pytest.fixture
def own():
    """Days of a centre that keeps everything for as short as its place allows."""
    return {
        ending: {name: shortest for name, (shortest, _longest) in named.items()}
        for ending, named in profile_named("generic").bounds.items()
    }


@pytest.fixture
def case(own):
    cast = make_cast("draft")
    services.change_periods(actor=None, center=cast.center, periods=own)
    return make_case(cast, stage="waiting")


def due_at(case, moment):
    with time_machine.travel(moment, tick=False):
        return due_compartments(case, gone=())


@pytest.mark.parametrize("outcome", ENDINGS)
def test_each_part_is_due_at_its_second_and_not_before(case, own, outcome):
    ended = timezone.now().replace(microsecond=0)
    Case.objects.filter(pk=case.pk).update(state=CaseState.CLOSED, outcome=outcome, closed_at=ended)
    case.refresh_from_db()
    assert case.periods == own

    for name, days in own[OUTCOME_CLASS[outcome]].items():
        at = ended + timedelta(days=days)
        compartment = f"{name}:A" if name == "caucus" else name
        assert compartment not in due_at(case, at - SECOND)
        assert compartment in due_at(case, at + SECOND)
