"""The room in real browsers: one per person, each as their device shows it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.rooms.house import House, house

pytestmark = pytest.mark.browser

WITHDRAW = """
import django; django.setup()
from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.cases.services import consents
case = Case.objects.get(pk="%s")
actor = User.objects.get(email="bo@people.example")
consents.%s_consent(actor=actor, case=case, purpose="%s"%s)
"""
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
NO_CAMERA = """
const devices = navigator.mediaDevices, real = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (wanted) => {
  if (wanted.video) throw new DOMException("", "NotFoundError");
  return real(wanted);
};
"""


@pytest.fixture(scope="module")
def server() -> Iterator[House]:
    with house(with_pages=True) as running:
        yield running


@pytest.fixture
def visitors(browser, server: House) -> Iterator[Visitors]:
    come = Visitors(browser, server)
    yield come
    come.leave()


@pytest.fixture
def enter(visitors: Visitors, server: House):
    """Opens a room as somebody; `device` is a name of tests.browsers.DEVICES."""

    def go(who: str, name: str = "joint", device: str = "desk", **options) -> Page:
        page = visitors(device, **options)
        cookie = {"name": "sid", "value": server.sessions[who], "url": server.url}
        page.context.add_cookies([cookie])
        page.goto(f"/cases/{server.case}/room/{server.rooms[name]}/")
        return page

    return go


def write(page: Page, text: str) -> None:
    page.locator("[data-med-composer] textarea").fill(text)
    page.locator("[data-med-composer] button[type=submit]").click()


def said(page: Page, text: str):
    return page.locator("[data-med-messages] .heyi-message__body").get_by_text(text, exact=True)


def change(server: House, verb: str, purpose: str) -> None:
    more = ', language="en"' if verb == "give" else ""
    server.python(WITHDRAW % (server.case, verb, purpose, more))


def test_three_people_talk_on_a_phone_and_at_desks(enter, picture, assert_accessible, assert_fits):
    ada, bo, mei = enter("party_a", device="phone-320"), enter("party_b"), enter("mediator")
    for page in (ada, bo, mei):
        expect(page.locator("[data-med-connection]")).to_be_hidden()
    expect(mei.locator("[data-med-presence].heyi-presence--here")).to_have_count(3)
    write(ada, "早上好 👋\n<b>not bold</b>")
    for page in (ada, bo, mei):
        expect(page.get_by_text("<b>not bold</b>")).to_be_visible()
    write(bo, "Good morning")
    expect(said(ada, "Good morning")).to_have_count(1)
    expect(ada.locator("[data-med-outbox] > li")).to_have_count(0)
    box = ada.locator("[data-med-composer] textarea").bounding_box()
    assert box["y"] + box["height"] <= 640  # nobody has to scroll to write
    for page, name in ((ada, "room-phone-320"), (bo, "room-desk")):
        assert_accessible(page)
        assert_fits(page)
        picture(page, name)


def test_what_is_written_during_a_loss_arrives_once_when_the_connection_is_back(enter, server):
    ada, bo = enter("party_a"), enter("party_b")
    expect(said(bo, "before the loss")).to_have_count(0)
    write(ada, "before the loss")
    expect(said(bo, "before the loss")).to_have_count(1)
    server.kill()
    expect(ada.locator("[data-med-connection]")).to_be_visible()
    write(ada, "during the loss")
    expect(ada.locator("[data-med-outbox] > li")).to_have_count(1)
    server.start()
    expect(said(bo, "during the loss")).to_have_count(1, timeout=40_000)
    expect(ada.locator("[data-med-outbox] > li")).to_have_count(0)
    expect(said(ada, "during the loss")).to_have_count(1)
    write(bo, "after the loss")
    expect(said(ada, "after the loss")).to_have_count(1)


def test_a_caucus_looks_private_and_the_other_side_sees_nothing_of_it(
    enter, picture, assert_accessible
):
    bo = enter("party_b")
    ada, mei = enter("party_a", "caucus_a", device="phone-390"), enter("mediator")
    expect(ada.get_by_text("Private: only Mei and you")).to_be_visible()
    write(ada, "caucus-A-canary")
    expect(mei.locator("[data-med-new]:visible")).to_have_count(1)
    expect(bo.locator("[data-med-new]:visible")).to_have_count(0)
    assert "caucus-A-canary" not in bo.content()
    assert_accessible(ada)
    picture(ada, "room-caucus-phone")


def test_a_message_is_changed_and_taken_back_without_leaving_the_room(
    enter, picture, assert_accessible, assert_fits
):
    ada, bo = enter("party_a", device="phone-320", locale="en-GB"), enter("party_b")
    write(ada, "written in anger")
    expect(said(bo, "written in anger")).to_have_count(1)
    ada.locator("[data-med-correct]").last.click()
    dialog = ada.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert_accessible(ada)
    assert_fits(ada)
    picture(ada, "room-correction-phone-320")
    dialog.get_by_label("Your message").fill("said calmly")
    dialog.get_by_role("button", name="Save the change").click()
    for page in (ada, bo):
        expect(said(page, "said calmly")).to_have_count(1)
        expect(said(page, "written in anger")).to_have_count(0)
    expect(dialog).to_be_hidden()
    ada.locator("[data-med-correct]").last.click()
    dialog.get_by_role("button", name="Take it back").click()
    for page in (ada, bo):
        expect(page.locator("[data-med-mark]").last).to_have_text("Taken back")
        expect(said(page, "said calmly")).to_have_count(0)
    bo.reload()
    expect(bo.locator("[data-med-mark]").last).to_have_text("Taken back")


def test_the_room_works_without_scripts(enter, assert_fits):
    ada = enter("party_a", java_script_enabled=False, device="phone-320", locale="en-GB")
    write(ada, "by form and without scripts")
    expect(said(ada, "by form and without scripts")).to_have_count(1)
    expect(ada.locator("[data-med-call]")).to_be_hidden()
    bo = enter("party_b", java_script_enabled=False)
    expect(said(bo, "by form and without scripts")).to_have_count(1)


def prepare_and_join(page: Page) -> None:
    page.locator("[data-med-call-open]").click()
    expect(page.locator("[data-med-preview]")).to_be_visible(timeout=20_000)
    page.locator("[data-med-join]").click()


def frames(page: Page, links: int, more_than: int = 5) -> int:
    """Waits until so many frames of each of the others were played; returns the most of one."""
    page.wait_for_function(ALL_PLAY, arg=[links, more_than], timeout=30_000)
    return max(count for _width, count in page.evaluate(PLAYING))


def test_three_browsers_see_each_other_and_a_withdrawal_ends_it(
    enter, server, picture, assert_accessible
):
    pages = [enter("party_a", device="phone-390"), enter("party_b"), enter("mediator")]
    for page in pages:
        prepare_and_join(page)
    seen = [frames(page, 2) for page in pages]
    for page, count in zip(pages, seen, strict=True):
        frames(page, 2, more_than=count)  # it goes on
    assert_accessible(pages[1])
    picture(pages[0], "room-call-phone")
    picture(pages[1], "room-call-desk")
    change(server, "withdraw", "video")
    try:
        for page in pages:
            expect(page.locator("[data-med-tiles] > li")).to_have_count(0, timeout=3_000)
            expect(page.locator("[data-med-preview]")).to_be_hidden()
            expect(page.locator("[data-med-call-state]")).to_contain_text("consent")
    finally:
        change(server, "give", "video")


def test_muting_leaving_and_joining_again(enter):
    ada, bo = enter("party_a", "caucus_a"), enter("mediator", "caucus_a")
    for page in (ada, bo):
        prepare_and_join(page)
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
    prepare_and_join(ada)
    frames(bo, 1)
    frames(ada, 1)


def test_joining_without_a_camera_one_still_sees_the_others(browser, enter):
    ada, mei = enter("party_a", "caucus_a"), enter("mediator", "caucus_a")
    ada.add_init_script(NO_CAMERA)
    ada.reload()
    ada.locator("[data-med-call-open]").click()
    expect(ada.locator("[data-med-device-problem]")).to_be_visible()
    ada.locator("[data-med-join]").click()
    prepare_and_join(mei)
    frames(ada, 1)
    expect(mei.locator("[data-med-peer-state]")).to_have_text("camera off")


def test_withdrawing_the_consent_to_talk_closes_every_page_within_a_second(enter, server):
    ada, bo = enter("party_a"), enter("party_b")
    expect(ada.locator("[data-med-presence].heyi-presence--here")).to_have_count(2)
    change(server, "withdraw", "online")
    try:
        for page in (ada, bo):
            expect(page.locator("[data-med-connection]")).to_contain_text("closed", timeout=3_000)
    finally:
        change(server, "give", "online")
