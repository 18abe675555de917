"""The pages of passkeys: one's own, a code before each change, and signing in with one."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from mediation.accounts.models import Passkey, PasskeyChallenge
from tests.factories.cast import make_cast, person
from tests.factories.passkeys import Device, give_passkey

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LIST, CODE, ADD = "/me/passkeys/", "/me/passkeys/code/", "/me/passkeys/add/"
OPTIONS, SIGN_IN = "/sign-in/passkey/options/", "/sign-in/passkey/"


def browser_of(user=None):
    client = Client(headers={"host": "localhost:8000"})
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture(autouse=True)
def nobody_tried_yet():
    cache.clear()


@pytest.fixture
def ada():
    return person("ada")


@pytest.fixture
def here(ada):
    return browser_of(ada)


@pytest.fixture
def enter_code(django_capture_on_commit_callbacks):
    """Has a code sent and types it."""

    def enter(client):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(CODE)
        code = re.search(r"^\s+(\d{6})$", mail.outbox[-1].body, re.MULTILINE)[1]
        return client.post(CODE, {"code": code})

    return enter


def come_in(client, device, **more):
    options = client.post(OPTIONS).json()
    return client.post(SIGN_IN, {"answer": device.answer(options), **more})


def test_add_name_see_and_remove(here, ada, enter_code, django_capture_on_commit_callbacks):
    assert here.get(ADD).headers["Location"] == CODE
    assert "before one is added or removed" in here.get(CODE).content.decode()
    assert enter_code(here).headers["Location"] == ADD
    assert here.get(ADD).status_code == 200
    device = Device()
    answer = device.make(here.post(f"{ADD}options/").json())
    with django_capture_on_commit_callbacks(execute=True):
        added = here.post(ADD, {"name": "My phone", "answer": answer}, follow=True)
    assert added.redirect_chain == [(LIST, 302)]
    assert "My phone" in added.content.decode()
    row = ada.passkeys.get()
    here.post(f"{LIST}{row.pk}/", {"name": "Old phone"})
    assert "Old phone" in here.get(LIST).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        removed = here.post(f"{LIST}{row.pk}/remove/", follow=True)
    assert "You have no passkey" in removed.content.decode()
    subjects = [letter.subject for letter in mail.outbox[-2:]]
    assert [("added" in s, "removed" in s) for s in subjects] == [(True, False), (False, True)]


def test_the_letter_with_the_code_says_what_it_is_for(here, enter_code):
    enter_code(here)
    assert "add or remove a passkey" in mail.outbox[-1].body


def test_without_a_code_nothing_changes(here, ada):
    give_passkey(ada)  # with a code of another session
    row = ada.passkeys.get()
    remove = f"{LIST}{row.pk}/remove/"
    assert here.post(f"{ADD}options/").status_code == 403
    for path in (ADD, remove):
        assert here.post(path, {"name": "x", "answer": "{}"}).headers["Location"] == CODE
    assert ada.passkeys.count() == 1


def test_after_the_code_one_comes_to_what_one_wanted(here, ada, enter_code):
    give_passkey(ada)
    remove = f"{LIST}{ada.passkeys.get().pk}/remove/"
    here.get(remove)
    assert enter_code(here).headers["Location"] == remove


@pytest.mark.parametrize("code", ["000000x", "12", ""])
def test_a_wrong_code_is_told_at_its_field(here, code):
    here.post(CODE)
    page = here.post(CODE, {"code": code}).content.decode()
    assert "govuk-error-summary" in page
    assert here.get(ADD).headers["Location"] == CODE


@pytest.mark.parametrize(
    "said",
    [{"name": ""}, {"answer": ""}, {"answer": "{}"}, {"answer": "[[[["}, {"answer": "x" * 30000}],
)
def test_an_answer_of_no_use_is_told_and_adds_nothing(here, ada, enter_code, said):
    enter_code(here)
    answer = Device().make(here.post(f"{ADD}options/").json())
    page = here.post(ADD, {"name": "x", "answer": answer} | said)
    assert page.status_code == 200
    assert not ada.passkeys.exists()


def test_everybody_sees_their_own_and_nobody_elses():
    cast = make_cast("mediating")
    row = give_passkey(cast.party_a, name="Phone of Ada")
    paths = (f"{LIST}{row.pk}/", f"{LIST}{row.pk}/remove/")
    for name, user in cast.everybody.items():
        client = browser_of(user)
        own = client.get(LIST)
        found = [client.get(path).status_code for path in paths]
        found += [client.post(path, {"name": "x"}).status_code for path in paths]
        if name == "party_a":
            assert (own.status_code, found) == (200, [200, 302, 302, 302])
        elif user is None:
            assert found == [302] * 4
            assert "sign-in" in client.get(LIST).headers["Location"]
        else:
            assert (own.status_code, found) == (200, [404] * 4), name
            assert "Phone of Ada" not in own.content.decode()
    row.refresh_from_db()
    assert row.user == cast.party_a


def test_sign_in_and_go_on_to_where_one_wanted(ada):
    device, visitor = Device(), browser_of()
    give_passkey(ada, device)
    answer = come_in(visitor, device, next=LIST)
    assert answer.headers["Location"] == LIST
    assert visitor.get(LIST).status_code == 200


def test_nobody_is_led_to_another_site(ada):
    device, visitor = Device(), browser_of()
    give_passkey(ada, device)
    answer = come_in(visitor, device, next="https://evil.example/")
    assert answer.headers["Location"] == reverse("desk:list")


def test_signing_in_begins_another_session(ada):
    """What somebody else may have planted in the browser before is worth nothing after."""
    device, visitor = Device(), browser_of()
    give_passkey(ada, device)
    options = visitor.post(OPTIONS).json()
    planted = visitor.session.session_key
    visitor.post(SIGN_IN, {"answer": device.answer(options)})
    assert visitor.session.session_key != planted
    assert browser_with(planted).get(LIST).status_code == 302


def browser_with(session_key):
    client = browser_of()
    client.cookies["sid"] = session_key
    return client


def test_an_answer_serves_in_the_browser_that_asked_only(ada):
    device, visitor, thief = Device(), browser_of(), browser_of()
    give_passkey(ada, device)
    answer = device.answer(visitor.post(OPTIONS).json())
    thief.post(OPTIONS)
    refused = thief.post(SIGN_IN, {"answer": answer}, follow=True)
    assert "The passkey was not accepted" in refused.content.decode()
    assert thief.get(LIST).status_code == 302


@pytest.mark.parametrize("said", [{}, {"answer": ""}, {"answer": "{}"}, {"answer": "null"}])
def test_nothing_of_use_signs_nobody_in(said):
    visitor = browser_of()
    visitor.post(OPTIONS)
    assert visitor.post(SIGN_IN, said).headers["Location"] == reverse("account_login")
    assert visitor.get(LIST).status_code == 302


def test_signing_in_takes_a_challenge_first(ada):
    device, visitor = Device(), browser_of()
    give_passkey(ada, device)
    options = browser_of().post(OPTIONS).json()
    visitor.post(SIGN_IN, {"answer": device.answer(options)})
    assert visitor.get(LIST).status_code == 302


def test_challenges_for_nobody_are_limited():
    visitor = browser_of()
    answers = [visitor.post(OPTIONS).status_code for _number in range(31)]
    assert answers == [200] * 30 + [429]
    assert PasskeyChallenge.objects.count() == 30


def test_whoever_has_a_passkey_still_signs_in_by_code(ada):
    give_passkey(ada)
    visitor = browser_of()
    visitor.post(reverse("account_request_login_code"), {"email": ada.email})
    code = re.search(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b", mail.outbox[-1].body)[1]
    visitor.post(reverse("account_confirm_login_code"), {"code": code})
    assert visitor.get(LIST).status_code == 200


def test_ones_own_copy_holds_ones_passkeys(ada):
    from mediation.privacy.services.export import account_of

    row = give_passkey(ada)
    (kept,) = account_of(ada)["passkeys"]
    assert kept["name"] == "Phone"
    assert kept["credential_id"] == bytes(row.credential_id).hex()
    assert kept["public_key"] == bytes(row.public_key).hex()


def test_they_go_with_the_account(ada):
    give_passkey(ada)
    ada.delete()
    assert not Passkey.objects.exists()
    assert not PasskeyChallenge.objects.exists()
