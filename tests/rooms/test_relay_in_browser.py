"""Calls where browsers cannot reach each other: everything goes through the TURN server."""

from collections.abc import Iterator

import pytest

from tests.browsers import Visitors
from tests.house import House, house
from tests.rooms.calling import CLOCK, Enter, entrance, first_pictures, frames, join
from tests.servers import coturn

pytestmark = pytest.mark.browser

ONLY_RELAYED = """
const Real = RTCPeerConnection;
window.peers = [];
window.RTCPeerConnection = class extends Real {
  constructor(config) { super({ ...config, iceTransportPolicy: "relay" }); peers.push(this); }
};
"""
KINDS = """async () => {
  const kinds = [];
  for (const peer of peers) {
    const stats = [...(await peer.getStats()).values()];
    const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated);
    if (pair) kinds.push(stats.find((one) => one.id === pair.localCandidateId).candidateType);
  }
  return kinds;
}"""

# By whose names the others are addressed: new ones each time another way was sought and agreed.
WAYS = """
() => peers.map((peer) => /ice-ufrag:(.*)/.exec(peer.currentRemoteDescription.sdp)[1])
"""
OTHER_WAYS = f"(before) => ({WAYS})().every((way) => !before.includes(way))"


@pytest.fixture(scope="module", params=["udp", "tcp"])
def server(request: pytest.FixtureRequest) -> Iterator[House]:
    """A Heyi whose TURN server is reached by UDP or, as behind a strict firewall, by TCP."""
    with coturn() as turn:
        urls = f"{turn.url}?transport={request.param}"
        with house(with_pages=True, TURN_URLS=urls, TURN_SECRET=turn.secret) as running:
            yield running


@pytest.fixture
def enter(visitors: Visitors, server: House) -> Enter:
    return entrance(visitors, server)


def test_three_people_meet_through_the_relay_and_outlive_a_change_of_network(
    enter, firefox, server, capsys
):
    script = ONLY_RELAYED + CLOCK
    pages = [
        enter("party_a", script=script),
        enter("party_b", script=script, browser=firefox),
        enter("mediator", script=script),
    ]
    for page in pages:
        join(page)
    with capsys.disabled():
        way = server.environment["TURN_URLS"].rpartition("=")[2]
        print(first_pictures(pages, f"through the relay, reached by {way}"))  # noqa: T201
    seen = [frames(page, 2) for page in pages]
    for page in pages[:2]:  # one in Chromium, one in Firefox
        before = page.evaluate(WAYS)
        page.evaluate("() => dispatchEvent(new Event('online'))")
        page.wait_for_function(OTHER_WAYS, arg=before)
    for page, count in zip(pages, seen, strict=True):
        frames(page, 2, more_than=count + 10)
        assert page.evaluate(KINDS) == ["relay", "relay"]


def test_two_people_see_each_other_through_the_relay_alone(enter):
    pages = [enter(who, "caucus_a", script=ONLY_RELAYED) for who in ("party_a", "mediator")]
    for page in pages:
        join(page)
    for page in pages:
        frames(page, 1)
        assert page.evaluate(KINDS) == ["relay"]
