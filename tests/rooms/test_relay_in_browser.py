"""Calls where browsers cannot reach each other: everything goes through the TURN server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.browsers import CHROMIUM, CHROMIUM_SHELL, FIREFOX, Visitors, a_chromium, a_firefox
from tests.house import House, house
from tests.rooms.calling import (
    CLOCK,
    ONLY_RELAYED,
    ROUTES,
    Enter,
    entrance,
    first_pictures,
    frames,
    join,
)
from tests.turn_server import Authority, coturn, coturn_by_tls_alone

pytestmark = pytest.mark.browser

# By whose names the others are addressed: new ones each time another way was sought and agreed.
WAYS = """
() => connections.map((one) => /ice-ufrag:(.*)/.exec(one.currentRemoteDescription.sdp)[1])
"""
OTHER_WAYS = f"(before) => ({WAYS})().every((way) => !before.includes(way))"

# What a browser says of a TURN server: 401 is the server's own word for wrong credentials (RFC
# 8656), 701 means that it was not reached at all (W3C WebRTC 1.0). A browser may say it once for
# each of its networks, or say nothing: all that was said counts, until it has nothing left to try.
ERRORS = """(urls) => new Promise((resolve) => {
  const codes = new Set();
  const end = () => resolve([...codes]);
  const peer = new RTCPeerConnection({ iceServers: [{ urls, username: "-", credential: "-" }] });
  peer.addEventListener("icecandidateerror", ({ errorCode }) => codes.add(errorCode));
  peer.addEventListener("icegatheringstatechange", () => {
    if (peer.iceGatheringState === "complete") end();
  });
  setTimeout(end, 20000);
  peer.createDataChannel("-");
  peer.setLocalDescription();
})"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def browser_with_sound(playwright: Playwright, authority: Authority) -> Iterator[Browser]:
    with a_chromium(playwright, CHROMIUM, authority.home()) as started:
        yield started


@pytest.fixture(scope="module")
def firefox(playwright: Playwright, authority: Authority) -> Iterator[Browser]:
    with a_firefox(playwright, authority.firefox(FIREFOX)) as started:
        yield started


@pytest.fixture(scope="module", params=["udp", "tcp", "tls"])
def way(request: pytest.FixtureRequest) -> str:
    """How the TURN server is reached; behind a strict firewall by TCP, or by TLS alone."""
    return request.param


@pytest.fixture(scope="module")
def server(way: str, authority: Authority) -> Iterator[House]:
    """A Heyi whose TURN server is reached in this one way."""
    with (
        coturn_by_tls_alone(authority) if way == "tls" else coturn() as turn,
        house(with_pages=True, TURN_URLS=turn.url(way), TURN_SECRET=turn.secret) as running,
    ):
        yield running


@pytest.fixture
def enter(visitors: Visitors, server: House) -> Enter:
    return entrance(visitors, server)


def test_three_people_meet_through_the_relay_and_outlive_a_change_of_network(
    enter, firefox, way, capsys
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
        print(first_pictures(pages, f"through the relay, reached by {way}"))  # noqa: T201
    seen = [frames(page, 2) for page in pages]
    for page in pages[:2]:  # one in Chromium, one in Firefox
        before = page.evaluate(WAYS)
        page.evaluate("() => dispatchEvent(new Event('online'))")
        page.wait_for_function(OTHER_WAYS, arg=before)
    for page, count in zip(pages, seen, strict=True):
        frames(page, 2, more_than=count + 10)
        assert page.evaluate(ROUTES) == [["relay", way]] * 2


def test_two_people_see_each_other_through_the_relay_alone(enter, way):
    pages = [enter(who, "caucus_a", script=ONLY_RELAYED) for who in ("party_a", "mediator")]
    for page in pages:
        join(page)
    for page in pages:
        frames(page, 1)
        assert page.evaluate(ROUTES) == [["relay", way]]


def test_the_certificate_of_a_relay_is_checked(playwright, browser_with_sound, authority):
    with coturn_by_tls_alone(authority) as turn, a_chromium(playwright, CHROMIUM_SHELL) as other:
        # Not by its name, which is ::1 too, where nothing listens; the certificate has both.
        url = f"turns:{turn.address}:{turn.tls_port}?transport=tcp"
        found = [one.new_page().evaluate(ERRORS, url) for one in (browser_with_sound, other)]
    assert found == [[401], [701]]
