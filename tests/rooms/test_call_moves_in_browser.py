"""From the joint call into a private talk and back, in real browsers, with what reaches whom."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.house import House
from tests.rooms.calling import KEEP_CONNECTIONS, Enter, entrance, frames, join

pytestmark = pytest.mark.browser

# A browser that never hangs up: whatever the others still sent would reach it.
NEVER_HANGS_UP = f"{KEEP_CONNECTIONS} RTCPeerConnection.prototype.close = () => {{}};"
ARRIVED = """async () => {
  let arrived = 0;
  for (const connection of connections) {
    for (const one of (await connection.getStats()).values()) {
      arrived += one.type === "inbound-rtp" ? one.packetsReceived : 0;
    }
  }
  return arrived;
}"""
COUNT_TONES = """
window.tones = 0;
window.OscillatorNode = class extends OscillatorNode {
  constructor(...all) { super(...all); tones += 1; }
};
"""
STATE = "[data-med-call-state]"


@pytest.fixture
def enter(visitors: Visitors, server: House) -> Enter:
    return entrance(visitors, server)


def take_aside(mediator: Page, name: str) -> None:
    mediator.get_by_role("button", name="Talk with one side in private").click()
    mediator.get_by_role("button", name=f"Talk with {name}").click()


def test_one_side_goes_into_a_private_talk_and_nothing_of_it_reaches_the_other(
    enter, firefox, server, picture, assert_accessible, assert_fits
):
    ada = enter("party_a", device="phone-320", locale="en-GB", script=COUNT_TONES)
    bo = enter("party_b", script=NEVER_HANGS_UP)
    mei = enter("mediator", browser=firefox)
    for page in (ada, bo, mei):
        join(page)
    for page in (ada, bo, mei):
        frames(page, 2)
    caucus = re.compile(server.rooms["caucus_a"])
    mei.get_by_role("button", name="Talk with one side in private").click()
    assert_accessible(mei)
    mei.get_by_role("button", name="Talk with Ada Applicant").click()
    expect(ada.get_by_role("dialog", name="Into a private talk")).to_be_visible()
    assert_fits(ada)
    picture(ada, "call-moving-phone-320")
    for page in (ada, mei):
        expect(page).to_have_url(caucus)
    arrived = bo.evaluate(ARRIVED)
    for page in (ada, mei):
        frames(page, 1)
        expect(page.locator("[data-med-arrival]")).to_be_visible()
    assert ada.evaluate("tones") > 0
    assert_accessible(ada)
    assert_fits(ada)
    picture(ada, "call-private-phone-320")
    expect(bo.locator(STATE)).to_contain_text("The mediator is talking with one side")
    expect(bo.locator("[data-med-tiles] > li")).to_have_count(0)
    picture(bo, "call-staying-desk")
    assert bo.evaluate(ARRIVED) == arrived > 0  # nothing more came, though it would have been heard
    assert server.rooms["caucus_a"] not in bo.content()


def test_everybody_comes_back_to_who_waited(enter, firefox, server, assert_accessible, picture):
    ada, mei = enter("party_a", "caucus_a", browser=firefox), enter("mediator", "caucus_a")
    bo = enter("party_b")
    for page in (ada, mei, bo):
        join(page)
    frames(ada, 1)
    mei.get_by_role("button", name="Go back to the joint room together").click()
    for page in (ada, mei):
        expect(page).to_have_url(re.compile(server.rooms["joint"]))
    for page in (ada, bo, mei):
        frames(page, 2)
    expect(bo.locator(STATE)).to_contain_text("In the call")
    expect(ada.get_by_text("Both sides see and hear you again")).to_be_visible()
    assert_accessible(ada)
    picture(mei, "call-back-desk")


def test_what_was_off_stays_off_in_the_other_room(enter, server, picture):
    ada, mei = enter("party_a"), enter("mediator")
    for page in (ada, mei):
        join(page)
    frames(mei, 1)
    ada.get_by_role("button", name="Turn mic off").click()
    take_aside(mei, "Ada Applicant")
    expect(ada).to_have_url(re.compile(server.rooms["caucus_a"]))
    frames(mei, 1)
    expect(mei.locator("[data-med-peer-state]")).to_have_text("microphone off")
    picture(mei, "call-private-desk")
    ada.get_by_role("button", name="Leave the call").click()
    expect(ada.locator("[data-med-arrival]")).to_be_hidden()


def test_without_the_notice_those_who_stay_only_see_that_the_others_left(enter, picture):
    bo, mei = enter("party_b"), enter("mediator")
    for page in (bo, mei):
        join(page)
    frames(bo, 1)
    mei.get_by_role("button", name="Talk with one side in private").click()
    mei.get_by_label("Tell those who stay").uncheck()
    picture(mei, "call-move-desk")
    mei.get_by_role("button", name="Talk with Ada Applicant").click()
    expect(bo.locator(STATE)).to_have_text("You are in the call. Nobody else is there yet.")


def test_only_the_mediator_is_offered_to_move_others(enter):
    ada = enter("party_a")
    join(ada)
    expect(ada.get_by_role("button", name="Talk with one side in private")).to_have_count(0)
