"""After signing: one side reports a payment on a phone, the other confirms it at a desk."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browsers import Visitors
from tests.journeys.test_every_page import CASE, speak

pytestmark = pytest.mark.browser
Look = Callable[[Page], None]
WAYS = [(device, language) for device in ("phone-320", "desk") for language in ("en", "zh-hans")]


@pytest.fixture
def look(
    assert_accessible: Look, assert_fits: Look, picture: Callable[[Page, str], None]
) -> Callable[[Page, str], None]:
    def at(page: Page, name: str) -> None:
        assert_accessible(page)
        assert_fits(page)
        picture(page, f"performance-{name}")

    return at


def at_the_tracker(visitor: Visitors, who: str, device: str, language: str, **options) -> Page:
    """This person of the demonstration, on the page of their signed settlement."""
    page = visitor(device, **options)
    speak(page, language, visitor.server.url)
    page.goto(f"/demo/as/{who}/")
    with page.expect_navigation():
        page.locator("main form button").first.click()
    page.goto("/cases/")
    links = page.locator('main a[href^="/cases/"]').evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    trackers = [f"{link}settlement/obligations/" for link in links if CASE.fullmatch(link)]
    assert any(page.goto(tracker).ok for tracker in trackers)
    return page


def test_what_was_agreed_is_reported_confirmed_and_certified(
    visitor: Visitors, look: Callable[[Page, str], None], tmp_path: Path
) -> None:
    """One after the other: all of it is about the one signed settlement of the demonstration."""
    for device, language in WAYS:
        read(visitor, look, device, language)
    report_and_answer(visitor, look)
    confirm_everything(visitor, look, tmp_path / "certificate.json")


def read(visitor: Visitors, look, device: str, language: str) -> None:
    for who, pages in (("zhang", ["", "report/"]), ("su", ["confirm/"])):
        page = at_the_tracker(visitor, who, device, language)
        look(page, f"{device}-{language}-tracker")
        page.locator("main section h2 a").nth(1).click()
        page.wait_for_url("**-2/")
        start = page.url
        for path in pages:
            page.goto(start + path)
            assert page.url == start + path
            look(page, f"{device}-{language}-{path.strip('/') or 'line'}")
        page.context.close()


def report_and_answer(visitor: Visitors, look) -> None:
    """On a phone without scripts, and at a desk."""
    phone = at_the_tracker(visitor, "zhang", "phone-320", "en", java_script_enabled=False)
    phone.locator("main section h2 a").first.click()
    phone.get_by_role("button", name="Report that it is done").click()
    phone.get_by_label("A part of it").check()
    phone.get_by_label("How much money?").fill("5000")
    phone.get_by_label("A note").fill("The rest comes on Friday.")
    phone.get_by_role("button", name="Tell the other side").click()
    assert phone.get_by_text("Done in part").count() == 1
    assert phone.get_by_role("button", name="Take my last word back").count() == 1

    desk = at_the_tracker(visitor, "su", "desk", "en")
    desk.locator("main section", has_text="Waits for your answer").get_by_role("link").click()
    assert desk.get_by_text("The rest comes on Friday.").count() == 1
    look(desk, "desk-en-answer")
    desk.get_by_role("button", name="I see it differently").click()
    look(desk, "desk-en-different")
    desk.get_by_role("button", name="Tell the other side").click()
    desk.get_by_text("The sides see it differently").first.wait_for()
    look(desk, "desk-en-differs")
    desk.get_by_role("button", name="Take my last word back").click()
    desk.get_by_role("button", name="Confirm that a part is done").click()
    desk.get_by_text("Confirmed that a part is done").wait_for()
    phone.reload()
    assert phone.get_by_text("Confirmed that a part is done").count() == 1


def confirm_everything(visitor: Visitors, look, file: Path) -> None:
    page = at_the_tracker(visitor, "su", "phone-320", "en")
    start = page.url
    keys = page.locator("main section h2").evaluate_all("all => all.map(one => one.id)")
    assert len(keys) == 12
    for key in keys:
        page.goto(f"{start}{key.removeprefix('line-')}/confirm/")
        page.get_by_role("button", name="Yes, all of it is done").click()
        page.get_by_text("Done and confirmed").first.wait_for()
    page.goto(start)
    look(page, "phone-320-en-performed")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the certificate").click()
    download.value.save_as(file)
    signed = json.loads(file.read_text(encoding="utf-8"))
    assert signed["statement"]["schema"] == "heyi-performance-certificate-1"
    checked = visitor.server.manage("verify", str(file))
    assert "genuine" in checked.lower()
