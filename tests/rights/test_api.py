"""One's rights and the officer's desk by REST: who, twice, refused, and in which language."""

import io
import json
import re
import zipfile
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.accounts.models import User
from mediation.audit.models import Entry
from mediation.cases.services.participation import leave_case
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center
from mediation.holds.models import Restriction
from mediation.holds.services import apart
from mediation.rights.enums import RequestState, Right
from mediation.rights.models import RightsRequest
from mediation.rights.services import account
from mediation.rights.services import requests as services
from tests.factories.cast import NAMES, make_cast, person
from tests.factories.passkeys import Device, give_passkey
from tests.privacy.test_holds import place_hold
from tests.privacy.test_retention import SECOND, date_of, sweep_at
from tests.promises.world import BACKEND, client_of

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
WORDS = "request-canary: what do you hold?"
OTHERS = [name for name in NAMES if name != "party_a"]
CLOSED = [*NAMES, "elsewhere", "nobody"]


@pytest.fixture
def cast():
    """Otto is the centre's officer; another centre has one, too."""
    made = make_cast("mediating")
    elsewhere = Center.objects.get(name="Elsewhere")
    for name, center in (("officer", made.center), ("elsewhere", elsewhere)):
        made.extra[name] = person(name)
        role = CenterRole.PRIVACY_OFFICER
        centers.add_member(center=center, user=made.extra[name], role=role)
    return made


@pytest.fixture
def ended(cast):
    leave_case(actor=cast.party_b, case=cast.case)
    cast.case.refresh_from_db()
    return cast


@pytest.fixture
def asked(cast):
    return services.ask_center(
        actor=cast.party_a, center=cast.center, right=Right.ACCESS, words=WORDS
    )


def user_of(cast, name):
    return {**cast.everybody, **cast.extra}[name]


def call(cast, name, address, written=None, method="post", **ids):
    client = client_of(user_of(cast, name))
    return getattr(client, method)(reverse(f"api:{address}", kwargs=ids), written, **JSON)


def get(cast, name, address, **ids):
    return client_of(user_of(cast, name)).get(reverse(f"api:{address}", kwargs=ids))


def question(cast, **changes):
    return {
        "client_id": str(uuid4()),
        "center": str(cast.center.pk),
        "right": "access",
        "words": WORDS,
        **changes,
    }


def speak(user, language):
    User.objects.filter(pk=user.pk).update(language=language)
    user.refresh_from_db()


# --- What is stored about me ------------------------------------------------------------------


def test_what_is_stored_about_a_party(cast, asked):
    said = get(cast, "party_a", "my-data").json()
    assert said["account"]["mail_address"] == cast.party_a.email
    assert said["account"]["display_name"] == "Ada"
    line = {"id": str(cast.case.pk), "number": cast.case.number, "is_party": True}
    assert said["cases"] == [line]
    assert {row["purpose"] for row in said["consents"]} >= {"mediate", "online"}
    assert [row["id"] for row in said["requests"]] == [str(asked.pk)]
    assert (said["center_roles"], said["court_roles"]) == ([], [])


def test_ones_passkeys_are_listed_as_in_the_copy_and_nobody_elses(cast):
    assert get(cast, "party_a", "my-data").json()["passkeys"] == []
    give_passkey(cast.party_a, Device(), name="My phone")
    give_passkey(cast.party_b, Device(b"another"), name="canary of another")
    (shown,) = get(cast, "party_a", "my-data").json()["passkeys"]
    copy = call(cast, "party_a", "my-copy")
    packed = zipfile.ZipFile(io.BytesIO(copy.content))
    (copied,) = json.loads(packed.read("data.json"))["account"]["passkeys"]
    assert (shown["passkey_name"], shown["last_used_at"]) == ("My phone", None)
    shown["name"] = shown.pop("passkey_name")
    assert set(shown) == set(copied)
    for name in ("name", "credential_id", "public_key", "times_signed"):
        assert shown[name] == copied[name]
    passkey = cast.party_a.passkeys.get()
    assert shown["public_key"] == bytes(passkey.public_key).hex()


def test_what_is_stored_about_whoever_works_here(cast):
    said = get(cast, "coordinator", "my-data").json()
    (role,) = said["center_roles"]
    assert (role["center_name"], role["role"]) == (cast.center.name, "coordinator")
    assert (role["until"], said["cases"], said["requests"]) == (None, [], [])


