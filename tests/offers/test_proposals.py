"""A mediator's proposal: nobody learns one side's answer from anything but one's own."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse
from django_tasks import default_task_backend

from mediation.cases.access import participant_of
from mediation.cases.models import Participant
from mediation.core.errors import Forbidden
from mediation.desk.next_steps import tasks_for
from mediation.offers import access, selectors
from mediation.offers.enums import OfferState as S
from mediation.offers.models import Answer
from mediation.offers.services import offers as services
from mediation.privacy.selectors import history_of
from mediation.privacy.services.export import download_data
from mediation.rooms.services import open_rooms
from tests.factories.offers import draft, fresh, make_offer
from tests.promises.world import client_of

TOKEN = re.compile(r'csrfmiddlewaretoken" value="[^"]+')
YES, NO = services.accept_offer, services.decline_offer


@pytest.fixture
def proposal(cast):
    return make_offer(cast.mediator, cast.case)


@pytest.mark.parametrize(
    ("a", "b", "end"),
    [(YES, YES, S.ACCEPTED), (YES, NO, S.DECLINED), (NO, YES, S.DECLINED), (NO, NO, S.DECLINED)],
)
@pytest.mark.parametrize("first", ["a", "b"])
def test_it_is_accepted_when_both_accepted(cast, proposal, a, b, end, first):
    acts = [(a, cast.party_a), (b, cast.party_b)]
    for act, user in acts if first == "a" else reversed(acts):
        assert fresh(proposal).state == S.OPEN
        act(actor=user, offer=proposal)
    assert fresh(proposal).state == end


def test_the_mediator_has_no_answer_and_nobody_counters(cast, proposal):
    for act in (YES, NO):
        with pytest.raises(Forbidden):
            act(actor=cast.mediator, offer=proposal)
    for user in (cast.party_a, cast.party_b, cast.mediator):
        assert not access.can_counter(user, proposal)
        with pytest.raises(Forbidden):
            services.counter_offer(actor=user, offer=proposal, draft=draft())


def test_another_mediator_may_take_it_back(cast, proposal):
    Participant.objects.filter(user=cast.mediator).update(user=cast.coordinator)
    with pytest.raises(Forbidden):
        services.withdraw_offer(actor=cast.mediator, offer=proposal)
    services.withdraw_offer(actor=cast.coordinator, offer=proposal)
    assert fresh(proposal).state == S.WITHDRAWN


# --- What one side can learn of the other's answer ------------------------------------------------


def told(cast, user, letters=()):
    """All that reaches this person: every page about the case, the task list, the history, the
    copy of one's data, refusals and mails.
    """
    cast.case.refresh_from_db()
    client = client_of(user)
    offer = access.offers_visible_to(user).get()
    ids = {"case_id": cast.case.pk, "offer_id": offer.pk}
    names = ["offers:offer", "offers:accept", "offers:counter"]
    pages = [client.get(reverse(name, kwargs=ids)) for name in names]
    pages += [
        client.get(reverse(name, args=[cast.case.pk]))
        for name in ("offers:list", "desk:case", "privacy:case", "rooms:joint", "settlements:read")
    ]
    refused = [
        client.post(reverse(f"offers:{name}", kwargs=ids)).status_code
        for name in ("counter", "withdraw")
    ]
    part = participant_of(user, cast.case)
    return {
        "pages": [(page.status_code, _without_token(page.content.decode())) for page in pages],
        "refused": refused,
        "tasks": [str(vars(task)) for task in tasks_for(part)],
        "history": [(line.who, str(line.what)) for line in history_of(part)],
        "lines": [_facts(line) for line in selectors.offer_lines(user, cast.case)],
        "copy": _copy(user, cast.case) if part.side else None,
        "mails": list(letters),
    }


def _without_token(html):
    return TOKEN.sub("", html)


def _facts(line):
    return (line.state, str(line.status), line.tone, line.own_answer, line.waits_for_me)


def _copy(user, case):
    with zipfile.ZipFile(io.BytesIO(download_data(actor=user, case=case))) as archive:
        raw = json.loads(archive.read("data.json"))
    return raw["offers"]


@pytest.fixture
def compare(cast):
    """What the same person is told of the same proposal after other answers, each undone before
    the next.
    """

    def told_after(who, *scenes):
        with time_machine.travel("2027-03-01T09:00Z", tick=False):
            offer = make_offer(cast.mediator, cast.case)
            return [_told_after(cast, who, offer, answers) for answers in scenes]

    open_rooms(case=cast.case)  # or whoever looks first would make them, with other ids each time
    return told_after


def _told_after(cast, who, offer, answers):
    cache.clear()
    default_task_backend.clear()
    with transaction.atomic():
        for name, act in answers:
            act(actor=getattr(cast, name), offer=offer)
        kinds = [job.kwargs["kind"] for job in default_task_backend.results]
        found = told(cast, getattr(cast, who), kinds)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(
    ("other", "who"), [("party_a", "party_b"), ("party_b", "party_a"), ("party_b", "mediator")]
)
def test_while_it_is_open_nobody_learns_whether_the_other_side_answered(compare, other, who):
    nothing, yes, no = compare(who, (), ((other, YES),), ((other, NO),))
    assert yes == nothing
    assert no == nothing


@pytest.mark.parametrize(("mine", "theirs"), [("party_a", "party_b"), ("party_b", "party_a")])
def test_whoever_declined_never_learns_that_the_other_side_accepted(compare, mine, theirs):
    last_yes, last_no, first_yes, first_no = compare(
        mine,
        ((mine, NO), (theirs, YES)),
        ((mine, NO), (theirs, NO)),
        ((theirs, YES), (mine, NO)),
        ((theirs, NO), (mine, NO)),
    )
    assert last_yes == last_no
    assert first_yes == first_no
    assert last_yes["lines"][0][:2] == (S.DECLINED, "Not accepted by both sides")


def test_the_mediator_learns_what_the_answers_come_to_and_not_whose_the_no_was(compare):
    said = [
        (("party_a", YES), ("party_b", NO)),
        (("party_b", NO), ("party_a", YES)),
        (("party_a", NO), ("party_b", YES)),
        (("party_a", NO), ("party_b", NO)),
    ]
    found = compare("mediator", *said)
    assert found[0]["lines"] == [(S.DECLINED, "Not accepted by both sides", "ended", None, False)]
    assert all(one == found[0] for one in found[1:])


def test_a_proposal_that_ran_out_of_time_tells_nobody_of_a_lone_yes(cast, proposal):
    YES(actor=cast.party_a, offer=proposal)
    with time_machine.travel(proposal.valid_until + timedelta(seconds=1), tick=False):
        services.expire_offers()
        for user in (cast.party_b, cast.mediator):
            (line,) = selectors.offer_lines(user, cast.case)
            assert _facts(line) == (S.EXPIRED, "Its time is over", "ended", None, False)
            page = client_of(user).get(reverse("offers:offer", args=[cast.case.pk, proposal.pk]))
            assert "Your answer" not in page.content.decode()


def test_a_proposal_that_was_taken_back_tells_nobody_of_a_lone_yes(cast, proposal):
    YES(actor=cast.party_a, offer=proposal)
    services.withdraw_offer(actor=cast.mediator, offer=proposal)
    for user in (cast.party_b, cast.mediator):
        (line,) = selectors.offer_lines(user, cast.case)
        assert _facts(line) == (S.WITHDRAWN, "Taken back", "ended", None, False)


def test_answers_are_seen_by_ones_own_side_alone(cast, proposal):
    YES(actor=cast.party_a, offer=proposal)
    for name, user in cast.everybody.items():
        seen = access.answers_visible_to(user).exists() if user else False
        assert seen == (name == "party_a"), name
    assert Answer.objects.count() == 1


def test_only_when_both_accepted_is_a_mail_sent(cast, proposal):
    default_task_backend.clear()
    YES(actor=cast.party_a, offer=proposal)
    assert default_task_backend.results == []
    YES(actor=cast.party_b, offer=proposal)
    assert [job.kwargs["kind"] for job in default_task_backend.results] == ["offers/accepted"]
