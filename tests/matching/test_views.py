from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.audit.selectors import history_for_case
from mediation.cases.enums import CaseState
from mediation.matching import selectors, services
from mediation.matching.enums import AssignmentState, DisclosureKind
from mediation.matching.models import Assignment
from tests.factories.cast import make_case

STAGE = "waiting"

SECRET = ["Ada Applicant", "Bo Respondent", "A loan was not repaid", "caucus-A-canary", "1 Main St"]
DECLARED = {"disclosure_kind": "none", "disclosure_text": "", "is_impartial": "on"}


def statuses(cast, client, method, url):
    """What each of the cast gets, nobody signed in last."""
    found = {}
    for name, user in {**cast.everybody, "second": cast.extra["second"]}.items():
        client.logout()
        if user is not None:
            client.force_login(user)
        found[name] = getattr(client, method)(url).status_code
    return found


def expected(others, **own):
    names = ["party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]
    return {**dict.fromkeys([*names, "second"], others), "nobody": 302, **own}


@pytest.mark.django_db
def test_queue_is_for_mediators(cast, client):
    found = statuses(cast, client, "get", reverse("matching:queue"))

    assert found == expected(403, mediator=200, second=200, other_staff=200)


def test_claim_page_is_for_the_centres_mediators(cast, client):
    found = statuses(cast, client, "get", reverse("matching:claim", args=[cast.case.pk]))

    assert found == expected(404, mediator=200, second=200)


def test_names_are_for_the_centres_mediators(cast, client):
    found = statuses(cast, client, "post", reverse("matching:names", args=[cast.case.pk]))

    assert found == expected(404, mediator=200, second=200)


def test_answer_page_is_for_the_parties(cast, client, claim):
    url = reverse("matching:answer", args=[claim().pk])

    found = statuses(cast, client, "get", url)

    assert found == expected(404, party_a=200, party_b=200, mediator=403)


def test_withdrawing_is_for_the_proposed_mediator(cast, client, claim):
    url = reverse("matching:withdraw", args=[claim().pk])

    assert statuses(cast, client, "get", url) == expected(405)
    for name, status in {"party_a": 403, "second": 404, "mediator": 302}.items():
        client.force_login({**cast.everybody, **cast.extra}[name])
        assert client.post(url).status_code == status, name


@pytest.fixture
def agreed(cast, claim):
    assignment = claim()
    for user in (cast.party_a, cast.party_b):
        services.answer_assignment(actor=user, assignment=assignment, accepts=True)
    return assignment


def test_replacing_is_for_the_parties(cast, client, agreed):
    found = statuses(cast, client, "get", reverse("matching:replace", args=[agreed.pk]))

    assert found == expected(404, party_a=200, party_b=200, mediator=403)


def test_giving_back_is_for_the_mediator(cast, client, agreed):
    found = statuses(cast, client, "get", reverse("matching:end", args=[agreed.pk]))

    assert found == expected(404, mediator=200, party_a=403, party_b=403)


def test_before_the_claim_a_mediator_learns_only_what_the_case_is_about(cast, client):
    client.force_login(cast.mediator)

    for url in (reverse("matching:queue"), reverse("matching:claim", args=[cast.case.pk])):
        page = client.get(url).content.decode()
        assert cast.case.number in page
        assert "Money lent or owed" in page
        assert [word for word in SECRET if word in page] == []
    assert "identity.read" not in [line.action for line in history_for_case(cast.case.pk)]


def test_looking_at_the_names_shows_names_and_nothing_else(cast, client):
    client.force_login(cast.mediator)

    page = client.post(reverse("matching:names", args=[cast.case.pk])).content.decode()

    assert [word for word in SECRET if word in page] == SECRET[:2]
    again = client.get(reverse("matching:names", args=[cast.case.pk]))
    assert again.headers["Location"] == reverse("matching:claim", args=[cast.case.pk])


def test_the_whole_way_from_claim_to_mediation(cast, client):
    client.force_login(cast.mediator)
    client.post(reverse("matching:names", args=[cast.case.pk]))
    claimed = client.post(reverse("matching:claim", args=[cast.case.pk]), DECLARED)
    assert claimed.headers["Location"] == reverse("matching:queue")

    url = reverse("matching:answer", args=[Assignment.objects.get().pk])
    for user in (cast.party_a, cast.party_b):
        client.force_login(user)
        answered = client.post(url, {"answer": "accept"})
        assert answered.headers["Location"] == reverse("desk:case", args=[cast.case.pk])

    cast.case.refresh_from_db()
    assert cast.case.state == CaseState.MEDIATING


def test_a_claim_with_a_gap_says_what_is_missing(cast, client):
    client.force_login(cast.mediator)
    url = reverse("matching:claim", args=[cast.case.pk])

    page = client.post(url, {"disclosure_kind": "relative"}).content.decode()

    assert "Describe the connection." in page
    assert "Confirm the declaration" in page
    assert not Assignment.objects.exists()


def test_a_claim_without_a_look_at_the_names_is_refused(cast, client):
    client.force_login(cast.mediator)

    refused = client.post(reverse("matching:claim", args=[cast.case.pk]), DECLARED)

    assert refused.status_code == 409
    assert not Assignment.objects.exists()


def test_parties_read_who_it_is_where_from_and_what_is_disclosed(cast, client, claim):
    assignment = claim(kind=DisclosureKind.RELATIVE, text="I was <b>Bo's</b> teacher.")
    client.force_login(cast.party_a)

    page = client.get(reverse("matching:answer", args=[assignment.pk])).content.decode()

    assert cast.mediator.name in page
    assert cast.center.name in page
    assert "I was &lt;b&gt;Bo&#x27;s&lt;/b&gt; teacher." in page
    both = " ".join(page.split()).count('class="govuk-button" type="submit" name="answer"')
    assert both == 2


def test_one_side_is_not_told_how_the_other_answered(cast, client, claim):
    assignment = claim()
    url = reverse("matching:answer", args=[assignment.pk])
    client.force_login(cast.party_b)
    before = selectors.proposal_seen_by(cast.party_b, assignment)

    services.answer_assignment(actor=cast.party_a, assignment=assignment, accepts=True)

    assert selectors.proposal_seen_by(cast.party_b, assignment) == before
    assert "have agreed" not in client.get(url).content.decode()


@pytest.mark.parametrize("given", ["", "maybe"])
def test_an_answer_that_is_none_changes_nothing(cast, client, claim, given):
    assignment = claim()
    client.force_login(cast.party_a)

    shown = client.post(reverse("matching:answer", args=[assignment.pk]), {"answer": given})

    assert shown.status_code == 200
    assert not assignment.answers.exists()


def test_a_proposal_that_is_over_is_no_longer_asked_about(cast, client, claim):
    assignment = claim()
    services.withdraw_claim(actor=cast.mediator, assignment=assignment)
    client.force_login(cast.party_a)
    url = reverse("matching:answer", args=[assignment.pk])

    assert 'name="answer"' not in client.get(url).content.decode()
    assert client.post(url, {"answer": "accept"}).status_code == 409


def test_asking_for_another_and_giving_back_through_the_pages(cast, client, claim, agreed):
    client.force_login(cast.party_b)
    client.post(reverse("matching:replace", args=[agreed.pk]))
    assert Assignment.objects.get().state == AssignmentState.REFUSED

    second = claim(cast.extra["second"])
    for user in (cast.party_a, cast.party_b):
        services.answer_assignment(actor=user, assignment=second, accepts=True)
    client.force_login(cast.extra["second"])
    client.post(reverse("matching:end", args=[second.pk]))
    second.refresh_from_db()
    assert second.state == AssignmentState.ENDED


def test_the_queue_asks_as_often_for_three_cases_as_for_one(cast, client, claim):
    client.force_login(cast.mediator)
    counts = []
    for more in (1, 2):
        for _case in range(more):
            _one_in_each_list(cast, claim)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("matching:queue"))
        assert page.status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def _one_in_each_list(cast, claim):
    _waiting(cast)
    claim(case=_waiting(cast))
    agreed = claim(case=_waiting(cast))
    for user in (cast.party_a, cast.party_b):
        services.answer_assignment(actor=user, assignment=agreed, accepts=True)


