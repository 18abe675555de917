"""A party's consents by REST: read, give, take back, and the receipts of it."""

import pytest
from django.test import Client
from django.urls import reverse

from mediation.accounts.models import User
from mediation.cases.enums import Purpose
from mediation.cases.models import Consent, Receipt
from mediation.cases.services.receipts import holds_together
from mediation.profiles.selectors import consent_text
from mediation.vault import services as vault
from tests.factories.cast import make_cast
from tests.promises.world import BACKEND, client_of

pytestmark = pytest.mark.django_db
STAGE = "consenting"
OUTSIDERS = ("coordinator", "other_staff", "clerk", "stranger")


def call(cast, name, method, address, written=None, **ids):
    client = client_of(cast.everybody[name])
    path = reverse(f"api:{address}", kwargs={"case_id": cast.case.pk, **ids})
    return getattr(client, method)(path, written, content_type="application/json")


def give(cast, name="party_a", purpose="video", read=None):
    known = read or (consent_text(purpose).sha256 if purpose in Purpose.values else "no text")
    return call(cast, name, "put", "consent", {"text_sha256": known}, purpose=purpose)


def take_back(cast, name="party_a", purpose="video"):
    return call(cast, name, "delete", "consent", purpose=purpose)


def test_every_purpose_with_its_text(cast):
    give(cast)
    choices = {one["purpose"]: one for one in call(cast, "party_a", "get", "consents").json()}
    assert set(choices) == {purpose for purpose in Purpose if purpose != Purpose.RELEASE}
    assert [name for name in choices if choices[name]["is_needed"]] == ["mediate", "online"]
    text = consent_text(Purpose.MEDIATE)
    assert choices["mediate"]["consent"] is None
    assert choices["mediate"]["text"]["sha256"] == text.sha256
    assert choices["mediate"]["text"]["body"] == dict(text.body)
    given = choices["video"]["consent"]
    assert (given["purpose"], given["withdrawn_at"]) == ("video", None)


def test_giving_twice_is_the_same_as_once(cast):
    first, second = give(cast), give(cast)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert Receipt.objects.count() == 1


def test_what_was_read_is_what_is_agreed_to(cast):
    """A text that is no longer the newest is read once more, by page and by API."""
    older = consent_text(Purpose.ONLINE).sha256  # of another purpose: not what was asked
    refused = give(cast, read=older)
    assert (refused.status_code, refused.json()["code"]) == (409, "text_changed")
    assert call(cast, "party_a", "put", "consent", {}, purpose="video").status_code == 400

    browser, page = client_of(cast.party_a), reverse("cases:consents", args=[cast.case.pk])
    form = reverse("cases:give_consent", args=[cast.case.pk, "video"])
    for said in ({}, {"text": older}):
        answer = browser.post(form, said)
        assert answer.status_code == 409
        assert "read the new text" in answer.content.decode()
    assert not Consent.objects.exists()

    text = consent_text(Purpose.VIDEO)
    assert f'value="{text.sha256}"' in browser.get(page).content.decode()
    assert browser.post(form, {"text": text.sha256}).status_code == 302
    assert Consent.objects.get().text_sha256 == text.sha256


def test_taking_back_says_what_follows_in_the_readers_language(cast):
    said = []
    for language in ("en", "zh-hans"):
        User.objects.filter(pk=cast.party_a.pk).update(language=language)
        give(cast)
        said.append(take_back(cast).json())
    assert said[0]["consent"]["withdrawn_at"] is not None
    assert said[0]["follows"] == "There are no calls with you until you give it again."
    assert said[1]["follows"] == "在您再次同意之前，不会与您进行通话。"
    again = take_back(cast)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


def test_without_a_needed_consent_talk_closes(cast):
    for name in ("party_a", "party_b"):
        for purpose in ("mediate", "online"):
            give(cast, name, purpose)
    cast.case.refresh_from_db()
    assert cast.case.state == "waiting"
    take_back(cast, "party_b", "online")
    cast.case.refresh_from_db()
    assert cast.case.state == "consenting"


def test_the_receipts_hold_together(cast):
    for step in (give, take_back, give):
        step(cast)
    signed = call(cast, "party_a", "get", "consent-receipts").json()
    assert vault.verify_statement(signed=signed)
    receipts = signed["statement"]["receipts"]
    assert holds_together(receipts, None)
    assert [one["statement"]["status"] for one in receipts] == ["given", "withdrawn", "given"]
    second = call(cast, "party_a", "get", "consent-receipt", number=2)
    assert second.json() == receipts[1]
    assert call(cast, "party_a", "get", "consent-receipt", number=4).status_code == 404
    assert call(cast, "party_b", "get", "consent-receipt", number=1).status_code == 404


@pytest.mark.parametrize("purpose", ["release", "everything"])
def test_what_is_not_asked_here_is_not_there(cast, purpose):
    assert give(cast, purpose=purpose).status_code == 404
    assert take_back(cast, purpose=purpose).status_code == 404


def test_one_consent_is_one_persons(cast):
    """Neither given nor taken back for anybody else, and not seen by them."""
    give(cast)
    for name in OUTSIDERS:
        assert give(cast, name).status_code == 404
        assert take_back(cast, name).status_code == 404
        for address in ("consents", "consent-receipts"):
            assert call(cast, name, "get", address).status_code == 404
    for address in ("consents", "consent-receipts"):
        assert call(cast, "nobody", "get", address).status_code == 401
    assert (give(cast, "nobody").status_code, take_back(cast, "nobody").status_code) == (401, 401)
    assert take_back(cast, "party_b").status_code == 409
    theirs = call(cast, "party_b", "get", "consents").json()
    assert [one for one in theirs if one["consent"]] == []
    assert Consent.objects.get().withdrawn_at is None


def test_a_mediator_consents_to_nothing():
    cast = make_cast("mediating")
    for address in ("consents", "consent-receipts"):
        assert call(cast, "mediator", "get", address).status_code == 404
    refused = give(cast, "mediator")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert take_back(cast, "mediator").status_code == 403


@pytest.mark.parametrize("method", ["put", "delete"])
def test_what_changes_something_needs_the_csrf_token(cast, method):
    client = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    client.force_login(cast.party_a, backend=BACKEND)
    path = reverse("api:consent", args=[cast.case.pk, "video"])
    assert getattr(client, method)(path).status_code == 403
    assert not Consent.objects.exists()
