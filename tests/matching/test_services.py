from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connection, transaction

from mediation.audit.selectors import history_for_case
from mediation.cases.access import ConsentMissing, is_mediator_of
from mediation.cases.enums import CaseState, Purpose
from mediation.cases.services import consents, participation
from mediation.centers.models import Membership
from mediation.centers.services import end_membership
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.mail.models import Dispatch
from mediation.matching import services
from mediation.matching.enums import AssignmentState, DisclosureKind
from mediation.matching.models import Answer, Assignment, NameCheck
from tests.factories.cast import make_case

STAGE = "waiting"


def answer(user, assignment, *, accepts):
    return services.answer_assignment(actor=user, assignment=assignment, accepts=accepts)


def actions(case):
    return [line.action for line in history_for_case(case.pk)]


def test_names_are_shown_to_a_mediator_and_each_look_is_recorded(cast):
    for _look in range(2):
        names = services.show_names(actor=cast.mediator, case=cast.case)

    assert names == ["Ada Applicant", "Bo Respondent"]
    assert actions(cast.case).count("identity.read") == 2
    assert NameCheck.objects.filter(case=cast.case, mediator=cast.mediator).count() == 1


@pytest.mark.parametrize("name", ["party_a", "coordinator", "other_staff", "clerk", "stranger"])
def test_names_are_shown_to_nobody_else(cast, name):
    with pytest.raises(Forbidden):
        services.show_names(actor=getattr(cast, name), case=cast.case)
    assert "identity.read" not in actions(cast.case)


def test_names_are_not_shown_outside_the_queue(cast):
    draft = make_case(cast, stage="invited")

    with pytest.raises(WrongState):
        services.show_names(actor=cast.mediator, case=draft)


def test_claiming_proposes_the_mediator_and_asks_both_sides(cast, claim):
    assignment = claim()

    assert assignment.state == AssignmentState.PROPOSED
    cast.case.refresh_from_db()
    assert cast.case.state == CaseState.WAITING
    assert not is_mediator_of(cast.mediator, cast.case)
    assert "assignment.proposed" in actions(cast.case)


@time_machine.travel("2026-11-19 10:00+00:00", tick=False)
def test_both_sides_have_two_working_days(cast, claim):
    assert claim().answer_by.isoformat() == "2026-11-23T23:59:59+00:00"


@pytest.mark.parametrize("name", ["coordinator", "other_staff", "clerk", "stranger"])
def test_only_mediators_of_the_centre_claim(cast, claim, name):
    with pytest.raises(Forbidden):
        claim(getattr(cast, name))


def test_a_party_does_not_mediate_their_own_case(cast, claim):
    Membership.objects.create(center=cast.center, user=cast.party_b, role="mediator")

    with pytest.raises(Forbidden):
        claim(cast.party_b)


def test_nobody_claims_without_having_seen_the_names(cast):
    with pytest.raises(services.NamesNotSeen):
        services.claim_case(
            actor=cast.mediator,
            case=cast.case,
            disclosure_kind=DisclosureKind.NONE,
            disclosure_text="",
            has_no_conflict=True,
        )


def test_a_second_mediator_comes_too_late(cast, claim):
    claim()

    with pytest.raises(services.AlreadyClaimed):
        claim(cast.extra["second"])


@pytest.mark.parametrize(
    ("kind", "text", "has_no_conflict"),
    [("none", "", False), ("relative", "My cousin", True), ("interest", "  ", False)],
)
def test_a_declaration_must_not_contradict_itself(cast, kind, text, has_no_conflict):
    services.show_names(actor=cast.mediator, case=cast.case)

    with pytest.raises(InvalidInput):
        services.claim_case(
            actor=cast.mediator,
            case=cast.case,
            disclosure_kind=DisclosureKind(kind),
            disclosure_text=text,
            has_no_conflict=has_no_conflict,
        )
    assert not Assignment.objects.exists()


def test_a_disclosure_is_kept_sealed(cast, claim):
    assignment = claim(kind=DisclosureKind.RELATIVE, text="Ada is my canary cousin.")

    assignment.refresh_from_db()
    assert assignment.disclosure_kind == DisclosureKind.RELATIVE
    assert b"canary" not in bytes(assignment.disclosure_sealed)