def test_everybody_reads_their_own_and_nobody_nothing(cast, asked):
    for name in NAMES:
        said = get(cast, name, "my-data")
        assert said.status_code == 200
        assert said.json()["account"]["mail_address"] == user_of(cast, name).email
        assert bool(said.json()["requests"]) is (name == "party_a")
    for address in ("my-data", "my-requests", "my-deletion"):
        assert get(cast, "nobody", address).status_code == 401
    for address in ("my-copy", "my-requests", "my-deletion", "my-deletion-code"):
        assert call(cast, "nobody", address).status_code == 401


def test_the_copy_is_the_one_of_the_page(cast, asked):
    client, address = client_of(cast.party_a), reverse("api:my-copy")
    copy = client.post(address, headers={"accept": "application/zip"})
    assert (copy.status_code, copy.headers["Content-Type"]) == (200, "application/zip")
    packed = zipfile.ZipFile(io.BytesIO(copy.content))
    said = json.loads(packed.read("data.json"))
    assert said["account"]["email"] == cast.party_a.email
    assert [row["words"] for row in said["requests"]] == [WORDS]
    assert f"cases/{cast.case.number}/data.json" in packed.namelist()
    for _time in range(4):
        assert client.post(address).status_code == 200
    refused = client.post(address, headers={"accept": "application/zip"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")


# --- My requests --------------------------------------------------------------------------------


def test_a_request_from_asking_to_the_answer(cast):
    centre = {"id": str(cast.center.pk), "center_name": cast.center.name}
    assert get(cast, "party_a", "my-requests").json() == {"centers": [centre], "results": []}
    made = call(cast, "party_a", "my-requests", question(cast))
    assert made.status_code == 201
    said, ids = made.json(), {"request_id": made.json()["request"]["id"]}
    assert (said["request"]["state"], said["words"], said["is_open"]) == ("received", WORDS, True)
    assert (said["decision"], said["ground"], said["complain"]) == ("", "", "")

    (line,) = get(cast, "officer", "officer-desk").json()["waiting"]
    assert (line["request"]["id"], line["light"]) == (ids["request_id"], "green")
    read = get(cast, "officer", "officer-request", **ids).json()
    assert (read["asked_by"], read["words"], read["can_extend"]) == ("Ada", WORDS, True)
    reasons = {"reasons": "reason-canary"}
    more = call(cast, "officer", "officer-request-extend", reasons, **ids).json()
    assert (more["request"]["state"], more["can_extend"]) == ("extended", False)
    assert more["request"]["due_on"] > said["request"]["due_on"]
    answer = {"decision": "refused", "ground": "nothing", "words": "answer-canary"}
    over = call(cast, "officer", "officer-request-answer", answer, **ids).json()
    assert (over["request"]["state"], over["is_open"]) == ("answered", False)

    mine = get(cast, "party_a", "my-request", **ids).json()
    assert (mine["extension"], mine["answer"]) == ("reason-canary", "answer-canary")
    assert (mine["decision"], mine["ground"]) == ("refused", "nothing")
    assert mine["ground_words"] == "We hold nothing of the kind"
    assert "grounds" not in mine
    assert "GDPR 77" in mine["complain"]
    assert "light" not in mine
    desk = get(cast, "officer", "officer-desk").json()
    assert (desk["waiting"], len(desk["answered"])) == ([], 1)


def test_the_same_question_twice_is_one(cast):
    written = question(cast)
    first, second = (call(cast, "party_a", "my-requests", written) for _time in "12")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert RightsRequest.objects.count() == 1
    services.withdraw_request(actor=cast.party_a, request=RightsRequest.objects.get())
    third = call(cast, "party_a", "my-requests", written)
    assert third.json()["request"]["state"] == "withdrawn", "what became of it, not a new one"


def test_repeating_a_question_is_no_try(cast):
    written = question(cast)
    for _time in range(services.PER_DAY + 2):
        assert call(cast, "party_a", "my-requests", written).status_code == 201


def test_anothers_client_id_is_not_mine(cast):
    written = question(cast)
    mine, theirs = (
        call(cast, name, "my-requests", written).json()["request"]["id"]
        for name in ("party_a", "party_b")
    )
    assert mine != theirs


def test_the_same_right_waits_for_its_answer_in_both_languages(cast, asked):
    said = {}
    for language in ("en", "zh-hans"):
        speak(cast.party_a, language)
        refused = call(cast, "party_a", "my-requests", question(cast))
        assert (refused.status_code, refused.json()["code"]) == (409, "asked_already")
        said[language] = refused.json()["detail"]
    assert said == {
        "en": "Your earlier request is still being looked at. You can take it back and ask anew.",
        "zh-hans": "您此前的请求仍在处理中。您可以撤回后重新提出。",
    }


@pytest.mark.parametrize(
    ("name", "address"),
    [("party_a", "my-requests"), ("party_a", "my-data"), ("officer", "officer-desk")],
)
def test_a_longer_list_takes_no_more_queries(cast, asked, name, address):
    with CaptureQueriesContext(connection) as for_one:
        assert get(cast, name, address).status_code == 200
    for right in (Right.OBJECT, Right.EXPLAIN):
        services.ask_center(actor=cast.party_a, center=cast.center, right=right, words="x")
    with CaptureQueriesContext(connection) as for_three:
        assert get(cast, name, address).status_code == 200
    assert len(for_three) == len(for_one)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"center": "00000000-0000-4000-8000-000000000000"}, 404),
        ({"center": "x"}, 400),
        ({"right": "revenge"}, 400),
        ({"words": ""}, 400),
        ({"words": "x" * 4001}, 400),
        ({"client_id": None}, 400),
    ],
)
def test_what_is_wrong_about_a_question(cast, changes, status):
    refused = call(cast, "party_a", "my-requests", question(cast, **changes))
    assert refused.status_code == status
    assert not RightsRequest.objects.exists()


