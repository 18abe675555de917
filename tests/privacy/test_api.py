"""A case's dates by REST: as its page has them, and of a private part only to its own side."""

import pytest
from django.urls import reverse

from mediation.holds.services import holds
from mediation.privacy.selectors import policy_sha256
from tests.privacy.test_holds import place_hold
from tests.privacy.test_retention import SECOND, date_of, sweep_at
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db(transaction=True)


def dates(cast, name):
    address = reverse("api:case-dates", args=[cast.case.pk])
    return client_of(cast.everybody[name]).get(address)


def kinds(cast, name):
    return [line["kind"] for line in dates(cast, name).json()["left"]]


def test_the_dates_of_a_case(left):
    said = dates(left, "party_a").json()
    assert said["policy_sha256"] == policy_sha256(left.case)
    assert (said["certificates"], said["kept_longer"]) == ([], [])
    moments = [line["at"] for line in said["left"]]
    assert moments == sorted(moments)
    (own,) = [line for line in said["left"] if line["kind"] == "caucus"]
    assert (own["is_final"], own["ground"]) == (True, "schedule")
    assert own["what"] == "Your private talks with the mediator"
    assert "caucus" not in kinds(left, "mediator")


def test_what_is_destroyed_is_no_longer_listed_but_certified(left):
    sweep_at(date_of(left.case, "caucus:A") + SECOND)
    assert "caucus" not in kinds(left, "party_a")
    certificates = dates(left, "party_a").json()["certificates"]
    assert [set(one) for one in certificates] == [{"id", "issued_at"}] * len(certificates)
    assert certificates


def test_a_hold_is_told_to_its_own_side_alone(left):
    hold = place_hold(left, "caucus:A")
    (told,) = dates(left, "party_a").json()["kept_longer"]
    assert told == {
        "what": "Your private talks with the mediator",
        "ground": "An order of a court",
        "until": str(hold.review_on),
    }
    for name in ("party_b", "mediator"):
        assert dates(left, name).json()["kept_longer"] == []
    holds.propose_release(actor=hold.proposed_by, hold=hold)
    holds.answer_release(actor=left.coordinator, hold=hold, confirms=True)
    assert dates(left, "party_a").json()["kept_longer"] == []


def test_a_case_is_there_for_whoever_is_in_it(left):
    for name in ("party_a", "party_b", "mediator"):
        assert dates(left, name).status_code == 200
    for name in ("coordinator", "other_staff", "clerk", "stranger"):
        assert dates(left, name).status_code == 404
    assert dates(left, "nobody").status_code == 401
