"""Every page people come to, on a phone and at a desk, in both languages: axe finds nothing and
nothing must be scrolled sideways. The journey sees each page once; this sees all four ways.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browsers import Visitors

pytestmark = pytest.mark.browser
PUBLIC = [
    *("/", "/help/", "/what-we-keep/", "/accessibility/", "/sign-in/", "/invitation/"),
    *("/verify/", "/verify/log/", "/demo/", "/demo/outbox/", "/no-such-page/"),
]
OF_A_CASE = [
    *("", "consents/", "documents/", "room/", "settlement/", "privacy/", "offers/", "course/"),
    "court/",
]
# Who looks, at which of their cases (the nth of the list), and what else is theirs.
VISITS = {
    "lin": (0, [*OF_A_CASE[:-1], "offers/new/"], ["/cases/", "/start/", "/me/profile/"]),
    "su": (0, [*OF_A_CASE, "privacy/restrict/"], ["/me/data/", "/me/delete/"]),
    "maria": (0, OF_A_CASE[:3], []),
    "he": (0, [*OF_A_CASE[:-1], "offers/new/", "settlement/start/"], ["/matching/"]),
    "clerk": (None, [], ["/court/"]),
    "officer": (None, [], ["/officer/", "/officer/holds/", "/officer/holds/new/"]),
}
CASE = re.compile(r"/cases/[0-9a-f-]{36}/")


@pytest.mark.parametrize("device", ["phone-320", "desk"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page(
    visitor: Visitors,
    assert_accessible: Callable[[Page], None],
    assert_fits: Callable[[Page], None],
    device: str,
    language: str,
) -> None:
    for who, paths in [("", PUBLIC), *((who, []) for who in VISITS)]:
        page = visitor(device)
        speak(page, language, visitor.server.url)
        for path in paths or pages_of(page, who):
            page.goto(path)
            assert_accessible(page)
            assert_fits(page)
        page.context.close()


LONG_NAME = "Robert Longfellow-Featherstonehaugh van der Westhuizen"
OVERLAP = """() => {
  const bar = document.querySelector(".heyi-exit").getBoundingClientRect();
  const field = document.activeElement.getBoundingClientRect();
  return field.top < bar.bottom && field.bottom > bar.top && field.right > bar.left;
}"""


def test_a_long_name_fits_on_a_phone(
    visitor: Visitors, assert_fits: Callable[[Page], None]
) -> None:
    page = visitor("phone-320")
    speak(page, "zh-hans", visitor.server.url)
    pages_of(page, "lin")
    page.locator("main .govuk-task-list__link").first.evaluate(
        "(link, name) => { link.textContent = name }", LONG_NAME
    )
    assert_fits(page)


def test_what_is_focused_is_never_under_the_exit_button(visitor: Visitors) -> None:
    page = visitor("phone-320")
    page.goto("/")
    for _step in range(12):
        page.keyboard.press("Shift+Tab")
        inside = page.evaluate("!!document.activeElement.closest('main')")
        assert not (inside and page.evaluate(OVERLAP))


def speak(page: Page, language: str, url: str) -> None:
    page.context.add_cookies([{"name": "language", "value": language, "url": url}])


def pages_of(page: Page, who: str) -> list[str]:
    """Sign in as this person of the demonstration; the addresses of their pages."""
    page.goto(f"/demo/as/{who}/")
    with page.expect_navigation():
        page.locator("main form button").first.click()
    index, of_case, others = VISITS[who]
    if index is None:
        return others
    page.goto("/cases/")
    links = page.locator('main a[href^="/cases/"]').evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    cases = [link for link in links if CASE.fullmatch(link)]
    return [*others, *(f"{cases[index]}{path}" for path in of_case)]
