"""The page of the log on a phone and at a desk, in both languages."""

import os
from collections.abc import Iterator

import pytest
from django.db import connections
from django.urls import reverse

from tests.browsers import DEVICES, chromium
from tests.verification.test_log_page import published

__all__ = ["published"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = {"en": "en-GB", "zh-hans": "zh-CN"}


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as started:
        yield started
        connections.close_all()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("device", ["phone-320", "desk"])
def test_the_page_of_the_log(
    browser, published, live_server, assert_accessible, assert_fits, picture, device, language
):
    options = {**DEVICES[device], "locale": LANGUAGES[language]}
    context = browser.new_context(base_url=live_server.url, **options)
    try:
        page = context.new_page()
        page.goto(reverse("verification:log"))
        assert published.checkpoint.note.splitlines()[2] in page.inner_text("main")
        assert_fits(page)
        assert_accessible(page)
        picture(page, f"verify-log-{device}-{language}")
    finally:
        context.close()
