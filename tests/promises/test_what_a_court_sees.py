"""Promise 6: a court sees only what both parties released (C1, C2, C3, C4, C8, S4).

Without it, three facts at most; and those, too, only with a release.
"""

import hashlib
import io
import json
import re
import zipfile
from dataclasses import fields

import pytest
from django.urls import reverse

from mediation.cases.access import cases_visible_to
from mediation.courts.access import packages_visible_to
from mediation.courts.enums import Scope
from mediation.courts.package.layout import EXCLUDED, FILES, MANIFEST
from mediation.courts.selectors import Attendance, Outcome
from mediation.courts.services import releases
from mediation.courts.services.packages import PackageClosed, fetch_package
from mediation.courts.services.tokens import make_token
from mediation.evidence.access import documents_visible_to
from mediation.privacy.access import certificates_visible_to
from mediation.rooms.access import rooms_visible_to
from mediation.settlements.access import settlements_visible_to, versions_visible_to
from tests.promises.story import EVERY_SECRET
from tests.promises.tables import changed, fingerprint
from tests.promises.test_private_talks_elsewhere import clear, found_in
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db
LIST = "/api/v1/packages/"
OUTCOME = {
    *("case_number", "held", "started_on", "ended", "ended_on", "attendance", "settlement"),
}
# What a case holds, and how one would get at it.
CONTENT = {
    "the case": cases_visible_to,
    "rooms": rooms_visible_to,
    "documents": documents_visible_to,
    "settlements": settlements_visible_to,
    "versions": versions_visible_to,
    "certificates": certificates_visible_to,
}
COURT_PEOPLE = ("clerk", "other_clerk")


def user_of(story, name):
    return story.other_clerk if name == "other_clerk" else getattr(story.cast, name)


def bearer(court, *scopes):
    _row, clear_text = make_token(court=court, label="docket", scopes=scopes or tuple(Scope))
    return {"authorization": f"Bearer {clear_text}"}


def fetched(story, client):
    """The package as the court's system gets it, by file name."""
    answer = client.get(f"{LIST}{story.release.pk}/file/", headers=bearer(story.court))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- Every part in the case, every class of content ---------------------------------------------


@pytest.mark.parametrize("name", [*COURT_PEOPLE, "coordinator", "other_staff", "stranger"])
@pytest.mark.parametrize("content", CONTENT)
def test_nobody_outside_gets_at_any_class_of_content(story, name, content):
    assert not CONTENT[content](user_of(story, name)).exists()


@pytest.mark.parametrize("content", set(CONTENT) - {"certificates"})
def test_those_inside_do(story, content):
    assert CONTENT[content](story.cast.party_a).exists()


@pytest.mark.parametrize(
    "name",
    ["party_a", "party_b", "mediator", "coordinator", "other_staff", "stranger", "other_clerk"],
)
def test_only_a_clerk_of_the_named_court_gets_the_package(story, name):
    user = user_of(story, name)
    assert not packages_visible_to(user).exists()
    with pytest.raises(PackageClosed):
        fetch_package(actor=user, release=story.release)
    door = reverse("courts:download", args=[story.release.pk])
    before = fingerprint()
    assert client_of(user).post(door).status_code == 404
    assert changed(before, fingerprint()) <= {"accounts.user"}  # when somebody last signed in


def test_a_clerk_of_the_named_court_does(story):
    assert packages_visible_to(story.cast.clerk).get() == story.release
    assert fetch_package(actor=story.cast.clerk, release=story.release).content


@pytest.mark.parametrize(
    ("scopes", "readable"),
    [
        ([Scope.OUTCOMES], {"", "{id}/"}),
        ([Scope.PACKAGES], {"{id}/file/"}),
        (list(Scope), {"", "{id}/", "{id}/file/"}),
    ],
)
def test_a_token_opens_its_scope_and_nothing_more(story, client, scopes, readable):
    header = bearer(story.court, *scopes)
    for path in ("", "{id}/", "{id}/file/"):
        answer = client.get(LIST + path.format(id=story.release.pk), headers=header)
        assert answer.status_code == (200 if path in readable else 403), path


