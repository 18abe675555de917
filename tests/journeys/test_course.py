"""The course of a mediation on a phone and at a desk; the pages behind it, without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browsers import Visitors
from tests.journeys.test_every_page import pages_of, speak
from tests.journeys.test_offers import WAYS, without_scripts

pytestmark = pytest.mark.browser
PAGES = {
    "lin": ["opening/", "agenda/new/", "facts/new/"],
    "he": ["", "opening/write/", "sittings/begin/", "identity/", "notes/"],
}


def course_of(page: Page, who: str) -> str:
    return next(path for path in pages_of(page, who) if path.endswith("/course/"))


def test_every_page_of_the_course_in_all_four_ways(
    visitor: Visitors,
    assert_accessible: Callable[[Page], None],
    assert_fits: Callable[[Page], None],
) -> None:
    for device, language in WAYS:
        for who, paths in PAGES.items():
            page = visitor(device)
            speak(page, language, visitor.server.url)
            course = course_of(page, who)
            for path in paths:
                page.goto(f"{course}{path}")
                assert page.url.endswith(f"{course}{path}")
                assert_accessible(page)
                assert_fits(page)
            page.context.close()


def test_a_sitting_with_a_fact_without_scripts(
    visitor: Visitors,
    assert_accessible: Callable[[Page], None],
    assert_fits: Callable[[Page], None],
) -> None:
    signed_in = visitor("desk")
    course = course_of(signed_in, "he")
    mediator, party = without_scripts(visitor, "he"), without_scripts(visitor, "lin")
    mediator.goto(course)
    mediator.get_by_role("button", name="A sitting begins").click()
    mediator.get_by_role("checkbox").first.check()
    mediator.get_by_role("button", name="Begin now").click()
    assert mediator.get_by_text("Going on").count() == 1
    mediator.get_by_role("button", name="Came now").click()
    mediator.get_by_label("Go on with, or back to").select_option("options")
    mediator.get_by_role("button", name="Show it to everybody").click()
    signed_in.goto(course)
    assert_accessible(signed_in)
    assert_fits(mediator)

    party.goto(course)
    assert party.locator("[aria-current=step]").inner_text().startswith("The options")
    party.get_by_role("button", name="Not like this").click()
    assert party.get_by_text("Recorded for you alone.").count() == 1
    party.get_by_role("link", name="Word it differently").last.click()
    party.get_by_label("The fact in other words").fill("The wall was built in 2010.")
    party.get_by_role("button", name="Show the new words").click()
    assert party.get_by_text("wording 2").count() == 1
    assert_fits(party)
    mediator.get_by_role("button", name="It ends now").click()
    assert mediator.get_by_text("The end of the sitting is noted.").count() == 1