def test_without_consents_nobody_is_proposed(cast, claim):
    services.show_names(actor=cast.mediator, case=cast.case)
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.MEDIATE)

    with pytest.raises(WrongState):  # the case went back to waiting for consent
        claim()


def test_one_yes_waits_for_the_other_side(cast, claim):
    assignment = answer(cast.party_a, claim(), accepts=True)

    assert assignment.state == AssignmentState.PROPOSED
    assert not is_mediator_of(cast.mediator, cast.case)


def test_when_both_sides_agree_mediation_begins(cast, claim):
    assignment = claim()
    answer(cast.party_a, assignment, accepts=True)

    assignment = answer(cast.party_b, assignment, accepts=True)

    cast.case.refresh_from_db()
    assert assignment.state == AssignmentState.ACCEPTED
    assert cast.case.state == CaseState.MEDIATING
    assert cast.case.talk_open
    assert is_mediator_of(cast.mediator, cast.case)


def test_saying_yes_twice_is_saying_it_once(cast, claim):
    assignment = claim()

    for _click in range(2):
        answer(cast.party_a, assignment, accepts=True)

    assert Answer.objects.get().accepts
    assert Assignment.objects.get().state == AssignmentState.PROPOSED


def test_a_yes_to_a_disclosure_is_each_sides_recorded_waiver(cast, claim):
    assignment = claim(kind=DisclosureKind.OTHER, text="We sang in one choir.")
    for user in (cast.party_a, cast.party_b):
        answer(user, assignment, accepts=True)

    waivers = Answer.objects.filter(assignment=assignment, accepts=True)
    assert set(waivers.values_list("participant__user", flat=True)) == {
        cast.party_a.pk,
        cast.party_b.pk,
    }


@pytest.mark.parametrize("first", ["party_a", "party_b"])
def test_one_side_asking_for_another_is_enough(cast, claim, first):
    assignment = answer(getattr(cast, first), claim(), accepts=False)

    cast.case.refresh_from_db()
    assert assignment.state == AssignmentState.REFUSED
    assert cast.case.state == CaseState.WAITING
    assert not is_mediator_of(cast.mediator, cast.case)


def test_a_yes_can_be_taken_back_until_the_others_agreed(cast, claim):
    assignment = claim()
    answer(cast.party_a, assignment, accepts=True)

    assert answer(cast.party_a, assignment, accepts=False).state == AssignmentState.REFUSED


def test_a_mediator_who_was_not_wanted_does_not_come_again_but_others_may(cast, claim):
    answer(cast.party_a, claim(), accepts=False)

    with pytest.raises(Forbidden):
        claim()
    assert claim(cast.extra["second"]).state == AssignmentState.PROPOSED


def test_an_answer_after_the_end_of_a_proposal_is_refused(cast, claim):
    assignment = claim()
    answer(cast.party_a, assignment, accepts=False)

    with pytest.raises(WrongState):
        answer(cast.party_b, assignment, accepts=True)


@pytest.mark.parametrize("name", ["mediator", "coordinator", "other_staff", "clerk", "stranger"])
def test_only_parties_answer(cast, claim, name):
    assignment = claim()

    with pytest.raises(Forbidden):
        answer(getattr(cast, name), assignment, accepts=True)


def test_a_withdrawn_consent_stops_the_answer(cast, claim):
    assignment = claim()
    answer(cast.party_a, assignment, accepts=True)
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.ONLINE)

    with pytest.raises((WrongState, ConsentMissing)):
        answer(cast.party_b, assignment, accepts=True)
    assert not is_mediator_of(cast.mediator, cast.case)


def test_a_party_who_left_cannot_begin_a_mediation(cast, claim):
    assignment = claim()
    participation.leave_case(actor=cast.party_b, case=cast.case)

    with pytest.raises(WrongState):
        answer(cast.party_a, assignment, accepts=True)


def test_a_mediator_who_left_the_panel_is_no_longer_proposed(cast, claim):
    assignment = claim()
    end_membership(membership=Membership.objects.get(user=cast.mediator, role="mediator"))

    with pytest.raises(WrongState):
        answer(cast.party_a, assignment, accepts=True)
    claim(cast.extra["second"])
    assignment.refresh_from_db()
    assert assignment.state == AssignmentState.WITHDRAWN


def test_withdrawing_an_offer_frees_the_case(cast, claim):
    assignment = services.withdraw_claim(actor=cast.mediator, assignment=claim())

    assert assignment.state == AssignmentState.WITHDRAWN
    assert claim().state == AssignmentState.PROPOSED


