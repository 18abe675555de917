"""People in calls, for tests with real browsers: what they press, and which frames reach them."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.house import House

Enter = Callable[..., Page]
LENT = {"permissions": ["camera", "microphone"]}  # what the person allowed the page before
PLAYING = """
() => [...document.querySelectorAll("[data-med-tiles] video")].map(
  (video) => [video.videoWidth, video.getVideoPlaybackQuality().totalVideoFrames])
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
# From the press on "Join" to the first picture of somebody else, in milliseconds.
CLOCK = """
addEventListener("click", ({ target }) => {
  if (!target.closest?.("[data-med-join]")) return;
  const began = performance.now();
  const look = () => {
    const videos = [...document.querySelectorAll("[data-med-tiles] video")];
    const isSeen = videos.some((video) => video.getVideoPlaybackQuality().totalVideoFrames > 0);
    if (isSeen) window.firstPicture = Math.round(performance.now() - began);
    else setTimeout(look, 10);
  };
  look();
}, true);
"""


def entrance(visitors: Visitors, server: House) -> Enter:
    """Opens a room as somebody; `device` is a name of tests.browsers.DEVICES, `script` runs before
    the page's own.
    """

    def go(
        who: str, name: str = "joint", device: str = "desk", script: str = "", **options
    ) -> Page:
        page = visitors(device, **{**LENT, **options})
        cookie = {"name": "sid", "value": server.sessions[who], "url": server.url}
        page.context.add_cookies([cookie])
        if script:
            page.add_init_script(script)
        page.goto(f"/cases/{server.case}/room/{server.rooms[name]}/")
        return page

    return go


def prepare(page: Page) -> None:
    page.locator("[data-med-call-open]").click()
    expect(page.locator("[data-med-preview]")).to_be_visible()


def join(page: Page) -> None:
    prepare(page)
    page.locator("[data-med-join]").click()
    expect(page.locator("[data-med-leave]")).to_be_visible()


def frames(page: Page, links: int, more_than: int = 5) -> int:
    """Waits until so many frames of each of the others were played; returns the most of one."""
    page.wait_for_function(ALL_PLAY, arg=[links, more_than], timeout=30_000)
    return max(count for _width, count in page.evaluate(PLAYING))


def first_picture(page: Page) -> int:
    """How long somebody who joined waited for the first picture, in milliseconds. Needs CLOCK."""
    page.wait_for_function("() => window.firstPicture > 0")
    return int(page.evaluate("firstPicture"))
