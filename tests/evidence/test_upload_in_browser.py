"""The upload screen as people meet it: progress, cancelling, and what is said when it fails."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from mediation.evidence.models import Document
from tests.browsers import chromium
from tests.evidence import samples
from tests.factories.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 320, "height": 640}


@pytest.fixture
def page(cast: Cast, live_server, settings, monkeypatch) -> Iterator[Page]:
    """Party A, signed in, on the page of documents; nothing may go wrong unseen."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport=PHONE)
        context.add_cookies([_signed_in(cast.party_a, live_server.url)])
        page, troubles = context.new_page(), []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if _is_policy(line.text) else 0)
        page.goto(reverse("evidence:list", args=[cast.case.pk]))
        yield page
        # Beside Playwright's loop this thread has database connections of its own.
        connections.close_all()
    assert troubles == []


def _signed_in(user, address):
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": address}


def _is_policy(text):
    return "Content Security Policy" in text or "TrustedScript" in text


def choose(page, name, data):
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "", "buffer": data})


def test_a_file_is_sent_by_the_script_and_shown(page):
    choose(page, "photo.jpg", samples.jpeg())
    page.get_by_label("Only the mediator").check()
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.get_by_role("button", name="Add the document").click()

    assert sent.value.status == 201
    page.get_by_role("link", name="photo.jpg").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_refused_file_is_explained_and_can_be_chosen_anew(page):
    choose(page, "note.txt", b"<html>")
    page.get_by_label("Everyone in this case").check()
    page.get_by_role("button", name="Add the document").click()

    page.get_by_text("does not match the ending of its name").wait_for()
    choose(page, "note.txt", b"hello")
    page.wait_for_timeout(1100)  # the button takes a second click within a second for a slip
    page.get_by_role("button", name="Add the document").click()
    page.get_by_role("link", name="note.txt").first.wait_for()


def test_an_upload_can_be_cancelled(page):
    page.route(
        "**/documents/", lambda route: None if route.request.method == "POST" else route.continue_()
    )
    choose(page, "note.txt", b"hello")
    page.get_by_label("Everyone in this case").check()
    page.get_by_role("button", name="Add the document").click()

    page.get_by_role("button", name="Cancel").click()

    page.get_by_text("Cancelled. Nothing was added.").wait_for()
    assert not Document.objects.exists()


def test_a_lost_connection_is_said(page):
    page.route(
        "**/documents/",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    choose(page, "note.txt", b"hello")
    page.get_by_label("Everyone in this case").check()
    page.get_by_role("button", name="Add the document").click()

    page.get_by_text("The connection was lost and nothing was added.").wait_for()
    assert page.get_by_role("button", name="Add the document").is_enabled()