def test_only_the_mediator_withdraws_the_offer(cast, claim):
    assignment = claim()

    for name in ("party_a", "coordinator", "other_staff"):
        with pytest.raises(Forbidden):
            services.withdraw_claim(actor=getattr(cast, name), assignment=assignment)


@pytest.fixture
def agreed(cast, claim):
    """An assignment both sides agreed to; mediation goes on."""
    assignment = claim()
    for user in (cast.party_a, cast.party_b):
        assignment = answer(user, assignment, accepts=True)
    return assignment


def test_giving_a_case_back_ends_the_mediators_access(cast, agreed):
    services.end_assignment(actor=cast.mediator, assignment=agreed)

    cast.case.refresh_from_db()
    assert cast.case.state == CaseState.WAITING
    assert not cast.case.talk_open
    assert not is_mediator_of(cast.mediator, cast.case)
    assert Assignment.objects.get().state == AssignmentState.ENDED


def test_only_the_mediator_gives_a_case_back(cast, agreed):
    for name in ("party_a", "coordinator", "other_staff"):
        with pytest.raises(Forbidden):
            services.end_assignment(actor=getattr(cast, name), assignment=agreed)


def test_a_party_replaces_the_mediator_at_any_time(cast, agreed):
    services.replace_mediator(actor=cast.party_b, assignment=agreed)

    cast.case.refresh_from_db()
    assert cast.case.state == CaseState.WAITING
    assert not is_mediator_of(cast.mediator, cast.case)
    assert Assignment.objects.get().state == AssignmentState.REFUSED


def test_a_mediator_cannot_replace_themselves_that_way(cast, agreed):
    with pytest.raises(Forbidden):
        services.replace_mediator(actor=cast.mediator, assignment=agreed)


def test_an_agreed_offer_is_not_withdrawn_but_given_back(cast, agreed):
    with pytest.raises(WrongState):
        services.withdraw_claim(actor=cast.mediator, assignment=agreed)


def test_both_sides_are_asked_by_mail_once_and_not_after_the_end(cast, claim, mailoutbox):
    assignment = claim()
    for _try in range(2):
        services.send_proposal(assignment=assignment)

    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(
        [cast.party_a.email, cast.party_b.email]
    )
    assert all("Mei" not in mail.body and "loan" not in mail.body for mail in mailoutbox)

    services.withdraw_claim(actor=cast.mediator, assignment=assignment)
    assignment.refresh_from_db()
    Dispatch.objects.all().delete()
    services.send_proposal(assignment=assignment)
    assert len(mailoutbox) == 2


def test_nobody_learns_from_the_mail_who_asked_for_another(cast, claim, mailoutbox):
    assignment = answer(cast.party_a, claim(), accepts=False)

    services.send_another_mediator(assignment=assignment)

    letters = {mail.to[0]: (mail.subject, mail.body) for mail in mailoutbox}
    assert set(letters) == {cast.party_a.email, cast.party_b.email, cast.mediator.email}
    assert letters[cast.party_a.email] == letters[cast.party_b.email]


def test_erasing_a_case_forgets_who_was_proposed(cast, agreed):
    assert services.forget_assignments(case=cast.case) == 4

    assert not Assignment.objects.exists()
    assert not Answer.objects.exists()
    assert not NameCheck.objects.exists()


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_two_claims_at_once_one_wins(cast, claim):
    start, results = Barrier(2), []
    mediators = [cast.mediator, cast.extra["second"]]
    for mediator in mediators:
        services.show_names(actor=mediator, case=cast.case)

    def race(mediator):
        start.wait()
        try:
            results.append(claim(mediator).mediator_id)
        except services.AlreadyClaimed as error:
            results.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=race, args=[mediator]) for mediator in mediators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results.count("already_claimed") == 1
    assert Assignment.objects.count() == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_begin_one_mediation(cast, claim):
    with transaction.atomic():
        assignment = claim()
    start, results = Barrier(2), []

    def race(user):
        start.wait()
        try:
            results.append(answer(user, assignment, accepts=True).state)
        finally:
            connection.close()

    threads = [Thread(target=race, args=[user]) for user in (cast.party_a, cast.party_b)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["accepted", "proposed"]
    assert cast.case.participants.mediators().count() == 1
