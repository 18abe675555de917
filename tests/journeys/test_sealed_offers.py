"""Two sides seal a figure in their own browsers, and the mediator watches: nobody, and no request
of anybody's browser, ever says a figure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browsers import Visitors
from tests.journeys.test_every_page import pages_of, speak

pytestmark = pytest.mark.browser
LEAST, MOST = "7654321.09", "8765432.10"
MIDDLE = re.compile(r"8,?209,?876\.59")  # each language groups digits in its own way
AS_TYPED_OR_SENT = re.compile(r"7\D?654\D?321|8\D?765\D?432")
REMEMBERED = """() => new Promise((resolve) => {
  const request = indexedDB.open("heyi-sealed-offers", 1);
  request.onsuccess = () => {
    const all = request.result.transaction("keys").objectStore("keys").getAll();
    all.onsuccess = () => resolve(all.result.length);
  };
})"""


@dataclass
class Wire:
    """All that browsers ask and send."""

    said: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.said += [request.url, request.post_data or ""]


Look = Callable[[Page, str], None]


@pytest.fixture
def look(
    assert_accessible: Callable[[Page], None],
    assert_fits: Callable[[Page], None],
    picture: Callable[[Page, str], None],
) -> Look:
    """Everything that is looked at on every page."""

    def check(page: Page, name: str) -> None:
        assert_accessible(page)
        assert_fits(page)
        picture(page, f"sealed-{name}")

    return check


def test_two_figures_are_compared_and_nobody_says_one(visitor: Visitors, look: Look) -> None:
    wire = Wire()
    lin = someone(visitor, wire, "lin", "phone-320", "zh-hans")
    chen = someone(visitor, wire, "chen", "desk", "en")
    mediator = someone(visitor, wire, "he", "desk", "zh-hans")
    path = proposed(lin, look)
    agree(chen, mediator, path, look)
    seal_twice(lin, path, look)
    without_scripts(visitor, wire, path)
    lin.goto("/cases/")  # or this page would do the rest at once
    elsewhere = someone(visitor, wire, "lin", "desk", "en")
    elsewhere.goto(path)
    seal(chen, MOST)
    expect(elsewhere.locator("[data-med-told]")).to_contain_text("sealed in another browser")
    look(elsewhere, "elsewhere")
    lin.goto(path)
    for page, name in ((lin, "phone"), (chen, "desk"), (mediator, "mediator")):
        expect(page.locator("main")).to_contain_text(MIDDLE)  # open pages notice by themselves
        look(page, f"compared-{name}")
    assert [page.evaluate(REMEMBERED) for page in (lin, chen)] == [0, 0]
    assert len(wire.said) > 50
    assert [text for text in wire.said if AS_TYPED_OR_SENT.search(text)] == []


def agree(chen: Page, mediator: Page, path: str, look: Look) -> None:
    for page in (chen, mediator):
        page.goto(path)
    look(chen, "asked")
    press(chen, "/agree/")
    expect(mediator.locator("[data-med-state=agreed]")).to_be_attached()
    look(mediator, "watched")


def seal_twice(page: Page, path: str, look: Look) -> None:
    """A slip, a figure, and another one in its place."""
    page.goto(path)
    look(page, "empty")
    typed_wrong(page)
    look(page, "wrong")
    seal(page, "1")
    seal(page, LEAST)
    look(page, "sealed")


def without_scripts(visitor: Visitors, wire: Wire, path: str) -> None:
    page = someone(visitor, wire, "lin", "phone-320", "en", java_script_enabled=False)
    page.goto(path)
    expect(page.locator("[data-med-unable]")).to_contain_text("only be sealed with JavaScript")
    expect(page.locator("[data-med-figure]")).to_be_hidden()


def someone(
    visitor: Visitors, wire: Wire, who: str, device: str, language: str, **options: object
) -> Page:
    """This person of the demonstration, signed in."""
    page = visitor(device, **options)
    wire.listen(page)
    speak(page, language, visitor.server.url)
    page.goto(f"/demo/as/{who}/")
    with page.expect_navigation():
        page.locator("main form button").first.click()
    return page


def proposed(page: Page, look: Look) -> str:
    """By side A; the address of the round."""
    page.goto(next(path for path in pages_of(page, "lin") if path.endswith("/offers/")))
    page.locator('main a[href$="/offers/sealed/new/"]').click()
    page.wait_for_url("**/sealed/new/")
    look(page, "new")
    page.locator('main [name="question"]').fill("全部借款和利息")
    for name, value in (("payer", "B"), ("rule", "midpoint")):
        page.locator(f'main [name="{name}"][value="{value}"]').check(force=True)
    with page.expect_navigation():
        page.locator("main form button:not([type=button])").first.click()
    look(page, "proposed")
    return page.url


def press(page: Page, action: str) -> None:
    with page.expect_navigation():
        page.locator(f'main form[action$="{action}"] button').click()


def typed_wrong(page: Page) -> None:
    page.locator("#figure").fill("1,25")
    page.locator("[data-med-figure] button").click()
    expect(page.locator("#figure-error")).to_be_visible()
    expect(page.locator("#figure")).to_be_focused()
    page.wait_for_timeout(1100)  # a second press within a second is taken for a double click


def seal(page: Page, figure: str) -> None:
    page.locator("#figure").fill(figure)
    expect(page.locator("[data-med-reads]")).not_to_be_empty()
    with page.expect_response("**/commit/") as answered, page.expect_navigation():
        page.locator("[data-med-figure] button").click()
    assert answered.value.ok, answered.value.status
