"""Signing in with another address, on a phone and without scripts, from ask to the new mailbox."""

from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page

from tests.browsers import Visitors
from tests.journeys.steps import SIX_DIGITS, Person, PostOffice
from tests.journeys.test_every_page import speak

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_another_address_on_a_phone(
    visitor: Visitors,
    assert_accessible: Callable[[Page], None],
    assert_fits: Callable[[Page], None],
    picture: Callable[[Page, str], None],
    language: str,
) -> None:
    steps = count()

    def look(page: Page) -> None:
        assert_accessible(page)
        assert_fits(page)
        picture(page, f"address-{language}-{next(steps)}")

    post = PostOffice(visitor("desk"))
    page = visitor("phone-320")
    speak(page, language, visitor.server.url)
    present = f"before.{language}.with-a-long-name@people.example"
    new = f"afterwards.{language}.with-a-longer-name-still@people.example"
    ada = Person(page, present, post, look)
    ada.sign_in()

    ada.go("/me/profile/")
    ada.follow("/me/address/")
    ada.press()  # nothing typed: told at the field
    ada.fill(email=new)
    ada.press()
    ada.fill(old_code="123456", new_code="12")
    ada.press()
    ada.fill(old_code=post.newest(present, SIX_DIGITS), new_code=post.newest(new, SIX_DIGITS))
    ada.press()
    assert page.url.endswith("/me/profile/")
    assert new in page.locator("main").inner_text()
