"""Calls where browsers cannot reach each other: everything goes through the TURN server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browsers import Visitors
from tests.rooms.house import House, house
from tests.servers import coturn

pytestmark = pytest.mark.browser

ONLY_RELAYED = """
const Real = RTCPeerConnection;
window.peers = [];
window.RTCPeerConnection = class extends Real {
  constructor(config) { super({ ...config, iceTransportPolicy: "relay" }); peers.push(this); }
};
"""
ALL_PLAY = """() => {
  const videos = [...document.querySelectorAll("[data-med-tiles] video")];
  return videos.length === 1 && videos[0].getVideoPlaybackQuality().totalVideoFrames > 5;
}"""
KINDS = """async () => {
  const kinds = [];
  for (const peer of peers) {
    const stats = [...(await peer.getStats()).values()];
    const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated);
    if (pair) kinds.push(stats.find((one) => one.id === pair.localCandidateId).candidateType);
  }
  return kinds;
}"""


@pytest.fixture(scope="module", params=["udp", "tcp"])
def server(request: pytest.FixtureRequest) -> Iterator[House]:
    """A Heyi whose TURN server is reached by UDP or, as behind a strict firewall, by TCP."""
    with coturn() as turn:
        urls = f"{turn.url}?transport={request.param}"
        with house(with_pages=True, TURN_URLS=urls, TURN_SECRET=turn.secret) as running:
            yield running


@pytest.fixture
def visitors(browser, server: House) -> Iterator[Visitors]:
    come = Visitors(browser, server)
    yield come
    come.leave()


def join(visitors: Visitors, server: House, who: str) -> Page:
    page = visitors("desk")
    cookie = {"name": "sid", "value": server.sessions[who], "url": server.url}
    page.context.add_cookies([cookie])
    page.add_init_script(ONLY_RELAYED)
    page.goto(f"/cases/{server.case}/room/{server.rooms['caucus_a']}/")
    page.locator("[data-med-call-open]").click()
    page.locator("[data-med-join]").click()
    return page


def test_two_people_see_each_other_through_the_relay_alone(visitors, server):
    pages = [join(visitors, server, who) for who in ("party_a", "mediator")]
    for page in pages:
        page.wait_for_function(ALL_PLAY)
        assert page.evaluate(KINDS) == ["relay"]
