"""Calls in real browsers: one per person, with the camera and microphone a browser makes up."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.house import House
from tests.rooms.calling import (
    CLOCK,
    KEEP_CONNECTIONS,
    PLAYING,
    Enter,
    assert_pressable,
    entrance,
    first_pictures,
    frames,
    join,
    prepare,
)
from tests.rooms.test_browser import change

pytestmark = pytest.mark.browser

NO_CAMERA = """
const devices = navigator.mediaDevices, real = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (wanted) => {
  if (wanted.video) throw new DOMException("", "NotFoundError");
  return real(wanted);
};
"""
REFUSED = """
window.asked = [];
navigator.mediaDevices.getUserMedia = async (wanted) => {
  asked.push(Object.keys(wanted).join());
  throw new DOMException("", "NotAllowedError");
};
"""
# No screen is there to be shown: a drawing of its size stands for it.
A_SCREEN = """
navigator.mediaDevices.getDisplayMedia = async () => {
  const screen = Object.assign(document.createElement("canvas"), { width: 1200, height: 700 });
  const pen = screen.getContext("2d");
  setInterval(() => {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, 1200, 700);
    pen.fillStyle = "black";
    pen.fillText(Date.now(), 100, 300);
  }, 100);
  return screen.captureStream(10);
};
"""
A_SLOW_SCREEN = """
navigator.mediaDevices.getDisplayMedia = () => new Promise((resolve) => {
  window.picked = document.createElement("canvas").captureStream(1);
  window.pick = () => resolve(picked);
});
"""
CODE = "[data-med-safety-code]"
UFRAG = "() => /ice-ufrag:(.*)/.exec(connections[0].localDescription.sdp)[1]"
WECHAT = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/126.0 MicroMessenger/8.0.50"


@pytest.fixture
def enter(visitors: Visitors, server: House) -> Enter:
    return entrance(visitors, server)


# --- Getting ready ------------------------------------------------------------------------------


def test_one_gets_ready_unseen_and_hears_oneself(enter, picture, assert_accessible, assert_fits):
    ada = enter("party_a", device="phone-320", locale="en-GB", permissions=[])
    ada.locator("[data-med-call-open]").click()
    dialog = ada.get_by_role("dialog")
    expect(dialog.get_by_text("Your camera is off")).to_be_visible()
    assert_accessible(ada)
    assert_fits(ada)
    picture(ada, "call-ready-before-phone-320")
    dialog.get_by_role("button", name="Turn on camera and microphone").click()
    expect(dialog.locator("[data-med-preview]")).to_be_visible()
    ada.wait_for_function("() => document.querySelector('[data-med-meter]').value > 0.2")
    assert_accessible(ada)
    assert_fits(ada)
    picture(ada, "call-ready-phone-320")
    dialog.get_by_text("I would like to read what is said").click()
    expect(dialog.get_by_text("Windows 11: press the Windows key")).to_be_visible()
    assert_accessible(ada)
    picture(ada, "call-captions-phone-320")
    dialog.get_by_role("button", name="Play a short tone").click()
    dialog.get_by_role("button", name="Turn camera off").click()
    expect(dialog.get_by_role("button", name="Join with sound, without camera")).to_be_visible()
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_be_hidden()
    expect(ada.locator("[data-med-call-state]")).to_be_empty()


def test_closing_the_preparation_lets_the_devices_go(enter):
    ada = enter("party_a", script="window.lent = []")
    ada.evaluate("""() => {
      const devices = navigator.mediaDevices, real = devices.getUserMedia.bind(devices);
      devices.getUserMedia = async (wanted) => {
        const stream = await real(wanted);
        lent.push(...stream.getTracks());
        return stream;
      };
    }""")
    prepare(ada)
    assert ada.evaluate("lent.map((track) => track.readyState)") == ["live", "live"]
    ada.keyboard.press("Escape")
    ada.wait_for_function("() => lent.every((track) => track.readyState === 'ended')")


def test_who_refused_the_camera_is_told_how_to_allow_it(enter, picture, assert_accessible):
    ada = enter("party_a", device="phone-320", locale="en-GB", permissions=[], script=REFUSED)
    ada.locator("[data-med-call-open]").click()
    ada.locator("[data-med-both]").click()
    dialog = ada.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("does not let this page use")
    expect(dialog.get_by_text("In Chrome or Edge")).to_be_visible()
    expect(dialog.get_by_role("button", name="Try again")).to_be_visible()
    assert ada.evaluate("asked") == ["audio,video"]  # a person who said no is not asked again
    assert_accessible(ada)
    picture(ada, "call-refused-phone-320")
    dialog.get_by_role("button", name="Join without camera and microphone").click()
    expect(ada.locator("[data-med-call-state]")).to_contain_text("You are in the call")


def test_inside_wechat_the_way_out_is_told_first(enter):
    ada = enter("party_a", user_agent=WECHAT, permissions=[])
    ada.locator("[data-med-call-open]").click()
    expect(ada.locator("[data-med-help=wechat]")).to_be_visible()


def test_joining_without_a_camera_one_still_sees_the_others(enter):
    ada, mei = enter("party_a", "caucus_a", script=NO_CAMERA), enter("mediator", "caucus_a")
    ada.locator("[data-med-call-open]").click()
    expect(ada.get_by_role("dialog").get_by_role("alert")).to_contain_text("No such device")
    ada.get_by_role("button", name="Join with sound, without camera").click()
    join(mei)
    frames(ada, 1)
    expect(mei.locator("[data-med-peer-state]")).to_have_text("camera off")


def test_sound_only_means_no_picture_in_either_direction(enter):
    ada, mei = enter("party_a", "caucus_a"), enter("mediator", "caucus_a")
    prepare(ada)
    ada.get_by_label("Sound only").check()
    ada.get_by_role("button", name="Join with sound, without camera").click()
    join(mei)
    expect(mei.locator("[data-med-peer-state]")).to_have_text("sound only")
    expect(ada.locator("[data-med-peer-state]")).to_have_text("good connection")
    ada.wait_for_timeout(1500)
    [[_width, played]] = ada.evaluate(PLAYING)
    ada.wait_for_timeout(1500)
    [[_width, later]] = ada.evaluate(PLAYING)
    assert later == played


# --- In the call --------------------------------------------------------------------------------


def test_three_browsers_see_each_other_and_a_withdrawal_ends_it(
    enter, firefox, server, picture, assert_accessible, assert_fits, capsys
):
    pages = [
        enter("party_a", device="phone-320", script=CLOCK),
        enter("party_b", script=CLOCK, browser=firefox),
        enter("mediator", script=CLOCK),
    ]
    for page in pages:
        join(page)
    with capsys.disabled():
        print(first_pictures(pages, "through the mesh"))  # noqa: T201
    seen = [frames(page, 2) for page in pages]
    for page, count in zip(pages, seen, strict=True):
        frames(page, 2, more_than=count)  # it goes on
    for page in pages:
        assert_accessible(page)
        assert_fits(page)
        expect(page.locator(CODE)).not_to_be_empty()
    assert_pressable(pages[0])
    assert len({page.locator(CODE).text_content() for page in pages}) == 1
    picture(pages[0], "call-phone-320")
    picture(pages[2], "call-mediator")
    change(server, "withdraw", "video")
    try:
        for page in pages:
            expect(page.locator("[data-med-tiles] > li")).to_have_count(0, timeout=3_000)
            expect(page.locator("[data-med-own-picture]")).to_be_hidden()
            expect(page.locator("[data-med-call-state]")).to_contain_text(
                re.compile("consent|同意")
            )
    finally:
        change(server, "give", "video")


def test_muting_leaving_and_joining_again(enter, firefox):
    ada, bo = enter("party_a", "caucus_a", browser=firefox), enter("mediator", "caucus_a")
    for page in (ada, bo):
        join(page)
    frames(ada, 1)
    ada.locator("[data-med-microphone]").click()
    expect(bo.locator("[data-med-peer-state]")).to_have_text("microphone off")
    ada.locator("[data-med-camera]").click()
    expect(bo.locator("[data-med-peer-state]")).to_have_text("microphone off, camera off")
    ada.locator("[data-med-camera]").click()
    expect(bo.locator("[data-med-peer-state]")).to_have_text("microphone off")
    frames(bo, 1)
    ada.locator("[data-med-leave]").click()
    expect(bo.locator("[data-med-tiles] > li")).to_have_count(0)
    join(ada)
    frames(bo, 1)
    frames(ada, 1)


def test_a_shared_screen_takes_the_place_of_the_camera_until_it_is_stopped(enter, picture):
    mei, ada = enter("mediator", "caucus_a", script=A_SCREEN), enter("party_a", "caucus_a")
    for page in (mei, ada):
        join(page)
    frames(ada, 1)
    mei.get_by_role("button", name="Show my screen").click()
    expect(ada.locator("[data-med-peer-state]")).to_have_text("shows a screen")
    expect(mei.get_by_text("The others see your screen.")).to_be_visible()
    ada.wait_for_function(f"() => ({PLAYING})()[0][0] === 1200")
    assert ada.evaluate(f"({PLAYING})()[0][0]") == 1200
    picture(ada, "call-screen-desk")
    mei.get_by_role("button", name="Stop showing my screen").click()
    expect(ada.locator("[data-med-peer-state]")).to_have_text("good connection")
    ada.wait_for_function(f"() => ({PLAYING})()[0][0] <= 640")


def test_the_screen_is_not_offered_where_a_browser_cannot_show_it(enter):
    ada = enter("party_a", "caucus_a", script="delete MediaDevices.prototype.getDisplayMedia")
    join(ada)
    expect(ada.locator("[data-med-screen]")).to_be_hidden()


def test_a_screen_picked_after_the_call_ended_is_let_go(enter):
    ada = enter("party_a", "caucus_a", script=A_SLOW_SCREEN)
    join(ada)
    ada.get_by_role("button", name="Show my screen").click()
    ada.get_by_role("button", name="Leave the call").click()
    ada.evaluate("() => pick()")
    ada.wait_for_function("() => picked.getVideoTracks()[0].readyState === 'ended'")


def choose_last_microphone(page: Page) -> str:
    """Takes the last microphone of the list into use; returns its name."""
    page.get_by_role("button", name="Devices").click()
    expect(page.locator("[data-med-choose-microphone]")).to_be_visible()
    name = page.locator("[data-med-choose-microphone] option").last.inner_text()
    page.locator("[data-med-choose-microphone]").select_option(label=name)
    page.get_by_role("button", name="Done").click()
    return name


def test_another_microphone_is_taken_into_use_during_the_call(enter):
    ada, mei = enter("party_a", "caucus_a"), enter("mediator", "caucus_a", script=KEEP_CONNECTIONS)
    for page in (ada, mei):
        join(page)
    seen = frames(mei, 1)
    name = choose_last_microphone(ada)
    frames(mei, 1, more_than=seen)
    ada.get_by_role("button", name="Devices").click()
    expect(ada.locator("[data-med-choose-microphone] option:checked")).to_have_text(name)
    assert mei.evaluate("connections.length") == 1  # nothing was agreed anew


def test_another_network_is_met_by_another_way_to_the_same_people(enter):
    ada, mei = enter("party_a", "caucus_a", script=KEEP_CONNECTIONS), enter("mediator", "caucus_a")
    for page in (ada, mei):
        join(page)
    seen = frames(mei, 1)
    before = ada.evaluate(UFRAG)
    ada.evaluate("() => dispatchEvent(new Event('online'))")
    ada.wait_for_function(f"(before) => ({UFRAG})() !== before", arg=before)
    frames(mei, 1, more_than=seen + 10)
    assert ada.evaluate("connections.length") == 1
    assert mei.locator("[data-med-tiles] > li").count() == 1


def test_after_a_reload_one_press_leads_back_into_the_call(enter, picture, assert_accessible):
    ada, mei = (
        enter("party_a", "caucus_a", device="phone-320", locale="en-GB"),
        enter("mediator", "caucus_a"),
    )
    for page in (ada, mei):
        join(page)
    frames(mei, 1)
    ada.get_by_role("button", name="Turn mic off").click()
    name = choose_last_microphone(ada)
    ada.reload()
    expect(mei.locator("[data-med-tiles] > li")).to_have_count(0)
    expect(ada.get_by_text("You were in this call when the page closed.")).to_be_visible()
    assert_accessible(ada)
    picture(ada, "call-return-phone-320")
    ada.get_by_role("button", name="Come back to the call").click()
    frames(mei, 1)
    frames(ada, 1)
    expect(mei.locator("[data-med-peer-state]")).to_have_text("microphone off")
    ada.get_by_role("button", name="Devices").click()
    expect(ada.locator("[data-med-choose-microphone] option:checked")).to_have_text(name)
    ada.get_by_role("button", name="Done").click()
    ada.get_by_role("button", name="Leave the call").click()
    assert ada.evaluate("sessionStorage.length") == 0
    ada.reload()
    expect(ada.locator("[data-med-call-open]")).to_be_visible()
    expect(ada.get_by_text("You were in this call")).to_be_hidden()


def test_a_call_goes_on_after_the_server_was_killed(enter, firefox, server):
    ada, mei = enter("party_a", "caucus_a"), enter("mediator", "caucus_a", browser=firefox)
    for page in (ada, mei):
        join(page)
    frames(mei, 1)
    server.kill()
    expect(ada.locator("[data-med-call-state]")).to_contain_text("The connection was lost")
    server.start()
    for page in (ada, mei):
        frames(page, 1)
