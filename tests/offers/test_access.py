"""Every URL as the standing cast, and who sees which rows."""

import pytest
from django.urls import reverse

from mediation.cases.services import consents, participation
from mediation.offers import access
from mediation.offers.models import Offer
from mediation.offers.services import offers as services
from tests.factories.cast import NAMES, make_cast
from tests.factories.offers import make_offer
from tests.promises.world import client_of

INSIDE = ("party_a", "party_b", "mediator")
EVERYBODY = dict.fromkeys(INSIDE, 200)
# Of side A's offer and of the mediator's proposal: who gets what; everybody else 404.
READS = {
    "list": (EVERYBODY, EVERYBODY),
    "new": (EVERYBODY, EVERYBODY),
    "offer": (EVERYBODY, EVERYBODY),
    "accept": (
        {"party_a": 302, "party_b": 200, "mediator": 302},
        {"party_a": 200, "party_b": 200, "mediator": 302},
    ),
    "counter": (
        {"party_a": 302, "party_b": 200, "mediator": 302},
        {"party_a": 302, "party_b": 302, "mediator": 302},
    ),
    "decline": (dict.fromkeys(NAMES, 405), dict.fromkeys(NAMES, 405)),
    "withdraw": (dict.fromkeys(NAMES, 405), dict.fromkeys(NAMES, 405)),
}
POSTS = {
    "list": (dict.fromkeys(NAMES, 405), dict.fromkeys(NAMES, 405)),
    "offer": (dict.fromkeys(NAMES, 405), dict.fromkeys(NAMES, 405)),
    "accept": ({"party_a": 403, "mediator": 403}, {"mediator": 403}),
    "decline": ({"party_a": 403, "mediator": 403}, {"mediator": 403}),
    "withdraw": ({"party_b": 403, "mediator": 403}, {"party_a": 403, "party_b": 403}),
}


@pytest.fixture(params=[0, 1], ids=["of a side", "of the mediator"])
def offer(request, cast):
    cast.extra["column"] = request.param
    return make_offer((cast.party_a, cast.mediator)[request.param], cast.case)


def url(name, offer):
    ids = {"case_id": offer.case_id}
    if name not in {"list", "new"}:
        ids["offer_id"] = offer.pk
    return reverse(f"offers:{name}", kwargs=ids)


@pytest.mark.parametrize("who", [*NAMES, "nobody"])
def test_every_page_as_everybody(cast, offer, who):
    client = client_of(cast.everybody[who])
    for verb, table in (("get", READS), ("post", POSTS)):
        for page, columns in table.items():
            answer = getattr(client, verb)(url(page, offer))
            if who == "nobody":
                assert answer.status_code == 302, page
                assert reverse("account_request_login_code") in answer.headers["Location"]
            elif verb == "get" or who in columns[cast.extra["column"]] or who not in INSIDE:
                expected = columns[cast.extra["column"]].get(who, 404)
                assert answer.status_code == expected, (page, verb, who)


def test_offers_are_for_the_people_in_the_case(cast, offer):
    for name, user in cast.everybody.items():
        assert access.offers_visible_to(user).exists() == (name in INSIDE), name


def test_an_offer_under_another_cases_address_is_not_found(cast, offer):
    client = client_of(cast.party_a)
    other = reverse("offers:offer", args=[cast.case.center_id, offer.pk])
    assert client.get(other).status_code == 404


def test_offers_stay_readable_after_the_case_and_nothing_else(cast, offer):
    participation.leave_case(actor=cast.party_b, case=cast.case)
    for name in INSIDE:
        client = client_of(getattr(cast, name))
        found = {page: client.get(url(page, offer)).status_code for page in READS}
        assert (found["list"], found["offer"]) == (200, 200)
        assert {found["new"], found["accept"], found["counter"]} == {302}
        text = client.get(url("offer", offer)).content.decode()
        assert "900" in text
        assert "heyi-post-button" not in text


def test_without_a_consent_there_is_only_the_no(cast):
    offer = make_offer(cast.party_a, cast.case)
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose="online")
    text = client_of(cast.party_b).get(url("offer", offer)).content.decode()
    assert url("decline", offer) in text
    assert url("accept", offer) not in text
    assert url("counter", offer) not in text
    assert access.can_withdraw(cast.party_a, offer)


def test_whoever_left_sees_nothing_any_more(cast, offer):
    cast.case.participants.filter(user=cast.party_b).update(left_at=cast.case.state_since)
    assert not access.offers_visible_to(cast.party_b).exists()
    assert not access.can_decline(cast.party_b, offer)


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["draft", "invited", "consenting", "waiting"])
def test_there_is_no_page_before_the_mediation(stage):
    cast = make_cast(stage)
    page = reverse("offers:list", args=[cast.case.pk])
    assert client_of(cast.party_a).get(page).status_code == 404


def test_waiting_for_an_answer_is_the_other_sides_until_they_gave_one(cast, offer):
    waiting = {
        name: access.offers_waiting_for(getattr(cast, name), cast.case).exists() for name in INSIDE
    }
    assert waiting == {"party_a": offer.is_proposal, "party_b": True, "mediator": False}
    services.decline_offer(actor=cast.party_b, offer=offer)
    assert not access.offers_waiting_for(cast.party_b, cast.case).exists()
    assert Offer.objects.count() == 1