@pytest.mark.parametrize("name", ["coordinator", "other_staff", "clerk", "stranger", "officer"])
def test_a_centre_one_has_no_case_with_is_not_there(cast, name):
    assert call(cast, name, "my-requests", question(cast)).status_code == 404


@pytest.mark.parametrize("name", [*OTHERS, "officer", "elsewhere", "nobody"])
def test_a_request_is_its_own_persons(cast, asked, name):
    closed = 401 if name == "nobody" else 404
    assert get(cast, name, "my-request", request_id=asked.pk).status_code == closed
    address = "my-request-withdraw"
    assert call(cast, name, address, request_id=asked.pk).status_code == closed
    asked.refresh_from_db()
    assert asked.state == RequestState.RECEIVED


def test_taking_back_twice_is_once(cast, asked):
    first = call(cast, "party_a", "my-request-withdraw", request_id=asked.pk)
    assert (first.status_code, first.json()["request"]["state"]) == (200, "withdrawn")
    on_record = Entry.objects.count()
    second = call(cast, "party_a", "my-request-withdraw", request_id=asked.pk)
    assert (second.status_code, second.json()["code"]) == (409, "wrong_state")
    assert Entry.objects.count() == on_record


# --- The officer ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLOSED)
def test_only_the_centres_officer_reads_and_answers(cast, asked, name):
    ids, signed_in = {"request_id": asked.pk}, name != "nobody"
    closed = 404 if signed_in else 401
    assert get(cast, name, "officer-request", **ids).status_code == closed
    written = {"reasons": "x", "decision": "granted", "words": "x"}
    for address in ("officer-request-extend", "officer-request-answer"):
        assert call(cast, name, address, written, **ids).status_code == closed
    desk = get(cast, name, "officer-desk")
    if name == "elsewhere":
        assert desk.json()["waiting"] == []
    else:
        assert desk.status_code == (403 if signed_in else 401)
    asked.refresh_from_db()
    assert asked.state == RequestState.RECEIVED


