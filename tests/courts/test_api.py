"""The API as a court's own system, and as everybody else."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from mediation.courts.api.authentication import TokenThrottle
from mediation.courts.enums import Scope
from mediation.courts.package.check import check_package
from mediation.courts.services import releases
from mediation.courts.services.tokens import make_token, revoke_token

pytestmark = pytest.mark.django_db
LIST = "/api/v1/packages/"
OUTCOME_FIELDS = {
    "case_number",
    "held",
    "started_on",
    "ended",
    "ended_on",
    "attendance",
    "settlement",
}


@pytest.fixture(autouse=True)
def _no_throttle_left_over():
    cache.clear()


def clear_token(court, *scopes, **options):
    return make_token(court=court, label="docket", scopes=scopes or tuple(Scope), **options)[1]


def call(path, token=None, **headers):
    if token:
        headers["authorization"] = f"Bearer {token}"
    return Client().get(path, headers=headers)


def test_a_released_package_can_be_listed_read_and_fetched(sealed, released):
    token = clear_token(sealed.court)
    listed = call(LIST, token).json()
    assert listed["count"] == 1
    assert listed["results"][0]["id"] == str(released.pk)
    detail = call(f"{LIST}{released.pk}/", token).json()
    assert set(detail) == {
        "id",
        "case_number",
        "settlement_number",
        "released_at",
        "effective_at",
        "fetched",
        "outcome",
    }
    assert set(detail["outcome"]) == OUTCOME_FIELDS
    answer = call(f"{LIST}{released.pk}/file/", token, accept="application/zip")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert check_package(answer.content).findings == ()
    delivery = released.deliveries.get()
    assert (delivery.user, delivery.token.court) == (None, sealed.court)
    assert call(LIST, token).json()["results"][0]["fetched"] == 1


def test_answers_hold_no_name_and_no_address(sealed, released):
    token = clear_token(sealed.court)
    text = call(LIST, token).content + call(f"{LIST}{released.pk}/", token).content
    for canary in ("Ada", "Bo Respondent", "people.example", "loan", "1200", "Mei"):
        assert canary.encode() not in text, canary


@pytest.mark.parametrize("path", ["", "{pk}/", "{pk}/file/"])
@pytest.mark.parametrize("abuse", ["none", "expired", "revoked", "wrong", "basic", "cookie"])
def test_a_token_that_does_not_work_opens_nothing(sealed, released, path, abuse):
    url = LIST + path.format(pk=released.pk)
    row, clear = make_token(court=sealed.court, label="a", scopes=list(Scope))
    if abuse == "none":
        answer = call(url)
    elif abuse == "expired":
        with time_machine.travel(timezone.now() + timedelta(days=91)):
            answer = call(url, clear)
    elif abuse == "revoked":
        revoke_token(token=row)
        answer = call(url, clear)
    elif abuse == "wrong":
        answer = call(url, clear[:-1] + ("0" if clear[-1] != "0" else "1"))
    elif abuse == "basic":
        answer = call(url, authorization=f"Basic {clear}")
    else:
        client = Client()
        client.force_login(sealed.cast.clerk)
        answer = client.get(url)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert {"code", "detail"} <= set(answer.json())
    assert not released.deliveries.exists()


def test_another_courts_package_does_not_exist(sealed, released):
    token = clear_token(sealed.other_court)
    assert call(LIST, token).json() == {"count": 0, "results": []}
    for path in ("{}/", "{}/file/"):
        answer = call(LIST + path.format(released.pk), token)
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"


def test_unreleased_and_unknown_look_the_same(sealed):
    token = clear_token(sealed.court)
    release = releases.propose_release(
        actor=sealed.cast.party_a, case=sealed.case, court=sealed.court
    )
    proposed = call(f"{LIST}{release.pk}/", token)
    unknown = call(f"{LIST}{sealed.case.pk}/", token)
    assert (proposed.status_code, unknown.status_code) == (404, 404)
    assert proposed.content == unknown.content


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        (Scope.OUTCOMES, "{pk}/", 200),
        (Scope.OUTCOMES, "{pk}/file/", 403),
        (Scope.PACKAGES, "", 403),
        (Scope.PACKAGES, "{pk}/", 403),
        (Scope.PACKAGES, "{pk}/file/", 200),
    ],
)
def test_a_scope_opens_its_own_thing_only(sealed, released, scope, path, status):
    answer = call(LIST + path.format(pk=released.pk), clear_token(sealed.court, scope))
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "permission_denied"


@pytest.mark.parametrize("name", ["party_a", "party_b"])
def test_withdrawal_closes_the_api_at_once(sealed, released, name):
    token = clear_token(sealed.court)
    assert call(f"{LIST}{released.pk}/file/", token).status_code == 200
    releases.withdraw_release(actor=getattr(sealed.cast, name), release=released)
    for path in ("{}/", "{}/file/"):
        assert call(LIST + path.format(released.pk), token).status_code == 404
    assert call(LIST, token).json()["count"] == 0
    assert released.deliveries.count() == 1


def test_a_refusal_is_json_even_where_a_zip_was_asked_for(sealed, released):
    answer = call(f"{LIST}{released.pk}/file/", accept="application/zip")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["code"] == "not_authenticated"


def test_queries_are_checked_and_unknown_ones_have_no_effect(sealed, released):
    token = clear_token(sealed.court)
    assert call(f"{LIST}?limit=0", token).status_code == 400
    assert call(f"{LIST}?limit=100000", token).status_code == 400
    assert call(f"{LIST}?released_after=yesterday", token).status_code == 400
    late = (timezone.now() + timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert call(f"{LIST}?released_after={late}", token).json()["count"] == 0
    assert call(f"{LIST}?court=elsewhere&fields=all", token).json() == call(LIST, token).json()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(sealed, released, method):
    headers = {"authorization": f"Bearer {clear_token(sealed.court)}"}
    send = getattr(Client(), method)
    for path in (LIST, f"{LIST}{released.pk}/", f"{LIST}{released.pk}/file/"):
        body = json.dumps({"state": "delivered", "court": str(sealed.other_court.pk)})
        answer = send(path, body, content_type="application/json", headers=headers)
        assert answer.status_code == 405
    released.refresh_from_db()
    assert released.state == "released"


def test_calls_are_throttled_by_token(sealed, monkeypatch):
    monkeypatch.setattr(TokenThrottle, "rate", "2/min")
    token, other = clear_token(sealed.court), clear_token(sealed.court)
    assert [call(LIST, token).status_code for _time in range(3)] == [200, 200, 429]
    refused = call(LIST, token)
    assert refused.json()["code"] == "throttled"
    assert int(refused.headers["Retry-After"]) > 0
    assert call(LIST, other).status_code == 200


def test_schema_in_the_repository_is_up_to_date(settings):
    written = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    committed = (settings.BASE_DIR / "docs" / "api" / "schema.yaml").read_text(encoding="utf-8")
    assert committed == written.getvalue(), "run manage.py spectacular --file docs/api/schema.yaml"


def test_schema_is_public_and_names_every_operation():
    answer = Client().get("/api/v1/schema/", headers={"accept": "application/json"})
    operations = {
        one["operationId"] for path in answer.json()["paths"].values() for one in path.values()
    }
    of_courts, of_rooms, of_obligations = (
        {"listPackages", "readPackage", "fetchPackage"},
        {*("listRooms", "listMessages", "postMessage", "correctMessage", "takeMessageBack")},
        {"getObligations", "sayOfObligation", "switchReminders", "getPerformedCertificate"},
    )
    of_settlements = {
        *("readSigning", "askSigningPasskey", "signWithPasskey", "fetchSettlement"),
        *("readScan", "putScan", "fetchScan", "answerScan"),
        *("readChange", "proposeChange", "acceptChange", "declineChange"),
    }
    of_consents = {
        *("listConsents", "giveConsent", "withdrawConsent", "readConsentLedger"),
        *("readConsentReceipt", "readCaseDates", "listWishes", "askDestruction", "withdrawWish"),
        *("downloadCaseData", "proveOwnEvents", "leaveCase"),
    }
    of_rights = {
        *("readMyData", "downloadMyData", "readMyDeletion", "deleteMyAccount", "sendDeletionCode"),
        *("listMyRequests", "askCenter", "readMyRequest", "withdrawMyRequest"),
        *("readOwnDetails", "correctOwnDetails", "readOwnRestriction", "restrictOwn"),
        "liftOwnRestriction",
    }
    of_officers = {
        *("readDesk", "recordRequest", "readRequest", "extendRequest", "answerRequest"),
        *("listHolds", "proposeHold"),
        *("readHold", "answerHold", "proposeRelease", "answerRelease"),
        *("listBreaches", "recordBreach", "readBreach", "changeBreach", "closeBreach"),
        "exportBreaches",
    }
    for_people = of_rooms | of_settlements | of_obligations | of_consents | of_rights | of_officers
    assert operations == of_courts | for_people


def test_documentation_names_every_operation(settings):
    text = Path(settings.BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
    for path in ("GET /api/v1/packages/", "/packages/{id}/", "/packages/{id}/file/"):
        assert path in text
