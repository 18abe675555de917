from contextlib import suppress
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from mediation.core.errors import WrongState
from mediation.matching.enums import OPEN_STATES, AssignmentState
from mediation.matching.lifecycle import MOVES, move
from mediation.matching.models import Assignment

STAGE = "waiting"


def test_every_state_has_a_row():
    assert set(MOVES) == set(AssignmentState)


def test_exactly_the_moves_of_the_table_are_possible(claim, cast):
    assignment = claim()
    done = {state: set() for state in AssignmentState}

    for before, after in product(AssignmentState, repeat=2):
        ended_at = None if before in OPEN_STATES else assignment.proposed_at
        Assignment.objects.filter(pk=assignment.pk).update(state=before, ended_at=ended_at)
        assignment.refresh_from_db()
        with suppress(WrongState):
            move(assignment, after, actor=cast.mediator)
            done[before].add(after)

    assert done == MOVES


def test_the_database_holds_one_open_assignment_per_case(claim, cast):
    first = claim()

    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            case=cast.case,
            mediator=cast.extra["second"],
            disclosure_kind="none",
            proposed_at=first.proposed_at,
            answer_by=first.answer_by,
        )