def test_a_token_opens_no_page(story, client):
    header = bearer(story.court)
    for path in (f"/cases/{story.case.pk}/", "/court/", f"/cases/{story.case.pk}/settlement/"):
        assert client.get(path, headers=header).status_code == 302


# --- Without a release: nothing, and no hint that there is anything ------------------------------


@pytest.fixture
def taken_back(story):
    releases.withdraw_release(actor=story.cast.party_b, release=story.release)
    return story


@pytest.mark.parametrize("court", ["court", "other_court"])
def test_without_a_release_the_api_has_no_hint_of_a_case(taken_back, client, court):
    header = bearer(getattr(taken_back, court))
    assert client.get(LIST, headers=header).json() == {"count": 0, "results": []}
    for end in ("", "file/"):
        there = client.get(f"{LIST}{taken_back.release.pk}/{end}", headers=header)
        case = client.get(f"{LIST}{taken_back.case.pk}/{end}", headers=header)
        nowhere = client.get(f"{LIST}00000000-0000-4000-8000-000000000000/{end}", headers=header)
        assert there.status_code == case.status_code == nowhere.status_code == 404
        assert there.content == case.content == nowhere.content


@pytest.mark.parametrize("name", COURT_PEOPLE)
def test_without_a_release_a_clerks_page_has_no_hint_of_a_case(taken_back, name):
    browser = client_of(user_of(taken_back, name))
    page = browser.get("/court/").content.decode()
    for hint in (taken_back.case.number, str(taken_back.release.pk), "Ada", "Bo "):
        assert hint not in page
    assert browser.post(reverse("courts:download", args=[taken_back.release.pk])).status_code == 404


# --- What a release opens, field by field ---------------------------------------------------------


def test_the_outcome_has_exactly_these_fields(story, client):
    told = client.get(f"{LIST}{story.release.pk}/", headers=bearer(story.court)).json()
    manifest = json.loads(fetched(story, client)[MANIFEST])["statement"]
    for outcome in (told["outcome"], manifest["case"]):
        assert set(outcome) == OUTCOME
        assert outcome["settlement"] in {"full", "partial", "none"}
        assert [set(one) for one in outcome["attendance"]] == [{"role", "attended"}] * 3
        assert {one["role"] for one in outcome["attendance"]} == {
            *("applicant", "respondent", "mediator")
        }
    assert {one.name for one in fields(Outcome)} == OUTCOME
    assert {one.name for one in fields(Attendance)} == {"role", "attended"}
    assert set(told) == {
        *("id", "case_number", "settlement_number", "released_at", "effective_at", "fetched"),
        "outcome",
    }


def test_the_package_holds_exactly_the_files_it_lists(story, client):
    files = fetched(story, client)
    manifest = json.loads(files[MANIFEST])["statement"]
    assert list(files) == list(FILES)
    listed = {one["name"]: one["sha256"] for one in manifest["files"]}
    assert listed == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name != MANIFEST
    }
    assert tuple(manifest["excluded_classes"]) == EXCLUDED


def test_no_file_of_the_package_holds_a_word_that_was_said(story, client):
    for name, content in fetched(story, client).items():
        assert found_in(clear(content), EVERY_SECRET) == set(), name


def test_a_court_learns_nobodys_address_and_nothing_of_who_said_no(story, client):
    files = fetched(story, client)
    told = client.get(LIST, headers=bearer(story.court)).content + files[MANIFEST]
    assert b"people.example" not in told
    assert not re.search(
        rb"(?i)reason|refus|declin|fault|withdr|left", told.replace(b"caucus", b"")
    )


def test_releasing_is_by_class_and_to_one_court(story):
    """There is one class, the sealed settlement, and one court named by both."""
    consents = story.case.consents.filter(purpose="release_to_court")
    assert {one.subject for one in consents} == {str(story.release.pk)}
    assert {one.participant.side.letter for one in consents} == {"A", "B"}
