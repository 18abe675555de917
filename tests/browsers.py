"""A real Chromium, a real Firefox, and what is looked at on every page people come to.

Playwright's synchronous calls keep an event loop running in the test's thread, which asynchronous
tests cannot bear beside theirs: each module of browser tests starts its browsers and ends them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.servers import ROOT

CHROMIUM = "/usr/bin/chromium"  # Debian's
# The same without windows, from the same source package: a quarter less work for every page. It
# does not know that a page may play sound because it was pressed before it was loaded anew.
CHROMIUM_SHELL = "/usr/bin/chromium-headless-shell"
FIREFOX = "/usr/bin/firefox-esr"  # Debian's too, which Playwright drives by WebDriver BiDi
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
# Devices it makes up, lent without a question; addresses others on this machine can reach.
PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
}
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

    def __call__(
        self, device: str = "desk", browser: Browser | None = None, **options: object
    ) -> Page:
        """A page for one person, in another browser than usual if one is given; `options` go to
        Playwright's new_context.
        """
        context = (browser or self.browser).new_context(
            base_url=self.server.url, **{**DEVICES[device], **options}
        )
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self._note_stranger(request.url))
        context.on("console", self._note_refusal)
        context.on("weberror", lambda error: self._note_error(str(error.error)))
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

    def _note_error(self, text: str) -> None:
        # Firefox tells of a socket that broke as if a script had failed.
        if f"//{self.server.url.rpartition('/')[2]}/ws/" not in text:
            self.troubles.append(f"script error: {text}")

    def _note_refusal(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.troubles.append(message.text)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Only one at a time, and no asynchronous code meanwhile."""
    with sync_playwright() as playwright, a_chromium(playwright) as started:
        yield started


@contextmanager
def a_chromium(
    playwright: Playwright, program: str = CHROMIUM_SHELL, env: dict[str, str] | None = None
) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=program, args=FLAGS, env=env)
    try:
        yield started
    finally:
        started.close()


@contextmanager
def a_firefox(playwright: Playwright, program: str | Path = FIREFOX) -> Iterator[Browser]:
    """Has no picture taken of it: Playwright's own style for that breaks the page's policy here."""
    started = playwright.firefox.launch(
        channel="moz-firefox", executable_path=program, firefox_user_prefs=PREFERENCES
    )
    try:
        yield started
    finally:
        started.close()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with a_chromium(playwright) as started:
        yield started


@pytest.fixture(scope="module")
def browser_with_sound(playwright: Playwright) -> Iterator[Browser]:
    """For calls: the whole Chromium, with made-up cameras and microphones."""
    with a_chromium(playwright, CHROMIUM) as started:
        yield started


@pytest.fixture(scope="module")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    """For one of several people: `enter("party_b", browser=firefox)`."""
    with a_firefox(playwright) as started:
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
