"""People in calls, for tests with real browsers: what they press, and which frames reach them."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browsers import PATIENCE, Visitors
from tests.house import House

Enter = Callable[..., Page]
LENT = {"permissions": ["camera", "microphone"]}  # what the person allowed the page before, or
ASKED = {"permissions": []}  # is asked for each time, as Firefox does
# Firefox counts the frames of a call in no other way than one of its own.
PLAYED = "(video.mozPaintedFrames ?? video.getVideoPlaybackQuality().totalVideoFrames)"
PLAYING = f"""
() => [...document.querySelectorAll("[data-med-tiles] video")].map(
  (video) => [video.videoWidth, {PLAYED}])
"""
ALL_PLAY = f"""
([links, least]) => {{
  const playing = ({PLAYING})();
  return playing.length === links && playing.every(([width, count]) => width > 0 && count > least);
}}
"""
# Keeps every connection the page makes, so that a test can look at what really goes through it.
KEEP_CONNECTIONS = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...all) { super(...all); connections.push(this); }
};
"""
# Lets a page use nothing but the TURN server, as a strict network would; it too keeps them all.
ONLY_RELAYED = """
const Real = RTCPeerConnection;
window.connections = [];
window.RTCPeerConnection = class extends Real {
  constructor(config) { super({ ...config, iceTransportPolicy: "relay" }); connections.push(this); }
};
"""
# What is in use to each of the others, and by which way the relay was reached.
ROUTES = """async () => {
  const routes = [];
  for (const one of connections) {
    const stats = [...(await one.getStats()).values()];
    const pair = stats.find((it) => it.type === "candidate-pair" && it.nominated);
    const local = pair && stats.find((it) => it.id === pair.localCandidateId);
    if (local) routes.push([local.candidateType, local.relayProtocol]);
  }
  return routes;
}"""
# From the press on "Join" to the first picture of somebody else, in milliseconds.
CLOCK = f"""
addEventListener("click", ({{ target }}) => {{
  if (!target.closest?.("[data-med-join]")) return;
  const began = performance.now();
  const look = () => {{
    const videos = [...document.querySelectorAll("[data-med-tiles] video")];
    const isSeen = videos.some((video) => {PLAYED} > 0);
    if (isSeen) window.firstPicture = Math.round(performance.now() - began);
    else setTimeout(look, 10);
  }};
  look();
}}, true);
"""


def entrance(visitors: Visitors, server: House) -> Enter:
    """Opens a room as somebody; `device` is a name of tests.browsers.DEVICES, `script` runs before
    the page's own, `browser` is one other than Chromium.
    """

    def go(
        who: str, name: str = "joint", device: str = "desk", script: str = "", **options
    ) -> Page:
        lent = ASKED if "browser" in options else LENT
        page = visitors(device, **{**lent, **options})
        cookie = {"name": "sid", "value": server.sessions[who], "url": server.url}
        page.context.add_cookies([cookie])
        if script:
            page.add_init_script(script)
        page.goto(f"/cases/{server.case}/room/{server.rooms[name]}/")
        return page

    return go


def is_firefox(page: Page) -> bool:
    return page.context.browser.browser_type.name == "firefox"


def prepare(page: Page) -> None:
    page.locator("[data-med-call-open]").click()
    if is_firefox(page):
        page.locator("[data-med-both]").click()
    expect(page.locator("[data-med-preview]")).to_be_visible()


def join(page: Page) -> None:
    prepare(page)
    page.locator("[data-med-join]").click()
    expect(page.locator("[data-med-leave]")).to_be_visible()


def frames(page: Page, links: int, more_than: int = 5) -> int:
    """Waits until so many frames of each of the others were played; returns the most of one."""
    page.wait_for_function(ALL_PLAY, arg=[links, more_than], timeout=PATIENCE)
    return max(count for _width, count in page.evaluate(PLAYING))


def all_go_on(page: Page, links: int) -> None:
    """Waits until each of so many others plays on from where it is now, whoever began first."""
    frames(page, links)
    counts = sorted(count for _width, count in page.evaluate(PLAYING))
    page.wait_for_function(
        f"""(before) => {{
          const now = ({PLAYING})().map(([, count]) => count).sort((one, other) => one - other);
          return now.length === before.length && now.every((count, at) => count > before[at] + 5);
        }}""",
        arg=counts,
        timeout=PATIENCE,
    )


def first_picture(page: Page) -> int:
    """How long somebody who joined waited for the first picture, in milliseconds. Needs CLOCK."""
    page.wait_for_function("() => window.firstPicture > 0")
    return int(page.evaluate("firstPicture"))


def first_pictures(pages: list[Page], how: str) -> str:
    """A line about how long each waited. Needs CLOCK in all of them."""
    waits = (f"{page.context.browser.browser_type.name} {first_picture(page)}" for page in pages)
    return f"\nfirst picture {how}, ms after joining: {', '.join(waits)}"


def assert_pressable(page: Page) -> None:
    """Each control of the call is large enough for a thumb (44 px), and what is seen on it is part
    of what is read aloud (WCAG 2.2, 2.5.3 Label in Name).
    """
    for button in page.locator(".heyi-call__controls--short > button:visible").all():
        size = button.bounding_box()
        assert min(size["width"], size["height"]) >= 44, button.inner_text()
        seen, heard = (button.locator(part) for part in (".heyi-call__short", ".heyi-call__long"))
        if seen.count() and seen.is_visible():
            name = heard.text_content().lower()
            assert seen.text_content().lower() in name
            expect(button).to_have_accessible_name(re.compile(re.escape(name), re.IGNORECASE))
