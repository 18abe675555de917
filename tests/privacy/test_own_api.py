"""One's own rights in a case by REST: an earlier destruction, a copy, one's proofs, and leaving."""

import io
import json
import zipfile
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from mediation.accounts.models import User
from mediation.cases.services.participation import leave_case
from mediation.privacy.enums import RequestState, Scope
from mediation.privacy.models import ErasureRequest
from mediation.privacy.services import export, proofs
from mediation.privacy.services.proofs import is_own_and_logged
from mediation.vault import services as vault
from tests.factories.cast import NAMES
from tests.privacy.conftest import run_erasures, run_job
from tests.privacy.test_holds import place_hold
from tests.promises.world import BACKEND, client_of

pytestmark = pytest.mark.django_db(transaction=True)
JSON = {"content_type": "application/json"}
OUTSIDERS = ("coordinator", "other_staff", "clerk", "stranger", "nobody")
OF_THE_CASE = ("wishes", "case-copy", "own-proofs", "leave")


def call(cast, name, address, written=None, method="post", **ids):
    client = client_of(cast.everybody[name])
    ids = ids or {"case_id": cast.case.pk}
    return getattr(client, method)(reverse(f"api:{address}", kwargs=ids), written, **JSON)


def get(cast, name, address):
    return client_of(cast.everybody[name]).get(
        reverse(f"api:{address}", kwargs={"case_id": cast.case.pk})
    )


def ask(cast, name, scope, client_id=None):
    written = {"scope": scope, "client_id": str(client_id or uuid4())}
    return call(cast, name, "wishes", written)


# --- Earlier destruction ----------------------------------------------------------------------


def test_a_wish_waits_for_the_other_side_and_is_carried_out_with_theirs(left):
    said = get(left, "party_a", "wishes").json()
    assert said == {"choices": Scope.values, "results": [], "others_wish": None}
    made = ask(left, "party_a", "everything")
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert made.json()["ended_at"] is None
    mine = get(left, "party_a", "wishes").json()
    assert (mine["results"], mine["others_wish"]) == ([made.json()], None)
    theirs = get(left, "party_b", "wishes").json()
    assert (theirs["results"], theirs["others_wish"]) == ([], {"scope": "everything"})
    assert ask(left, "party_b", "everything").json()["state"] == "agreed"
    run_erasures(left.case)
    assert get(left, "party_a", "wishes").json()["results"][0]["state"] == "done"
    assert not vault.compartments_with_keys(case_id=left.case.pk) - {"settlement"}


def test_ones_own_part_goes_at_once_and_the_other_side_is_told_nothing(left):
    before = get(left, "party_b", "wishes").json()
    assert ask(left, "party_a", "own").json()["state"] == "agreed"
    run_erasures(left.case)
    assert "own" not in get(left, "party_a", "wishes").json()["choices"]
    assert get(left, "party_b", "wishes").json() == before
    refused = ask(left, "party_a", "own")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


def test_the_same_wish_twice_is_one_whatever_became_of_it(left):
    client_id = uuid4()
    first, second = (ask(left, "party_a", "own", client_id) for _time in "12")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    run_erasures(left.case)
    third = ask(left, "party_a", "own", client_id)
    assert (third.status_code, third.json()["state"]) == (201, "done")
    assert ErasureRequest.objects.count() == 1


def test_anothers_client_id_is_not_mine(left):
    client_id = uuid4()
    mine, theirs = (
        ask(left, name, "everything", client_id).json()["id"] for name in ("party_a", "party_b")
    )
    assert mine != theirs


def test_asking_by_the_page_and_by_a_program_is_the_same(left):
    client = client_of(left.party_a)
    client.post(reverse("privacy:ask", args=[left.case.pk, "everything"]))
    (wish,) = get(left, "party_a", "wishes").json()["results"]
    mail.outbox.clear()
    run_job("privacy.ask_other_side", request_id=wish["id"])
    assert [letter.to for letter in mail.outbox] == [[left.party_b.email]]
    assert ErasureRequest.objects.get().client_id is None


def test_a_wish_is_taken_back_once_and_by_its_own_person(left):
    wish = ask(left, "party_a", "everything").json()
    for name in NAMES:
        if name != "party_a":
            closed = 401 if name == "nobody" else 404
            refused = call(left, name, "wish-withdraw", wish_id=wish["id"])
            assert refused.status_code == closed, name
    taken = call(left, "party_a", "wish-withdraw", wish_id=wish["id"])
    assert (taken.status_code, taken.json()["state"]) == (200, "withdrawn")
    again = call(left, "party_a", "wish-withdraw", wish_id=wish["id"])
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert ErasureRequest.objects.get().state == RequestState.WITHDRAWN


