"""Holds by REST: who may do what, what is sent twice, and what is refused how."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mediation.accounts.models import User
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center
from mediation.holds.enums import HoldState
from mediation.holds.models import Hold
from mediation.holds.services import holds as services
from mediation.vault import services as vault
from tests.factories.cast import make_cast, person
from tests.privacy.test_holds import duty
from tests.promises.world import BACKEND, client_of

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
REFERENCE = "order-canary 12/2026"
INSIDERS = ("party_a", "party_b", "mediator")
OUTSIDERS = ("other_staff", "clerk", "stranger", "elsewhere")


@pytest.fixture
def cast():
    """Otto is the centre's officer; Olga is one of another centre."""
    made = make_cast("mediating")
    for name, center in (("officer", made.center), ("elsewhere", other_center())):
        made.extra[name] = person(name)
        role = CenterRole.PRIVACY_OFFICER
        centers.add_member(center=center, user=made.extra[name], role=role)
    return made


def other_center():
    return Center.objects.get(name="Elsewhere")


def user_of(cast, name):
    return {**cast.everybody, **cast.extra}[name]


def call(cast, name, address, written=None, method="post", **ids):
    client = client_of(user_of(cast, name))
    return getattr(client, method)(reverse(f"api:{address}", kwargs=ids), written, **JSON)


def get(cast, name, address, **ids):
    return client_of(user_of(cast, name)).get(reverse(f"api:{address}", kwargs=ids))


def proposal(cast, **changes):
    return {
        "client_id": str(uuid4()),
        "case_number": cast.case.number,
        "compartment": "joint",
        "ground": "court_order",
        "reference": REFERENCE,
        "review_on": str(timezone.localdate() + timedelta(days=60)),
        **changes,
    }


@pytest.fixture
def proposed(cast):
    return services.propose_hold(actor=cast.extra["officer"], case=cast.case, duty=duty("joint"))


@pytest.fixture
def placed(cast, proposed):
    return services.answer_hold(actor=cast.coordinator, hold=proposed, confirms=True)


def state_of(hold):
    return Hold.objects.get(pk=hold.pk).state


def test_from_the_proposal_to_the_release(cast):
    made = call(cast, "officer", "holds", proposal(cast))
    assert made.status_code == 201
    said, hold = made.json(), {"hold_id": made.json()["hold"]["id"]}
    assert (said["hold"]["state"], said["reference"]) == ("proposed", REFERENCE)
    assert (said["hold"]["case_number"], said["proposed_by"]) == (cast.case.number, "Officer")
    assert (said["confirmed_by"], said["placed_at"]) == (None, None)
    assert said["hold"]["can_answer"] is False

    (line,) = get(cast, "coordinator", "holds").json()["results"]
    assert (line["id"], line["can_answer"]) == (said["hold"]["id"], True)
    placed = call(cast, "coordinator", "hold-answer", {"confirms": True}, **hold).json()
    assert (placed["hold"]["state"], placed["confirmed_by"]) == ("in_force", "Cora")

    asked = call(cast, "officer", "hold-release", **hold).json()
    assert (asked["hold"]["state"], asked["release_proposed_by"]) == ("release_proposed", "Officer")
    over = call(cast, "coordinator", "hold-release-answer", {"confirms": True}, **hold).json()
    assert over["hold"]["state"] == "released"
    assert over["ended_at"] is not None
    assert get(cast, "officer", "holds").json() == {"can_propose": True, "results": []}
    assert get(cast, "officer", "hold", **hold).json() == over


def test_the_second_person_says_no(cast, proposed):
    hold = {"hold_id": proposed.pk}
    refused = call(cast, "coordinator", "hold-answer", {"confirms": False}, **hold).json()
    assert refused["hold"]["state"] == "refused"


def test_a_release_that_is_not_confirmed_leaves_the_hold(cast, placed):
    services.propose_release(actor=cast.extra["officer"], hold=placed)
    hold = {"hold_id": placed.pk}
    kept = call(cast, "coordinator", "hold-release-answer", {"confirms": False}, **hold).json()
    assert (kept["hold"]["state"], kept["release_proposed_by"]) == ("in_force", None)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("holds", {"officer": 200, "coordinator": 200, "elsewhere": 200}),
        ("hold", {"officer": 200, "coordinator": 200}),
    ],
)
def test_who_reads(cast, proposed, address, expected):
    ids = {"hold_id": proposed.pk} if address == "hold" else {}
    closed = 404 if ids else 403
    for name in (*INSIDERS, *OUTSIDERS, "coordinator", "officer"):
        answer = get(cast, name, address, **ids)
        assert answer.status_code == expected.get(name, closed), name
    assert get(cast, "nobody", address, **ids).status_code == 401
    if not ids:
        assert get(cast, "elsewhere", "holds").json()["results"] == []


