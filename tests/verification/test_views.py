"""The public page: an answer in words for whoever drops a file, and nothing kept of it."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from lxml import html

from mediation.settlements.selectors import last_revision
from mediation.settlements.services.revisions import content_of
from mediation.verification.services import Signer
from mediation.verification.views import TRIES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet():
    cache.clear()


@pytest.fixture
def pdf(sealed):
    return content_of(last_revision(sealed.settlement.document))


def give(content, client=None, **headers):
    file = SimpleUploadedFile("a.pdf", content)
    return (client or Client()).post(reverse("verification:check"), {"file": file}, headers=headers)


def test_anybody_may_look(sealed):
    people = sealed.cast.everybody.values()
    for user in people:
        client = Client()
        if user:
            client.force_login(user)
        assert client.get(reverse("verification:check")).status_code == 200


def test_a_genuine_settlement_is_said_to_be(pdf):
    page = give(pdf).content.decode()
    assert "This file is genuine" in page
    assert "Ada Applicant" in page
    assert "seal of the centre" in page


def test_a_changed_settlement_shows_no_signers(pdf):
    page = give(pdf[:9000] + bytes([pdf[9000] ^ 1]) + pdf[9001:]).content.decode()
    assert "This file is not genuine" in page
    assert "Ada Applicant" not in page


def test_another_file_is_not_ours():
    assert "This is not one of our files" in give(b"hello").content.decode()


def test_the_answer_comes_in_the_readers_language(pdf):
    answer = give(pdf, **{"accept-language": "zh-hans"})
    assert answer.headers["Content-Language"] == "zh-hans"
    assert answer.status_code == 200


def test_our_own_seals_are_named_in_the_readers_language(pdf):
    assert "Document issue ·" in give(pdf).content.decode()
    seal, someone = (Signer("Settlement Seal", "", part, None) for part in ("center", "party"))
    assert (seal.shown_name, someone.shown_name) == ("Settlement seal", "Settlement Seal")


def test_every_moment_is_on_the_readers_clock(pdf):
    client = Client()
    client.cookies["timezone"] = "Asia/Shanghai"
    page = give(pdf, client).content.decode()
    assert page.count("Beijing time") == 1 + 5  # sealed; issue, three people, seal
    assert "UTC" not in page


def test_the_command_is_for_experts_only():
    page = html.fromstring(Client().get(reverse("verification:check")).content)
    (command,) = page.xpath("//code")
    (summary,) = command.xpath("ancestor::details/summary")
    assert "For experts" in summary.text_content()


def test_nothing_is_written_to_disk(pdf, settings, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = files_below(settings.VAR_DIR)
    assert give(pdf).status_code == 200
    assert give(b"x" * (settings.VERIFY_MAX_BYTES + 1)).status_code == 200
    assert list(tmp_path.iterdir()) == []
    assert files_below(settings.VAR_DIR) == before


def files_below(folder):
    """Every file but the databases, with its size."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: path.stat().st_size for path in files if "sqlite3" not in path.name}


def test_no_file_an_empty_one_and_a_large_one_are_plain_errors(settings):
    answer = Client().post(reverse("verification:check"))
    assert "Choose a file of at most 1 MB" in answer.content.decode()
    assert "This file is empty" in give(b"").content.decode()
    large = give(b"x" * (settings.VERIFY_MAX_BYTES + 1))
    assert "of at most 1 MB" in large.content.decode()


def test_a_post_from_another_site_is_refused():
    client = Client(enforce_csrf_checks=True)
    assert give(b"hello", client).status_code == 403


def test_the_form_works_with_its_token():
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("verification:check"))
    token = client.cookies["csrf"].value
    file = SimpleUploadedFile("a.pdf", b"hello")
    answer = client.post(
        reverse("verification:check"), {"file": file, "csrfmiddlewaretoken": token}
    )
    assert answer.status_code == 200


def test_tries_are_limited_by_address():
    for _time in range(TRIES):
        assert give(b"hello").status_code == 200
    assert give(b"hello").status_code == 429
    assert give(b"hello", **{"x-forwarded-for": "203.0.113.9"}).status_code == 429


def test_a_printed_number_is_shown_and_never_looked_up(sealed):
    known = sealed.settlement.document.verification_number
    pages = [
        Client().get(reverse("verification:check_number", args=[number])).content.decode()
        for number in (known, "ZZZZZZZZZZZZZZZZ")
    ]
    assert known in pages[0]
    assert pages[0].replace(known, "").count("<p") == pages[1].count("<p")
    assert sealed.settlement.number not in pages[0]


def test_a_file_can_be_given_on_the_page_of_a_number(pdf):
    url = reverse("verification:check_number", args=["ABCDEFGH"])
    answer = Client().post(url, {"file": SimpleUploadedFile("a.pdf", pdf)})
    assert "This file is genuine" in answer.content.decode()


def test_root_and_key_are_public(sealed):
    assert b"BEGIN CERTIFICATE" in Client().get(reverse("verification:root")).content
    assert b"BEGIN PUBLIC KEY" in Client().get(reverse("verification:key")).content