@pytest.mark.parametrize("name", ["party_a", "party_b", "mediator"])
def test_an_officer_in_a_case_with_the_person_does_not_see_it(cast, asked, name):
    user, role = user_of(cast, name), CenterRole.PRIVACY_OFFICER
    centers.add_member(center=cast.center, user=user, role=role)
    assert get(cast, name, "officer-desk").json()["waiting"] == []
    assert get(cast, name, "officer-request", request_id=asked.pk).status_code == 404


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"decision": "refused", "words": "x"}, "ground"),
        ({"decision": "granted", "ground": "others", "words": "x"}, "ground"),
        ({"decision": "perhaps", "words": "x"}, "decision"),
        ({"decision": "granted", "words": ""}, "words"),
    ],
)
def test_what_is_wrong_about_an_answer(cast, asked, written, field):
    ids = {"request_id": asked.pk}
    said = set()
    for language in ("en", "zh-hans"):
        speak(cast.extra["officer"], language)
        refused = call(cast, "officer", "officer-request-answer", written, **ids)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
        said.add(str(refused.json()["errors"][field]))
    assert len(said) == 2, "one in each language"
    asked.refresh_from_db()
    assert asked.state == RequestState.RECEIVED


def test_the_grounds_are_those_of_the_centres_rules(cast, asked):
    RightsRequest.objects.filter(pk=asked.pk).update(profile="cn-people", rule="working_days")
    ids = {"request_id": asked.pk}
    for language, law in (("en", "PIPL 44, 47"), ("zh-hans", "个人信息保护法")):
        speak(cast.extra["officer"], language)
        grounds = get(cast, "officer", "officer-request", **ids).json()["grounds"]
        words = {one["ground"]: one["words"] for one in grounds}
        assert law in words["legal_duty"]
        assert {"unfounded", "legal_claims"}.isdisjoint(words)
        assert not [one for one in words.values() if "GDPR" in one]
        written = {"decision": "refused", "ground": "unfounded", "words": "x"}
        refused = call(cast, "officer", "officer-request-answer", written, **ids)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    written["ground"] = "agreement"
    said = call(cast, "officer", "officer-request-answer", written, **ids).json()
    assert "人民调解法第29条" in said["ground_words"]
    assert "PIPL 65" in get(cast, "party_a", "my-request", **ids).json()["complain"]


def test_steps_sent_again_change_nothing(cast, asked):
    ids, more = {"request_id": asked.pk}, {"reasons": "x"}
    assert call(cast, "officer", "officer-request-extend", more, **ids).status_code == 200
    refused = call(cast, "officer", "officer-request-extend", more, **ids)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_late_to_extend")
    answer = {"decision": "granted", "words": "first-canary"}
    assert call(cast, "officer", "officer-request-answer", answer, **ids).status_code == 200
    again = {"decision": "refused", "ground": "others", "words": "second"}
    refused = call(cast, "officer", "officer-request-answer", again, **ids)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    read = get(cast, "officer", "officer-request", **ids).json()
    assert (read["decision"], read["answer"]) == ("granted", "first-canary")


@pytest.mark.django_db(transaction=True)
def test_whose_account_is_deleted_has_no_name(ended, asked):
    ended.party_a.refresh_from_db()
    mail.outbox.clear()
    account.send_deletion_code(actor=ended.party_a)
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body).group()
    account.confirm_and_delete(actor=ended.party_a, code=code)
    (line,) = get(ended, "officer", "officer-desk").json()["answered"]
    read = get(ended, "officer", "officer-request", request_id=line["id"]).json()
    assert (read["asked_by"], read["words"]) == (None, "")
    assert RightsRequest.objects.get().client_id is None


# --- One case ---------------------------------------------------------------------------------


def test_a_party_corrects_their_name(cast):
    ids = {"case_id": cast.case.pk}
    assert get(cast, "party_a", "own-details", **ids).json() == {
        "own_name": "Ada Applicant",
        "own_address": "1 Main St",
    }
    new = {"own_name": "Ada Corrected", "own_address": ""}
    for _time in "12":
        said = call(cast, "party_a", "own-details", new, "put", **ids)
        assert (said.status_code, said.json()) == (200, new)
    assert get(cast, "party_b", "own-details", **ids).json()["own_name"] == "Bo Respondent"
    wrong = call(cast, "party_a", "own-details", {"own_name": ""}, "put", **ids)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("address", ["own-details", "own-restriction"])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("mediator", 403),
        *((name, 404) for name in ("coordinator", "other_staff", "clerk", "stranger", "officer")),
        ("nobody", 401),
    ],
)
def test_what_is_a_partys_own_is_nobody_elses(cast, address, name, status):
    ids = {"case_id": cast.case.pk}
    assert get(cast, name, address, **ids).status_code == status
    written = {"own_name": "Eve", "reason": "accuracy"}
    assert call(cast, name, address, written, "put", **ids).status_code == status
    if address == "own-restriction":
        assert call(cast, name, address, None, "delete", **ids).status_code == status
    assert not Restriction.objects.exists()


