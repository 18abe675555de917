"""The room in real browsers: one per person, each as their device shows it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.house import House

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
SIGN_IN_AGAIN = """
import django; django.setup()
from mediation.accounts.models import User
from tests.rooms.sockets import sign_in
print(sign_in(User.objects.get(email="ada@people.example")).session_key)
"""
NETWORK = """
const is = (state) => document.cookie.includes(`network=${state}`);
const Real = WebSocket;
globalThis.WebSocket = class extends Real {
  constructor(address, protocol) {
    super(is("away") ? address.replace("/ws/", "/nowhere/") : address, protocol);
  }
  addEventListener(name, act) {
    super.addEventListener(name, (event) => (name === "message" && is("deaf")) || act(event));
  }
};
"""


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
    expect(ada.locator("[data-med-outbox] > li")).to_have_count(0)
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


def storage(page: Page) -> str:
    return page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")


def be_network(page: Page, state: str) -> None:
    """From now on, over reloads too: "whole", "away", or "deaf" to what the server says."""
    page.evaluate("state => { document.cookie = `network=${state}; path=/`; }", state)


def test_what_is_unsent_and_unfinished_survives_a_reload_and_is_stored_once(enter):
    ada, bo = enter("party_a"), enter("party_b")
    ada.add_init_script(NETWORK)
    be_network(ada, "away")
    ada.reload()
    write(ada, "offline-canary one")
    write(ada, "offline-canary two")
    ada.locator("[data-med-composer] textarea").fill("draft-canary")
    ada.reload()
    expect(ada.locator("[data-med-outbox] > li")).to_have_count(2)
    expect(ada.locator("[data-med-composer] textarea")).to_have_value("draft-canary")
    assert "heyi.kept." in storage(ada)
    assert "canary" not in storage(ada)
    be_network(ada, "whole")
    ada.reload()
    expect(ada.locator("[data-med-outbox] > li")).to_have_count(0)
    for page in (ada, bo):
        for text in ("offline-canary one", "offline-canary two"):
            expect(said(page, text)).to_have_count(1)
    expect(ada.locator("[data-med-composer] textarea")).to_have_value("draft-canary")
    ada.locator("[data-med-composer] textarea").fill("")
    ada.wait_for_function("sessionStorage.length === 0")


def test_what_was_stored_unheard_is_not_stored_again_after_a_reload(enter):
    ada, bo = enter("party_a"), enter("party_b")
    ada.add_init_script(NETWORK)
    ada.reload()
    expect(ada.locator("[data-med-presence].heyi-presence--here").first).to_be_visible()
    be_network(ada, "deaf")
    write(ada, "stored-unheard")
    expect(said(bo, "stored-unheard")).to_have_count(1)
    expect(ada.locator("[data-med-outbox] > li")).to_have_count(1)
    be_network(ada, "whole")
    ada.reload()
    expect(ada.locator("[data-med-outbox] > li")).to_have_count(0)
    expect(said(ada, "stored-unheard")).to_have_count(1)
    write(bo, "said after it")
    expect(said(ada, "said after it")).to_have_count(1)
    expect(said(bo, "stored-unheard")).to_have_count(1)


def test_hiding_the_page_leaves_nothing_in_the_tab_and_asks_nothing(enter):
    ada = enter("party_a")
    asked = []
    ada.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    ada.locator("[data-med-composer] textarea").fill("draft-canary")
    ada.wait_for_function("sessionStorage.length === 1")
    # The weather is another server's; where it leads does not matter here.
    ada.locator(".heyi-exit a").evaluate("link => link.href = '/help/'")
    ada.locator(".heyi-exit a").click()
    ada.wait_for_url("**/help/")
    assert storage(ada) == "{}"
    assert asked == []


def test_another_session_of_the_same_person_cannot_read_what_was_kept(enter, server):
    ada = enter("party_a")
    ada.locator("[data-med-composer] textarea").fill("draft-canary")
    ada.wait_for_function("sessionStorage.length === 1")
    fresh = server.python(SIGN_IN_AGAIN)
    ada.context.add_cookies([{"name": "sid", "value": fresh.strip(), "url": server.url}])
    ada.reload()
    ada.wait_for_function("sessionStorage.length === 0")
    expect(ada.locator("[data-med-composer] textarea")).to_have_value("")


def scroll_up(page: Page) -> None:
    page.locator("[data-med-log]").evaluate("log => { log.scrollTop = 0; }")
    expect(page.locator("[data-med-jump]")).to_be_visible()


def test_whoever_has_scrolled_up_stays_there_and_is_told_what_is_new(
    enter, picture, assert_accessible, assert_fits
):
    ada, bo = enter("party_a", device="phone-320", locale="en-GB"), enter("party_b")
    for number in range(12):
        write(bo, f"line {number}")
    expect(said(ada, "line 11")).to_have_count(1)
    scroll_up(ada)
    write(bo, "first new")
    write(bo, "second new")
    jump, line = ada.locator("[data-med-jump]"), ada.locator("[data-med-new-line]")
    expect(jump).to_have_text("New messages: 2")
    assert ada.locator("[data-med-log]").evaluate("log => log.scrollTop") == 0
    expect(line).to_have_count(1)
    assert "first new" in line.evaluate("line => line.nextElementSibling.textContent")
    assert_accessible(ada)
    assert_fits(ada)
    picture(ada, "room-unread-phone-320")
    jump.press("Enter")
    expect(jump).to_be_hidden()
    assert ada.evaluate("document.activeElement.matches('[data-med-log]')")
    write(ada, "an answer")
    expect(line).to_have_count(0)


def test_the_mediator_sees_how_far_a_party_has_read(enter, picture):
    mei, ada = enter("mediator"), enter("party_a")
    write(mei, "please read this")
    expect(said(ada, "please read this")).to_have_count(1)
    item = mei.locator("[data-med-sequence]", has_text="please read this")
    expect(item.locator("[data-med-readers]")).to_have_text("Read by Ada Applicant")
    ada.goto("/help/")
    write(mei, "and this")
    expect(said(mei, "and this")).to_have_count(1)
    mei.reload()
    expect(item.locator("[data-med-readers]")).to_have_text("Read by Ada Applicant")
    picture(mei, "room-read-desk")
    ada.go_back()
    expect(ada.locator("[data-med-new-line]")).to_have_count(1)


DROP = """
async (talk) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File(["dropped-canary"], "note.txt", {type: "text/plain"}));
  const fire = (name) => talk.dispatchEvent(
    new DragEvent(name, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  fire("dragover");
  fire("drop");
}
"""


def test_a_dropped_file_becomes_a_document_and_the_others_are_told(
    enter, picture, assert_accessible, assert_fits
):
    ada = enter("party_a", device="phone-320", locale="en-GB")
    bo, mei = enter("party_b"), enter("mediator")
    expect(mei.locator("[data-med-bring]")).to_have_count(0)  # only sides bring documents
    ada.locator(".heyi-room__talk").evaluate(DROP)
    asked = ada.get_by_role("region", name="Add to the documents")
    expect(asked.get_by_text("note.txt")).to_be_visible()
    expect(asked.get_by_text("Everybody in this case: Mei")).to_be_visible()
    assert_accessible(ada)
    assert_fits(ada)
    picture(ada, "room-bring-phone-320")
    asked.get_by_role("button", name="Add it").click()
    expect(asked.get_by_role("status")).to_have_text("Added to the documents.")
    for page in (bo, mei):
        hint = page.locator("[data-med-hint]")
        expect(hint).to_contain_text("Ada Applicant added a document.")
        assert_accessible(page)
    picture(bo, "room-hint-desk")
    bo.locator("[data-med-hint-link]").click()
    expect(bo.get_by_text("note.txt")).to_be_visible()


def test_a_file_pasted_into_a_private_talk_is_the_mediators_alone(enter):
    ada, bo = enter("party_a", "caucus_a"), enter("party_b")
    mei = enter("mediator")
    ada.locator("[data-med-file]").set_input_files(
        {"name": "private-canary.txt", "mimeType": "text/plain", "buffer": b"for the mediator"}
    )
    ada.get_by_role("button", name="Add it").click()
    expect(mei.locator("[data-med-hint]")).to_contain_text("added a document")
    expect(bo.locator("[data-med-hint]")).to_be_hidden()
    bo.reload()
    expect(bo.locator("[data-med-presence].heyi-presence--here").first).to_be_visible()
    assert "private-canary" not in bo.content()


def test_a_refused_file_says_why(enter):
    ada = enter("party_a")
    ada.locator("[data-med-file]").set_input_files(
        {"name": "program.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    )
    ada.get_by_role("button", name="Add it").click()
    expect(ada.locator("[data-med-bring-problems]")).not_to_be_empty()
    ada.locator("[data-med-bring-stop]").click()
    expect(ada.locator("[data-med-bringing]")).to_be_hidden()


def test_a_caucus_looks_private_and_the_other_side_sees_nothing_of_it(
    enter, picture, assert_accessible
):
    bo = enter("party_b")
    ada, mei = enter("party_a", "caucus_a", device="phone-390"), enter("mediator")
    expect(ada.get_by_text("Private: only Mei and you").first).to_be_visible()
    box = ada.locator("[data-med-composer]").bounding_box()
    assert box["y"] + box["height"] <= 844  # without scrolling
    write(ada, "caucus-A-canary")
    expect(mei.locator("[data-med-new]:visible")).to_have_count(1)
    expect(bo.locator("[data-med-new]:visible")).to_have_count(0)
    assert "caucus-A-canary" not in bo.content()
    picture(ada, "room-caucus-phone")
    assert_accessible(ada)


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


def test_withdrawing_the_consent_to_talk_closes_every_page_within_a_second(enter, server):
    ada, bo = enter("party_a"), enter("party_b")
    expect(ada.locator("[data-med-presence].heyi-presence--here")).to_have_count(2)
    change(server, "withdraw", "online")
    try:
        for page in (ada, bo):
            expect(page.locator("[data-med-connection]")).to_contain_text("closed", timeout=3_000)
    finally:
        change(server, "give", "online")
