"""A real Chromium, and what is looked at on every page people come to.

Playwright's synchronous calls keep an event loop running in the test's thread, which asynchronous
tests cannot bear beside theirs: each module of browser tests starts a Chromium and ends it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.servers import ROOT

CHROMIUM = "/usr/bin/chromium"  # Debian's
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",  # where a machine has no other network
]
PATIENCE = 60_000  # milliseconds; three people with cameras share two processor cores
expect.set_options(timeout=PATIENCE)
PICTURES = ROOT / "var" / "screenshots"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

PHONE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "is_mobile": True, "has_touch": True}
DEVICES = {
    "phone-320": {**PHONE, "viewport": {"width": 320, "height": 640}, "device_scale_factor": 2},
    "phone-390": {**PHONE, "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
    "desk": {
        "locale": "en-GB",
        "timezone_id": "Europe/Berlin",
        "viewport": {"width": 1280, "height": 900},
    },
}


class Served(Protocol):
    """Anything that answers browsers."""

    @property
    def url(self) -> str: ...


@dataclass
class Visitors:
    """Opens browsers for people and notes what must never happen in any of them."""

    browser: Browser
    server: Served
    contexts: list[BrowserContext] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def __call__(self, device: str = "desk", **options: object) -> Page:
        """A page for one person; `options` go to Playwright's new_context."""
        context = self.browser.new_context(
            base_url=self.server.url, **{**DEVICES[device], **options}
        )
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self._note_stranger(request.url))
        context.on("console", self._note_refusal)
        context.on("weberror", lambda error: self.troubles.append(f"script error: {error.error}"))
        self.contexts.append(context)
        return context.new_page()

    def leave(self) -> None:
        """Close everything; fails if a page of anybody asked a third party for something, broke
        the content security policy or had an uncaught script error.
        """
        for context in self.contexts:
            context.close()
        assert self.troubles == []

    def _note_stranger(self, url: str) -> None:
        if not url.startswith((self.server.url, "data:", "blob:")):
            self.troubles.append(f"asked another server: {url}")

    def _note_refusal(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.troubles.append(message.text)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Only one at a time, and no asynchronous code meanwhile."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """Fails with a readable list when axe finds anything against WCAG 2.2 A or AA."""
    axe = Axe()

    def check(page: Page) -> None:
        found = axe.run(page, options={"runOnly": WCAG})
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    return check


@pytest.fixture(scope="session")
def picture() -> Callable[[Page, str], None]:
    """Keeps what a person saw as var/screenshots/<name>.png, whole page."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True, animations="disabled")

    return take


@pytest.fixture(scope="session")
def assert_fits() -> Callable[[Page], None]:
    """Fails when a page must be scrolled sideways (WCAG 2.2, 1.4.10 Reflow)."""

    def check(page: Page) -> None:
        # Not window.innerWidth: a phone zooms out, so that it grows with what is too wide.
        screen = page.viewport_size["width"]
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= screen, f"{page.url} is {width} px wide on {screen} px"

    return check