@pytest.mark.parametrize("name", [*INSIDERS, *OUTSIDERS, "coordinator", "nobody"])
def test_who_may_not_propose(cast, name):
    expected = {"nobody": 401, "elsewhere": 404}.get(name, 403)
    assert call(cast, name, "holds", proposal(cast)).status_code == expected
    assert not Hold.objects.exists()


@pytest.mark.parametrize("address", ["hold-answer", "hold-release", "hold-release-answer"])
@pytest.mark.parametrize("name", [*INSIDERS, *OUTSIDERS, "nobody"])
def test_who_may_not_decide(cast, proposed, name, address):
    answer = call(cast, name, address, {"confirms": True}, hold_id=proposed.pk)
    assert answer.status_code == (401 if name == "nobody" else 404)
    assert state_of(proposed) == HoldState.PROPOSED


@pytest.mark.parametrize("name", INSIDERS)
def test_an_officer_with_a_part_in_the_case_finds_neither_case_nor_hold(cast, proposed, name):
    user, role = user_of(cast, name), CenterRole.PRIVACY_OFFICER
    centers.add_member(center=cast.center, user=user, role=role)
    assert call(cast, name, "holds", proposal(cast)).status_code == 404
    assert get(cast, name, "hold", hold_id=proposed.pk).status_code == 404
    assert get(cast, name, "holds").json()["results"] == []


def test_the_first_person_is_not_the_second(cast, proposed):
    answer = call(cast, "officer", "hold-answer", {"confirms": True}, hold_id=proposed.pk)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert state_of(proposed) == HoldState.PROPOSED


def test_the_same_proposal_twice_is_one(cast):
    written = proposal(cast)
    first, second = (call(cast, "officer", "holds", written) for _time in "12")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Hold.objects.count() == 1
    other = call(cast, "officer", "holds", proposal(cast))
    assert (other.status_code, Hold.objects.count()) == (201, 2)


def test_another_persons_client_id_is_not_mine(cast):
    """Nobody gets somebody else's hold by repeating what they sent."""
    second = person("oskar")
    centers.add_member(center=cast.center, user=second, role=CenterRole.PRIVACY_OFFICER)
    cast.extra["second"] = second
    written = proposal(cast)
    mine, theirs = (call(cast, name, "holds", written) for name in ("officer", "second"))
    assert mine.json()["hold"]["id"] != theirs.json()["hold"]["id"]


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("hold-answer", {"confirms": True}),
        ("hold-answer", {"confirms": False}),
        ("hold-release", None),
        ("hold-release-answer", {"confirms": True}),
    ],
)
def test_a_step_sent_again_changes_nothing(cast, placed, address, written):
    """The answer says that it is not open any more; reading the hold says what it became."""
    services.propose_release(actor=cast.extra["officer"], hold=placed)
    services.answer_release(actor=cast.coordinator, hold=placed, confirms=True)
    again = call(cast, "coordinator", address, written, hold_id=placed.pk)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert state_of(placed) == HoldState.RELEASED


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"case_number": "HY-NOWHERE"}, 404, "not_found"),
        ({"compartment": "shell"}, 400, "invalid"),
        ({"ground": "curiosity"}, 400, "invalid"),
        ({"reference": ""}, 400, "invalid"),
        ({"reference": "x" * 401}, 400, "invalid"),
        ({"review_on": "2020-01-01"}, 400, "invalid_input"),
        ({"review_on": "2099-01-01"}, 400, "invalid_input"),
        ({"client_id": "one"}, 400, "invalid"),
    ],
)
def test_refusals_have_a_code(cast, changes, status, code):
    answer = call(cast, "officer", "holds", proposal(cast, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Hold.objects.exists()


def test_refusals_are_in_the_readers_language(cast):
    said = set()
    for language in ("en", "zh-hans"):
        User.objects.filter(pk=cast.extra["officer"].pk).update(language=language)
        cast.extra["officer"].refresh_from_db()
        answer = call(cast, "officer", "holds", proposal(cast, review_on="2020-01-01"))
        said.add(answer.json()["detail"])
    assert said == {
        "Choose a review date within the next six months.",
        "请选择六个月之内的复核日期。",
    }


def test_what_is_destroyed_can_no_longer_be_held(cast):
    with transaction.atomic():
        vault.destroy_keys(case_id=cast.case.pk, compartments=["notes"])
    answer = call(cast, "officer", "holds", proposal(cast, compartment="notes"))
    assert (answer.status_code, answer.json()["code"]) == (410, "key_destroyed")


def test_what_changes_something_needs_the_csrf_token(cast, proposed):
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(cast.coordinator, backend=BACKEND)
    address = reverse("api:hold-answer", args=[proposed.pk])
    assert client.post(address, {"confirms": True}, **JSON).status_code == 403
    assert state_of(proposed) == HoldState.PROPOSED