def _waiting(cast):
    """One more waiting case, as if its invitation were old: nobody sends many in a day."""
    case = make_case(cast, stage="waiting")
    case.invitations.update(created_at=case.created_at - timedelta(days=2))
    return case


def test_the_deadline_starts_anew_when_a_mediator_did_not_come_about(cast, claim):
    with time_machine.travel("2027-01-06 09:00+00:00", tick=False):  # a Wednesday
        services.withdraw_claim(actor=cast.mediator, assignment=claim())

        item = selectors.waiting_case(cast.case)

        assert item.claim_by.isoformat() == "2027-01-11T23:59:59+00:00"
        assert selectors.queue_of(cast.mediator).waiting[0] == item


def test_the_page_of_the_case_finds_the_assignment_that_matters(cast, claim):
    assert selectors.current_assignment(cast.party_a, cast.case) is None
    assignment = claim()

    assert selectors.current_assignment(cast.party_a, cast.case) == assignment
    assert list(selectors.cases_needing_answer(cast.party_a)) == [cast.case]
    services.answer_assignment(actor=cast.party_a, assignment=assignment, accepts=True)
    assert list(selectors.cases_needing_answer(cast.party_a)) == []
    assert list(selectors.cases_needing_answer(cast.party_b)) == [cast.case]
    assert not selectors.cases_needing_answer(AnonymousUser()).exists()
