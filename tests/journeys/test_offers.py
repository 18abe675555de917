"""An offer is read and answered on a phone; the pages behind its list, which nothing else opens."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browsers import Visitors
from tests.journeys.test_every_page import pages_of, speak

pytestmark = pytest.mark.browser
WAYS = [(device, language) for device in ("phone-320", "desk") for language in ("en", "zh-hans")]


def test_an_offer_is_read_in_all_four_ways_and_answered_without_scripts(
    visitor: Visitors,
    assert_accessible: Callable[[Page], None],
    assert_fits: Callable[[Page], None],
) -> None:
    for device, language in WAYS:
        page = visitor(device)
        speak(page, language, visitor.server.url)
        listed = next(path for path in pages_of(page, "lin") if path.endswith("/offers/"))
        page.goto(listed)
        page.locator("main section h3 a").first.click()
        page.wait_for_url("**/offers/*-*/")
        for path in (page.url, f"{page.url}accept/", f"{page.url}counter/"):
            page.goto(path)
            assert page.url == path
            assert_accessible(page)
            assert_fits(page)
        page.context.close()
    counter(without_scripts(visitor, "lin"), listed)
    decline(without_scripts(visitor, "chen"), listed)


def without_scripts(visitor: Visitors, who: str) -> Page:
    """This person of the demonstration, signed in on a phone."""
    page = visitor("phone-320", java_script_enabled=False)
    speak(page, "en", visitor.server.url)
    page.goto(f"/demo/as/{who}/")
    with page.expect_navigation():
        page.locator("main form button").first.click()
    return page


def counter(page: Page, listed: str) -> None:
    page.goto(listed)
    page.get_by_role("link", name="Read it and answer").click()
    page.get_by_role("link", name="Answer with another offer").click()
    page.get_by_label("How much money?").fill("1200")
    page.get_by_role("button", name="Make this offer").click()
    assert page.get_by_text("Say who pays.").count() == 2
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Make this offer").click()
    assert page.get_by_text("In answer to offer 1.").count() == 1


def decline(page: Page, listed: str) -> None:
    """The two sides' offers stand in a table, which stays one when its rows look like cards."""
    page.goto(listed)
    assert page.get_by_role("row").count() == 3
    assert page.get_by_role("columnheader", name="Who pays").count() == 1
    page.get_by_role("link", name="Read it and answer").click()
    page.get_by_role("button", name="Decline").click()
    assert page.get_by_text("Your no is recorded.").count() == 1
    page.goto(listed)
    assert page.get_by_text("Declined").count() == 2
