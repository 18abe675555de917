import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils.timezone import get_current_timezone_name
from lxml import html

from mediation.accounts import views
from mediation.accounts.models import User
from tests.factories.cast import person

pytestmark = pytest.mark.django_db
CODE = re.compile(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b")


@pytest.fixture
def client():
    return Client(headers={"host": "127.0.0.1"})


def sign_in(client, email):
    client.post(reverse("account_request_login_code"), {"email": email})
    code = CODE.search(mail.outbox[-1].body)[1]
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def test_first_code_is_the_sign_up(client):
    response = sign_in(client, "new@people.example")
    assert response.status_code == 302
    user = User.objects.get(email="new@people.example")
    assert client.get(reverse("desk:list")).status_code == 200
    assert not user.has_usable_password()


def test_known_and_unknown_addresses_get_the_same_answer(client):
    person("ada")
    known = client.post(reverse("account_request_login_code"), {"email": "ada@people.example"})
    unknown = Client(headers={"host": "127.0.0.1"}).post(
        reverse("account_request_login_code"), {"email": "who@people.example"}
    )
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )


def test_wrong_code_signs_nobody_in(client):
    client.post(reverse("account_request_login_code"), {"email": "ada@people.example"})
    client.post(reverse("account_confirm_login_code"), {"code": "AAAA-AAAA"})
    assert client.get(reverse("desk:list")).status_code == 302


def test_the_mail_with_the_code_names_the_service_in_the_readers_language(client):
    client.cookies["language"] = "zh-hans"
    client.post(reverse("account_request_login_code"), {"email": "ada@people.example"})
    letter = mail.outbox[-1]
    code = CODE.search(letter.body)[1]
    assert letter.subject == f"Heyi 和议：您的验证码是{code}"
    assert "testserver" not in letter.body


def test_new_session_key_on_sign_in(client):  # ASVS 7.2.4
    client.get(reverse("cases:invitation"))
    client.post(reverse("account_request_login_code"), {"email": "ada@people.example"})
    before = client.session.session_key
    code = CODE.search(mail.outbox[-1].body)[1]
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert client.session.session_key != before


def test_profile_is_saved_and_speaks_the_new_language(client):
    user = person("ada")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    chosen = {"display_name": "Ada L.", "language": "zh-hans", "time_zone": "Asia/Shanghai"}
    response = client.post(reverse("accounts:profile"), chosen, follow=True)
    user.refresh_from_db()
    assert (user.display_name, user.language) == ("Ada L.", "zh-hans")
    assert b'lang="zh-Hans"' in response.content


def test_nonsense_in_the_profile_is_refused_in_words(client):
    user = person("ada")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post(
        reverse("accounts:profile"), {"display_name": "", "language": "xx", "time_zone": "Moon"}
    )
    assert response.status_code == 200
    assert b"govuk-error-summary" in response.content


def test_signing_out_ends_the_session_and_clears_the_browser(client):
    user = person("ada")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post(reverse("account_logout"))
    assert client.get(reverse("desk:list")).status_code == 302
    assert "cookies" in response.headers["Clear-Site-Data"]  # ASVS 14.3.1


def test_somebody_signed_in_has_no_address_to_prove(client):
    assert client.get("/sign-in/address/").headers["Location"] == "/sign-in/"
    client.force_login(person("ada"))
    assert client.get("/sign-in/address/").headers["Location"] == "/me/profile/"


def test_nobody_is_given_a_time_zone_they_did_not_choose(client):
    sign_in(client, "new@people.example")
    assert User.objects.get(email="new@people.example").time_zone == ""


@pytest.mark.parametrize(
    ("chosen", "told", "zone"),
    [
        ("", "Asia/Shanghai", "Asia/Shanghai"),
        ("Europe/Berlin", "Asia/Shanghai", "Europe/Berlin"),
        ("", "Asia/Nowhere", "UTC"),
        ("", None, "UTC"),
    ],
)
def test_pages_are_on_the_chosen_clock_or_the_devices(client, monkeypatch, chosen, told, zone):
    user = person("ada")
    user.time_zone = chosen
    user.save()
    client.force_login(user)
    if told:
        client.cookies["timezone"] = told
    clocks = []
    shown = views.render
    monkeypatch.setattr(
        views, "render", lambda *page: clocks.append(get_current_timezone_name()) or shown(*page)
    )
    client.get(reverse("accounts:profile"))
    assert clocks == [zone]


def test_the_profile_offers_the_clock_of_the_device_first(client):
    user = person("ada")
    user.time_zone = ""
    user.save()
    client.force_login(user)
    client.cookies["timezone"] = "Asia/Tokyo"
    page = html.fromstring(client.get(reverse("accounts:profile")).content)
    (select,) = page.xpath("//select[@name='time_zone']")
    options = select.xpath(".//option")
    assert (options[0].get("value"), options[0].text) == ("", "As on my device: Tokyo (UTC+9)")
    assert "selected" in options[0].attrib
    assert [option.get("value") for option in options[1:3]] == ["Asia/Tokyo", "Asia/Shanghai"]


def test_a_time_zone_can_be_left_to_the_device_again(client):
    user = person("ada")
    user.time_zone = "Europe/Berlin"
    user.save()
    client.force_login(user)
    chosen = {"display_name": "Ada L.", "language": "en", "time_zone": ""}
    client.post(reverse("accounts:profile"), chosen)
    user.refresh_from_db()
    assert user.time_zone == ""


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Enter your e-mail address."),
        ("ada at home", "Enter an e-mail address like name@example.com."),
    ],
)
def test_an_address_is_asked_for_in_our_words(client, typed, told):
    page = client.post(reverse("account_request_login_code"), {"email": typed}).content.decode()
    assert page.count(told) == 2  # in the summary and at the field
    assert "This field is required" not in page
