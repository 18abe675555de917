import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mediation.audit.selectors import history_for_case
from mediation.evidence.enums import Audience
from mediation.evidence.models import Document
from tests.evidence import samples
from tests.factories.cast import make_case

CAST = ["party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]


def url(name, cast, document=None):
    keys = {"case_id": cast.case.pk} | ({"pk": document.pk} if document else {})
    return reverse(f"evidence:{name}", kwargs=keys)


def statuses(cast, client, address):
    found = {}
    for name, user in cast.everybody.items():
        client.logout()
        if user is not None:
            client.force_login(user)
        found[name] = client.get(address).status_code
    return found


def expected(**own):
    return {**dict.fromkeys(CAST, 404), "nobody": 302, **own}


def upload(client, cast, *, name="note.txt", data=b"hello", audience="room", **more):
    file = SimpleUploadedFile(name, data)
    return client.post(url("list", cast), {"file": file, "audience": audience}, **more)


def test_the_list_is_for_those_in_the_case(cast, client):
    found = statuses(cast, client, url("list", cast))

    assert found == expected(party_a=200, party_b=200, mediator=200)


def test_a_document_for_everyone_is_opened_by_those_in_the_case(cast, client, bring):
    found = statuses(cast, client, url("download", cast, bring(cast)))

    assert found == expected(party_a=200, party_b=200, mediator=200)


def test_a_private_document_is_not_there_for_the_other_side(cast, client, bring):
    document = bring(cast, "party_a", Audience.MEDIATOR)

    for page in ("download", "withdraw"):
        mediator = {"download": 200, "withdraw": 403}[page]
        found = statuses(cast, client, url(page, cast, document))
        assert found == expected(party_a=200, mediator=mediator), page


def test_taking_back_is_for_who_brought_it(cast, client, bring):
    found = statuses(cast, client, url("withdraw", cast, bring(cast)))

    assert found == expected(party_a=200, party_b=403, mediator=403)


def test_a_document_is_not_found_under_another_case(cast, client, bring):
    document = bring(cast)
    cast.case = make_case(cast, stage="mediating")
    client.force_login(cast.party_a)

    assert client.get(url("download", cast, document)).status_code == 404


def test_the_other_sides_list_shows_no_trace_of_a_private_document(cast, client, bring):
    client.force_login(cast.party_b)
    address = url("list", cast)
    before = _words(client.get(address))

    bring(cast, "party_a", Audience.MEDIATOR, name="canary.txt")

    assert _words(client.get(address)) == before


def _words(response):
    """The page without its one-time token."""
    page = response.content.decode()
    token = response.context["csrf_token"]
    return page.replace(str(token), "")


def test_everybody_reads_who_can_see_what(cast, client, bring):
    bring(cast, "party_a", Audience.MEDIATOR, name="mine.txt")
    expectations = {
        "party_a": ["mine.txt", "Only you and the mediator"],
        "mediator": ["mine.txt", "Only Ada Applicant and you"],
    }
    for name, words in expectations.items():
        client.force_login(getattr(cast, name))
        page = client.get(url("list", cast)).content.decode()
        assert [word for word in words if word not in page] == [], name


def test_a_download_is_saved_never_shown_and_is_recorded(cast, client, bring):
    document = bring(cast, name='借条 "5".txt', data=b"hello")
    client.force_login(cast.party_b)

    answer = client.get(url("download", cast, document))

    assert answer.content == b"hello"
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    # RFC 6266 with the encoding of RFC 8187
    disposition = "attachment; filename*=utf-8''%E5%80%9F%E6%9D%A1%20%225%22.txt"
    assert answer.headers["Content-Disposition"] == disposition
    assert history_for_case(cast.case.pk)[-1].action == "document.opened"


def test_upload_by_plain_form(cast, client):
    client.force_login(cast.party_a)

    answer = upload(client, cast, name="photo.jpg", data=samples.jpeg(), audience="mediator")

    assert answer.headers["Location"] == url("list", cast)
    document = Document.objects.get()
    assert (document.audience, document.media_type) == (Audience.MEDIATOR, "image/jpeg")
    page = client.get(url("list", cast)).content.decode()
    assert "photo.jpg" in page
    assert "The document is added." in page


def test_upload_by_script(cast, client):
    client.force_login(cast.party_a)

    added = upload(client, cast, headers={"accept": "application/json"})
    refused = upload(
        client, cast, name="a.html", audience="", headers={"accept": "application/json"}
    )

    assert (added.status_code, added.json()) == (201, {"next": url("list", cast)})
    assert refused.status_code == 400
    assert len(json.loads(refused.content)["errors"]) == 2


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("page.html", b"<html>", "Files of this kind cannot be taken."),
        ("html_as.txt", b"<html>", "does not match the ending of its name"),
        ("empty.txt", b"", "This file is empty."),
        ("big.txt", b"a" * 101, "This file is too large."),
    ],
)
def test_a_refusal_stands_beside_the_question(cast, client, settings, name, data, words):
    settings.EVIDENCE_MAX_BYTES = 100
    client.force_login(cast.party_a)

    page = upload(client, cast, name=name, data=data).content.decode()

    assert words in page
    assert "govuk-error-summary" in page
    assert not Document.objects.exists()


def test_no_file_and_no_audience_is_said(cast, client):
    client.force_login(cast.party_a)

    page = client.post(url("list", cast), {}).content.decode()

    assert "Choose a file." in page
    assert "Say who should see it." in page


def test_no_room_left_is_said(cast, client, settings):
    settings.EVIDENCE_CASE_QUOTA_BYTES = 6
    client.force_login(cast.party_a)

    assert "There is no room for this file." in upload(client, cast).content.decode()


def test_of_several_files_one_is_taken(cast, client):
    client.force_login(cast.party_a)
    files = [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("b.txt", b"two")]

    client.post(url("list", cast), {"file": files, "audience": "room"})

    assert Document.objects.get().size == 3


@pytest.mark.parametrize("name", ["mediator", "stranger"])
def test_nobody_but_parties_uploads(cast, client, name):
    client.force_login(getattr(cast, name))

    assert upload(client, cast).status_code == {"mediator": 403, "stranger": 404}[name]
    assert not Document.objects.exists()


def test_an_upload_needs_the_pages_own_token(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.party_a)
    assert upload(client, cast).status_code == 403

    client.get(url("list", cast))
    token = client.cookies["csrf"].value
    content = {
        "file": BytesIO(b"hello"),
        "audience": "room",
        "csrfmiddlewaretoken": token,
    }
    content["file"].name = "note.txt"
    assert client.post(url("list", cast), content).status_code == 302


def test_taking_back_through_the_page(cast, client, bring):
    document = bring(cast)
    client.force_login(cast.party_a)

    client.post(url("withdraw", cast, document))

    assert not Document.objects.current().exists()
    assert client.get(url("download", cast, document)).status_code == 404


def test_the_list_asks_as_often_for_three_documents_as_for_one(cast, client, bring):
    client.force_login(cast.mediator)
    client.get(url("list", cast))  # the first look of the day is written down
    counts = []
    for more in (1, 2):
        for number in range(more):
            bring(cast, ["party_a", "party_b"][number], Audience.MEDIATOR)
        with CaptureQueriesContext(connection) as queries:
            client.get(url("list", cast))
        counts.append(len(queries))

    assert counts[0] == counts[1]