def test_while_the_case_is_open_there_is_nothing_to_ask_for(mediated):
    assert get(mediated, "party_a", "wishes").json()["choices"] == []
    for scope in Scope:
        assert ask(mediated, "party_a", scope.value).status_code == 409


def test_what_a_duty_keeps_is_locked(left):
    place_hold(left, "caucus:A")
    refused = ask(left, "party_a", "own")
    assert (refused.status_code, refused.json()["code"]) == (423, "held")
    assert not ErasureRequest.objects.exists()


@pytest.mark.parametrize(
    "written",
    [{"scope": "own"}, {"scope": "all", "client_id": str(uuid4())}, {"client_id": str(uuid4())}],
)
def test_what_is_wrong_about_a_wish(left, written):
    assert call(left, "party_a", "wishes", written).status_code == 400
    assert not ErasureRequest.objects.exists()


# --- The copy and the proofs ------------------------------------------------------------------


def test_the_copy_of_one_case_is_the_pages(left):
    address = reverse("api:case-copy", args=[left.case.pk])
    client = client_of(left.party_a)
    copy = client.post(address, headers={"accept": "application/zip"})
    assert (copy.status_code, copy.headers["Content-Type"]) == (200, "application/zip")
    assert f"{left.case.number}-my-data.zip" in copy.headers["Content-Disposition"]
    by_page = client.post(reverse("privacy:download", args=[left.case.pk]))
    names = [zipfile.ZipFile(io.BytesIO(one.content)).namelist() for one in (copy, by_page)]
    assert names[0] == names[1]
    said = zipfile.ZipFile(io.BytesIO(copy.content)).read("data.json").decode()
    assert "caucus-A-talk-canary" in said
    assert "caucus-B-talk-canary" not in said
    for _time in range(export.PER_HOUR - 2):
        assert client.post(address).status_code == 200
    refused = client.post(address, headers={"accept": "application/zip"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")


def test_ones_own_proofs_hold_and_are_nobody_elses(left):
    for name in ("party_a", "party_b", "mediator"):
        answer = call(left, name, "own-proofs")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        statement = json.loads(answer.content)["statement"]
        assert statement["person"].endswith(str(left.everybody[name].pk))
        assert is_own_and_logged(statement)
    client = client_of(left.party_a)
    for _time in range(proofs.PER_HOUR - 1):
        assert client.post(reverse("api:own-proofs", args=[left.case.pk])).status_code == 200
    refused = client.post(reverse("api:own-proofs", args=[left.case.pk]))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")


# --- Leaving ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["party_a", "party_b"])
def test_leaving_ends_the_case_once_and_tells_nobody_who(mediated, name):
    said = call(mediated, name, "leave")
    assert said.status_code == 200
    assert (said.json()["state"], said.json()["outcome"]) == ("closed", "left")
    for party in ("party_a", "party_b"):
        again = call(mediated, party, "leave")
        assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    other = "party_b" if name == "party_a" else "party_a"
    page = client_of(mediated.everybody[other]).get(
        reverse("privacy:case", args=[mediated.case.pk])
    )
    assert "Left the mediation" not in page.content.decode()


def test_a_refusal_to_leave_twice_is_in_the_readers_language(mediated):
    leave_case(actor=mediated.party_a, case=mediated.case)
    said = {}
    for language in ("en", "zh-hans"):
        User.objects.filter(pk=mediated.party_a.pk).update(language=language)
        mediated.party_a.refresh_from_db()
        said[language] = call(mediated, "party_a", "leave").json()["detail"]
    assert said["en"].isascii()
    assert not said["zh-hans"].isascii()


def test_a_mediator_does_not_leave_as_a_party_does(mediated):
    assert call(mediated, "mediator", "leave").status_code == 403
    mediated.case.refresh_from_db()
    assert mediated.case.is_open


# --- Who else ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OUTSIDERS)
def test_for_others_there_is_no_such_case(left, name):
    closed = 401 if name == "nobody" else 404
    for address in OF_THE_CASE:
        assert call(left, name, address, {"scope": "own"}).status_code == closed, address
    assert get(left, name, "wishes").status_code == closed
    assert not ErasureRequest.objects.exists()


def test_a_mediator_has_no_wish_and_no_copy(left):
    assert get(left, "mediator", "wishes").status_code == 403
    assert ask(left, "mediator", "everything").status_code == 403
    assert call(left, "mediator", "case-copy").status_code == 403


@pytest.mark.parametrize("address", OF_THE_CASE)
def test_what_changes_something_needs_the_csrf_token(mediated, address):
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(mediated.party_a, backend=BACKEND)
    refused = client.post(reverse(f"api:{address}", args=[mediated.case.pk]), {}, **JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    mediated.case.refresh_from_db()
    assert mediated.case.is_open
