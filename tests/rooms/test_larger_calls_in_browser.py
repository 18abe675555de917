"""Calls of more than four people in real browsers, through a real Janus that sees nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browsers import CHROMIUM, FLAGS, Visitors, a_firefox
from tests.house import House, house
from tests.media_server import ADDRESS, janus, own_network
from tests.rooms.calling import (
    KEEP_CONNECTIONS,
    ONLY_RELAYED,
    ROUTES,
    Enter,
    all_go_on,
    entrance,
    frames,
    join,
)
from tests.turn_server import coturn

pytestmark = pytest.mark.browser

# Six people in the joint room: each side with two parties, and two mediators.
SEED = """
import json, django; django.setup()
from django.utils import timezone
from mediation.cases.models import Participant
from mediation.rooms.services import open_rooms
from tests.factories.cast import make_cast, person
from tests.rooms.sockets import sign_in
cast = make_cast()
a, b = cast.case.sides.order_by("letter")
rooms = dict(zip(("joint", "caucus_a", "caucus_b"), open_rooms(case=cast.case)))
more = {"second_a": ("party", a), "second_b": ("party", b), "observer": ("mediator", None)}
people = {name: getattr(cast, name) for name in ("party_a", "party_b", "mediator")}
for name, (role, side) in more.items():
    people[name] = person(name)
    Participant.objects.create(
        case=cast.case, user=people[name], role=role, side=side, joined_at=timezone.now())
print(json.dumps({
    "case": str(cast.case.pk),
    "rooms": {name: str(room.pk) for name, room in rooms.items()},
    "sessions": {name: sign_in(user).session_key for name, user in people.items()},
}))
"""
FEW_PICTURES = "--use-fake-device-for-media-stream=fps=5"  # six people share two processor cores
FIVE = ("party_a", "party_b", "mediator", "second_a", "second_b")
# What Janus and whoever else has the frames without the keys can do: pass them on as they came.
# It also keeps what it got, and counts.
WITHOUT_KEYS = """
let count = 0, largest = 0;
addEventListener("rtctransform", ({ transformer }) => {
  const { peer } = transformer.options;
  const look = new TransformStream({ transform(frame, controller) {
    if (peer !== null) {
      count += 1;
      largest = Math.max(largest, frame.data.byteLength);
      postMessage({ count, largest });
    }
    controller.enqueue(frame);
  } });
  transformer.readable.pipeThrough(look).pipeTo(transformer.writable);
});
postMessage("ready");
"""
KEEP_WORKERS = """
window.got = { count: 0, largest: 0 };
window.Worker = class extends Worker {
  constructor(...all) {
    super(...all);
    this.addEventListener("message", ({ data }) => { if (data.count) window.got = data; });
  }
};
"""
DECODED = """async () => {
  let received = 0, decoded = 0;
  for (const one of connections) {
    for (const report of (await one.getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "video") {
        received += report.framesReceived ?? report.packetsReceived;
        decoded += report.framesDecoded;
      }
    }
  }
  return { received, decoded };
}"""
# The made-up camera shows a clock on green. How much of the greenest picture is of that green?
GREENEST = """() => {
  const drawing = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
  const pen = drawing.getContext("2d", { willReadFrequently: true });
  const greens = [...document.querySelectorAll("[data-med-tiles] video")].map((video) => {
    pen.clearRect(0, 0, 64, 36);
    pen.drawImage(video, 0, 0, 64, 36);
    const { data } = pen.getImageData(0, 0, 64, 36);
    let green = 0;
    for (let at = 0; at < data.length; at += 4) {
      green += data[at] < 60 && data[at + 1] > 90 && data[at + 1] < 180 && data[at + 2] < 60;
    }
    return green / (64 * 36);
  });
  return Math.max(...greens);
}"""
SHOWN = """() => [...document.querySelectorAll("[data-med-tiles] video")].map(
  (video) => video.getVideoPlaybackQuality().totalVideoFrames)"""
# Whether so many others were not only received, but understood: a tone makes waves.
ALL_HEARD = """async (links) => {
  const heard = new Set();
  for (const one of connections.filter((it) => it.connectionState === "connected")) {
    for (const report of (await one.getStats()).values()) {
      const isSound = report.type === "inbound-rtp" && report.kind === "audio";
      if (isSound && report.totalAudioEnergy > 0.01) heard.add(one);
    }
  }
  return heard.size === links;
}"""
NO_TRANSFORM = "delete window.RTCRtpScriptTransform;"


@pytest.fixture(scope="module")
def network() -> Iterator[str]:
    """Everything of this module runs in a network of its own."""
    try:
        with own_network() as interface:
            yield interface
    except PermissionError as error:
        pytest.skip(f"needs a network namespace, and this machine allows none: {error}")


@pytest.fixture(scope="module")
def playwright(network: str) -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser_with_sound(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, FEW_PICTURES])
    yield started
    started.close()


@pytest.fixture(scope="module")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    with a_firefox(playwright) as started:
        yield started


@pytest.fixture(scope="module")
def server(network: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """On a file, because no PostgreSQL and no Redis of the run can be reached from this network."""
    own = {"DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('larger') / 'heyi.sqlite3'}"}
    own |= {"REDIS_URL": ""}
    with janus(network) as media, coturn(ADDRESS) as turn:
        own |= {"TURN_URLS": turn.url("tcp"), "TURN_SECRET": turn.secret}
        with house(SEED, with_pages=True, **own, **media.settings) as running:
            yield running


@pytest.fixture
def enter(visitors: Visitors, server: House) -> Enter:
    return entrance(visitors, server)


def safety_code(page: Page) -> str:
    page.wait_for_function(
        "() => /^[0-9 ]{29}$/.test(document.querySelector('[data-med-safety-code]').textContent)"
    )
    return page.locator("[data-med-safety-code]").text_content() or ""


def test_firefox_and_whoever_must_use_the_relay_are_in_a_larger_call_too(enter, firefox):
    """The one's network lets out nothing but TCP to the TURN server."""
    guarded, fox = enter("party_a", script=ONLY_RELAYED), enter("party_b", browser=firefox)
    pages = [guarded, fox, *(enter(who, script=KEEP_CONNECTIONS) for who in FIVE[2:])]
    for page in pages:
        join(page)
    for page in pages:
        all_go_on(page, 4)
        expect(page.locator("[data-med-route]")).to_be_visible()
    for page in (guarded, *pages[2:]):
        page.wait_for_function(ALL_HEARD, arg=4)
    assert len({safety_code(page) for page in pages}) == 1
    assert guarded.evaluate(ROUTES) == [["relay", "tcp"]] * 5  # one to send, four to receive
    fox.get_by_role("button", name="Leave the call").click()
    for page in (guarded, *pages[2:]):
        all_go_on(page, 3)  # under new keys
    join(fox)
    for page in pages:
        all_go_on(page, 4)