def test_an_open_case_is_not_restricted(cast):
    ids = {"case_id": cast.case.pk}
    refused = call(cast, "party_a", "own-restriction", {"reason": "accuracy"}, "put", **ids)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    nothing = {"is_restricted": False, "reason": None, "since": None}
    assert get(cast, "party_a", "own-restriction", **ids).json() == nothing


@pytest.mark.django_db(transaction=True)
def test_restricting_and_lifting(left):
    ids, user = {"case_id": left.case.pk}, "party_b"
    room = left.case.rooms.get(side__letter="B")
    talk = reverse("api:messages", args=[room.pk])
    assert client_of(left.party_b).get(talk).status_code == 200
    said = call(left, user, "own-restriction", {"reason": "claims"}, "put", **ids)
    assert (said.status_code, said.json()["reason"]) == (200, "claims")
    again = call(left, user, "own-restriction", {"reason": "claims"}, "put", **ids)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert Restriction.objects.count() == 1
    for reader in (left.party_b, left.mediator):
        locked = client_of(reader).get(talk)
        assert (locked.status_code, locked.json()["code"]) == (423, "restricted")
    assert call(left, user, "own-restriction", None, "delete", **ids).status_code == 204
    assert client_of(left.party_b).get(talk).status_code == 200
    assert call(left, user, "own-restriction", None, "delete", **ids).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_held_names_are_neither_changed_nor_read_after_their_date(left):
    ids, new = {"case_id": left.case.pk}, {"own_name": "Other", "own_address": "x"}
    place_hold(left, "identity", days=180)
    refused = call(left, "party_a", "own-details", new, "put", **ids)
    assert (refused.status_code, refused.json()["code"]) == (423, "held")
    assert get(left, "party_a", "own-details", **ids).status_code == 200
    past = date_of(left.case, "identity") + SECOND
    sweep_at(past)
    with time_machine.travel(past, tick=False):
        apart.follow_holds(case=left.case)
    locked = get(left, "party_a", "own-details", **ids)
    assert (locked.status_code, locked.json()["code"]) == (423, "restricted")


# --- The way out ------------------------------------------------------------------------------


def test_an_account_in_an_open_case_waits(cast):
    said = get(cast, "party_a", "my-deletion").json()
    assert said["can_delete"] is False
    assert "case that has not ended" in said["why_not"]
    for address, written in (("my-deletion-code", None), ("my-deletion", {"code": "123456"})):
        refused = call(cast, "party_a", address, written)
        assert refused.status_code == (409 if written is None else 403)
    assert User.objects.filter(pk=cast.party_a.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_with_the_code_from_the_mail_the_account_is_gone(ended):
    client = client_of(ended.party_b)
    mail.outbox.clear()
    assert client.post(reverse("api:my-deletion-code")).status_code == 204
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body).group()
    wrong = "000000" if code != "000000" else "111111"
    address = reverse("api:my-deletion")
    refused = client.post(address, {"code": wrong}, **JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_code")
    assert client.post(address, {"code": "12"}, **JSON).status_code == 400
    assert client.post(address, {"code": code}, **JSON).status_code == 204
    assert not User.objects.filter(pk=ended.party_b.pk).exists()
    assert client.get(reverse("api:my-data")).status_code == 401


@pytest.mark.parametrize(
    ("address", "method"),
    [
        *((one, "post") for one in ("my-copy", "my-requests", "my-deletion", "my-deletion-code")),
        *(("my-request-withdraw", "post"), ("own-details", "put"), ("own-restriction", "put")),
        *(("own-restriction", "delete"), ("officer-request-extend", "post")),
        ("officer-request-answer", "post"),
    ],
)
def test_what_changes_something_needs_the_csrf_token(cast, asked, address, method):
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(cast.party_a, backend=BACKEND)
    ids = {}
    if address.startswith("own-"):
        ids = {"case_id": cast.case.pk}
    elif "-request-" in address:
        ids = {"request_id": asked.pk}
    refused = getattr(client, method)(reverse(f"api:{address}", kwargs=ids), {}, **JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
