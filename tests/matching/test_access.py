import pytest

from mediation.cases.access import cases_visible_to
from mediation.cases.services import participation
from mediation.centers.models import Membership
from mediation.matching import access, services
from tests.factories.cast import make_case

STAGE = "waiting"

SEES_QUEUE = {"mediator"}
SEES_ASSIGNMENT = {"party_a", "party_b", "mediator"}


def who(cast, sees):
    return {name for name, user in cast.everybody.items() if user is not None and sees(user)}


def test_only_the_centres_mediators_see_its_waiting_cases(cast):
    found = who(cast, lambda user: access.queue_visible_to(user).exists())

    assert found == SEES_QUEUE


@pytest.mark.parametrize("stage", ["draft", "invited", "consenting", "mediating"])
def test_a_case_at_any_other_stage_is_in_nobodys_queue(cast, stage):
    case = make_case(cast, stage=stage)

    assert (
        who(cast, lambda user: access.queue_visible_to(user).filter(pk=case.pk).exists()) == set()
    )


def test_a_closed_case_is_in_nobodys_queue(cast):
    participation.leave_case(actor=cast.party_a, case=cast.case)

    assert not access.queue_visible_to(cast.mediator).exists()


def test_a_party_who_mediates_elsewhere_in_the_centre_does_not_see_their_own_case(cast):
    Membership.objects.create(center=cast.center, user=cast.party_a, role="mediator")

    assert not access.queue_visible_to(cast.party_a).exists()


def test_a_mediator_somebody_did_not_want_no_longer_sees_the_case(cast, claim):
    services.answer_assignment(actor=cast.party_a, assignment=claim(), accepts=False)

    assert not access.queue_visible_to(cast.mediator).exists()
    assert access.queue_visible_to(cast.extra["second"]).exists()


def test_an_assignment_is_seen_by_its_mediator_and_the_parties(cast, claim):
    claim()

    found = who(cast, lambda user: access.assignments_visible_to(user).exists())

    assert found == SEES_ASSIGNMENT
    assert not access.assignments_visible_to(cast.extra["second"]).exists()


def test_a_proposed_mediator_does_not_see_the_case_itself(cast, claim):
    claim()

    assert not cases_visible_to(cast.mediator).exists()