def test_five_people_meet_through_a_media_server_that_sees_nothing(
    enter, picture, assert_accessible, assert_fits
):
    devices = {"party_a": "phone-320"}
    pages = [enter(who, device=devices.get(who, "desk")) for who in FIVE]
    for page in pages[:4]:
        join(page)
    for page in pages[:4]:
        frames(page, 3)
        expect(page.locator("[data-med-route]")).to_be_hidden()
    join(pages[4])
    for page in pages:
        frames(page, 4)
        expect(page.locator("[data-med-route]")).to_be_visible()
    expect(pages[1].locator("[data-med-route]")).to_contain_text("goes through a media server")
    assert len({safety_code(page) for page in pages}) == 1
    leave_and_come_back(pages)
    for page, name in zip(pages[:2], ("call-larger-phone-320", "call-larger-desk"), strict=True):
        page.get_by_text("Who can see and hear this call").click()
        assert_accessible(page)
        assert_fits(page)
        picture(page, name)
    without_the_keys_nothing_is_seen(enter, pages)
    without_encryption_nothing_is_sent(enter)


def leave_and_come_back(pages: list[Page]) -> None:
    pages[4].get_by_role("button", name="Leave the call").click()
    for page in pages[:4]:
        all_go_on(page, 3)  # under new keys
    join(pages[4])
    for page in pages:
        frames(page, 4)


def without_the_keys_nothing_is_seen(enter: Enter, pages: list[Page]) -> None:
    """Somebody in the call who gets every frame, as Janus does, and has no key to any of them."""
    spy = enter("observer", script=KEEP_CONNECTIONS + KEEP_WORKERS)
    spy.route(
        "**/frame-worker.js",
        lambda route: route.fulfill(content_type="text/javascript", body=WITHOUT_KEYS),
    )
    join(spy)
    spy.wait_for_function("() => got.count > 200 && got.largest > 500")
    # A decoder makes noise of some ciphertext. Nothing it makes is the made-up camera's picture.
    found = spy.evaluate(DECODED)
    assert found["received"] > 10
    assert found["decoded"] < found["received"] / 4
    assert pages[0].evaluate(GREENEST) > 0.5
    assert spy.evaluate(GREENEST) < 0.2
    # Nor do the others show what it sends in clear.
    seen = sorted(pages[0].evaluate(SHOWN))
    assert (len(seen), seen[0]) == (5, 0)
    assert seen[1] > 5
    spy.get_by_role("button", name="Leave the call").click()


def without_encryption_nothing_is_sent(enter: Enter) -> None:
    old = enter("observer", script=KEEP_CONNECTIONS + NO_TRANSFORM)
    old.locator("[data-med-call-open]").click()
    old.locator("[data-med-join]").click()
    expect(old.locator("[data-med-call-state]")).to_contain_text("cannot encrypt")
    expect(old.locator("[data-med-leave]")).to_be_hidden()
    assert old.evaluate("connections.length") == 0
