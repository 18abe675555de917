"""Whether a call says how good it is, gives up the picture before the sound, and can be checked."""

import pytest
from playwright.sync_api import expect

from tests.browsers import Visitors
from tests.house import House
from tests.rooms.calling import KEEP_CONNECTIONS, Enter, entrance, frames, join

pytestmark = pytest.mark.browser

# No network here loses anything by itself: while `window.lossy`, the browser's own figures say that
# a third of what is sent does not arrive.
LOSSY = """
const getStats = RTCPeerConnection.prototype.getStats;
RTCPeerConnection.prototype.getStats = async function () {
  const reports = await getStats.call(this);
  const change = (one) => window.lossy && one.type === "remote-inbound-rtp"
    ? { ...one, fractionLost: 0.33 } : one;
  return new Map([...reports].map(([id, one]) => [id, change(one)]));
};
"""
ARRIVED = """async () => {
  const reports = [...(await connections[0].getStats()).values()];
  const heard = (kind) => reports.find((one) => one.type === "inbound-rtp" && one.kind === kind);
  return [heard("video").framesReceived ?? 0, heard("audio").packetsReceived];
}"""
SENDING = """async () => {
  const sender = connections[0].getSenders().find((one) => one.track?.kind === "video");
  return sender.getParameters().encodings[0].maxBitrate ?? 0;
}"""
# A signal on its way through the server is given another certificate's fingerprint.
IN_BETWEEN = """
const take = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  window.swapped = true;
  const other = Array(32).fill("EE").join(":");
  return take.call(this, { type, sdp: sdp.replace(/(a=fingerprint:sha-256 )\\S+/g, `$1${other}`) });
};
"""
CODE = "[data-med-safety-code]"


@pytest.fixture
def enter(visitors: Visitors, server: House) -> Enter:
    return entrance(visitors, server)


def test_the_picture_is_given_up_before_the_sound_and_comes_back(enter, picture):
    ada = enter("party_a", "caucus_a", "phone-320", LOSSY + KEEP_CONNECTIONS, locale="en-GB")
    mei = enter("mediator", "caucus_a", script=KEEP_CONNECTIONS)
    for page in (ada, mei):
        join(page)
    frames(mei, 1)
    ada.wait_for_function(f"async () => (await ({SENDING})()) === 600000")
    ada.evaluate("window.lossy = true")
    expect(ada.locator("[data-med-peer-state]")).to_have_text("very weak connection")
    expect(ada.locator("[data-med-care]")).to_contain_text("Your picture is paused")
    expect(mei.locator("[data-med-peer-state]")).to_have_text("picture paused to keep the sound")
    picture(ada, "call-paused-phone-320")
    mei.wait_for_timeout(1000)
    pictures, sounds = mei.evaluate(ARRIVED)
    mei.wait_for_timeout(2000)
    [pictures_later, sounds_later] = mei.evaluate(ARRIVED)
    assert pictures_later == pictures
    assert sounds_later > sounds + 50  # 50 packets a second are usual
    ada.evaluate("window.lossy = false")
    expect(ada.locator("[data-med-care]")).to_be_hidden()
    expect(mei.locator("[data-med-peer-state]")).to_have_text("good connection")
    mei.wait_for_function(f"async (before) => (await ({ARRIVED})())[0] > before", arg=pictures)


def test_everybody_reads_the_same_safety_code_and_a_new_one_when_somebody_comes(enter, picture):
    ada, mei = enter("party_a"), enter("mediator")
    for page in (ada, mei):
        join(page)
        page.get_by_text("Who can see and hear this call").click()
    for page in (ada, mei):
        expect(page.locator(CODE)).not_to_be_empty()
    of_two = ada.locator(CODE).inner_text()
    assert mei.locator(CODE).inner_text() == of_two
    bo = enter("party_b", device="phone-320", locale="en-GB")
    join(bo)
    bo.get_by_text("Who can see and hear this call").click()
    for page in (ada, mei, bo):
        expect(page.locator(CODE)).not_to_be_empty()
        expect(page.locator(CODE)).not_to_have_text(of_two)
    codes = {page.locator(CODE).inner_text() for page in (ada, mei, bo)}
    assert len(codes) == 1
    picture(bo, "call-safety-code-phone-320")


def test_a_certificate_nobody_has_leads_to_no_connection_and_no_code(enter):
    """The code rests on this: what is shown is what the browser itself insists on."""
    ada, mei = enter("party_a", "caucus_a", script=IN_BETWEEN), enter("mediator", "caucus_a")
    for page in (ada, mei):
        join(page)
        page.get_by_text("Who can see and hear this call").click()
    ada.wait_for_function("() => window.swapped")
    expect(mei.locator("[data-med-tiles] > li")).to_have_count(1)
    ada.wait_for_timeout(3000)
    for page in (ada, mei):
        expect(page.locator(CODE)).to_be_empty()
