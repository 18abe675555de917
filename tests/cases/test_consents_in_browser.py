"""Taking a consent back takes no more steps than giving it (GDPR 7(3), PIPL 15)."""

import os
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from mediation.cases.enums import Purpose
from mediation.cases.models import Consent
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from tests.browsers import chromium
from tests.factories.cast import make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"phone": {"width": 320, "height": 640}, "desk": {"width": 1280, "height": 900}}


@pytest.fixture
def cast():
    return make_cast("consenting")


@pytest.fixture
def page(cast, live_server, monkeypatch) -> Iterator[Page]:
    """Party A, signed in, on the page of their case."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport=SIZES["phone"])
        client = Client()
        client.force_login(cast.party_a)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        page = context.new_page()
        page.goto(reverse("desk:case", args=[cast.case.pk]))
        yield page
        connections.close_all()


class Steps:
    """Presses what a person would press, and counts it."""

    def __init__(self, page):
        self.page, self.taken = page, 0

    def press(self, role, name):
        self.page.get_by_role(role, name=name).first.click()
        self.taken += 1


def test_taking_back_takes_no_more_steps_than_giving(cast, page):
    home, to_consents = page.url, re.compile("agree", re.IGNORECASE)
    section = f"section[aria-labelledby=purpose-{Purpose.VIDEO}]"

    giving = Steps(page)
    giving.press("link", to_consents)
    page.locator(section).get_by_role("button").click()
    giving.taken += 1
    assert Consent.objects.get(purpose=Purpose.VIDEO).withdrawn_at is None

    page.goto(home)
    taking_back = Steps(page)
    taking_back.press("link", to_consents)
    page.locator(section).get_by_role("button").click()
    taking_back.taken += 1
    assert Consent.objects.get(purpose=Purpose.VIDEO).withdrawn_at is not None
    assert taking_back.taken <= giving.taken


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_new_pages_fit_and_can_be_used_by_everybody(
    cast, page, language, assert_accessible, assert_fits, picture
):
    officer = cast.party_a  # one person may be both; here only so that one browser sees all
    centers.add_member(center=cast.center, user=officer, role=CenterRole.PRIVACY_OFFICER)
    section = f"section[aria-labelledby=purpose-{Purpose.VIDEO}]"
    page.goto(reverse("cases:consents", args=[cast.case.pk]))
    page.locator(section).get_by_role("button").click()
    name = settings.LANGUAGE_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": language, "url": page.url}])
    paths = {
        "ledger": reverse("cases:ledger", args=[cast.case.pk]),
        "periods": reverse("centers:periods", args=[cast.center.pk]),
        "text": reverse("cases:text", args=["mediate", 1]),
        "what-we-keep": reverse("core:privacy"),
        "start": reverse("cases:start"),
        "case-privacy": reverse("privacy:case", args=[cast.case.pk]),
    }
    for shown, path in paths.items():
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert_accessible(page)
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            assert_fits(page)
            picture(page, f"{shown}-{size}-{language}")
