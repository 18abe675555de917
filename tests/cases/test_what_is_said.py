"""What the pages of the spine tell people about what they just did."""

import pytest
from django.test import Client
from django.urls import reverse

from mediation.cases.enums import Purpose
from mediation.profiles.selectors import consent_text
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db


def client_of(user):
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def press(cast, user, verb, purpose):
    url = reverse(f"cases:{verb}_consent", args=[cast.case.pk, purpose])
    said = {"text": consent_text(purpose).sha256}
    return client_of(user).post(url, said, follow=True).content.decode()


def test_a_consent_is_confirmed_with_what_follows():
    cast = make_cast("consenting")
    page = press(cast, cast.party_a, "give", Purpose.ONLINE)
    assert "Recorded: you agree to “" in page
    assert "when both sides have given the two consents" in page
    press(cast, cast.party_a, "give", Purpose.MEDIATE)
    press(cast, cast.party_b, "give", Purpose.MEDIATE)
    page = press(cast, cast.party_b, "give", Purpose.ONLINE)
    assert "Both sides have given what mediation needs." in page


def test_taking_back_says_that_talk_is_closed_until_it_is_given_again():
    cast = make_cast("mediating")
    page = press(cast, cast.party_b, "withdraw", Purpose.ONLINE)
    assert "” back." in page
    assert "Talk is closed for everybody until you give it again." in page
    page = press(cast, cast.party_b, "give", Purpose.ONLINE)
    assert "so talk is open" in page


@pytest.mark.parametrize(
    ("purpose", "words"),
    [(Purpose.VIDEO, "no calls with you"), (Purpose.SIGNING, "Nothing can be signed here")],
)
def test_taking_an_optional_consent_back_closes_only_its_own(purpose, words):
    cast = make_cast("mediating")
    page = press(cast, cast.party_b, "withdraw", purpose)
    assert words in page
    assert "Talk is closed" not in page


def test_what_is_asked_can_be_checked():
    cast = make_cast("draft")
    page = client_of(cast.party_a).get(reverse("cases:check", args=[cast.case.pk]))
    assert "Your postal address" in page.content.decode()
    assert "1 Main St" in page.content.decode()
