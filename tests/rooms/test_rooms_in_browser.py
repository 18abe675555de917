"""Talks by invitation, a release and a review in real browsers."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Visitors
from tests.house import House
from tests.rooms.test_browser import said, write

pytestmark = pytest.mark.browser


@pytest.fixture
def enter(visitors: Visitors, server: House):
    def go(who: str, path: str = "talks/", device: str = "desk", **options) -> Page:
        page = visitors(device, **options)
        cookie = {"name": "sid", "value": server.sessions[who], "url": server.url}
        page.context.add_cookies([cookie])
        page.goto(f"/cases/{server.case}/{path}")
        return page

    return go


def room(server: House, name: str) -> str:
    return f"room/{server.rooms[name]}/"


def test_a_talk_opens_and_a_leaving_is_heard_at_once(
    enter, picture, assert_accessible, assert_fits
):
    mei = enter("mediator", "talks/new/")
    mei.get_by_label("What is the talk for?").fill("Only the drain")
    for name in ("Ada Applicant", "Bo Respondent"):
        mei.get_by_label(name).check()
    assert_accessible(mei)
    picture(mei, "talk-new")
    mei.get_by_role("button", name="Ask them").click()
    ada, bo = enter("party_a", device="phone-320"), enter("party_b")
    assert_fits(ada)
    assert_accessible(ada)
    picture(ada, "talk-asked-phone")
    ada.get_by_role("button", name="Yes, I will be there").click()
    bo.get_by_role("button", name="Yes, I will be there").click()
    for page in (ada, bo):
        page.goto(page.url)
        page.get_by_role("button", name="Go in").click()
    expect(bo.get_by_text("Private: only Mei, Ada Applicant and you").first).to_be_visible()
    write(bo, "about the drain")
    expect(said(ada, "about the drain")).to_have_count(1)
    assert_fits(ada)
    assert_accessible(ada)
    picture(ada, "talk-room-phone")
    picture(bo, "talk-room")
    elsewhere = enter("party_b")
    elsewhere.get_by_role("button", name="Leave this talk").click()
    expect(bo.get_by_text("You are no longer in this talk.")).to_be_visible()
    expect(bo.locator("[data-med-composer]")).to_be_hidden()
    expect(bo.get_by_role("link", name="Only the drain")).to_have_count(0)


def test_a_release_and_a_review(enter, server, picture, assert_accessible, assert_fits):
    ada, bo = enter("party_a", room(server, "caucus_a")), enter("party_b", room(server, "joint"))
    write(ada, "I would take half")
    ada.get_by_role("link", name="Change, take back or release").click()
    ada.get_by_role("link", name="Release it to the joint room").click()
    assert_accessible(ada)
    picture(ada, "release")
    ada.get_by_role("button", name="Release it to everybody").click()
    ada.wait_for_url(re.compile(server.rooms["joint"]))
    expect(said(bo, "I would take half")).to_have_count(1)
    expect(bo.get_by_text("Released from a private talk")).to_be_visible()

    mei = enter("mediator", f"{room(server, 'joint')}review/")
    mei.get_by_role("button", name="Propose it").click()
    for who in ("party_a", "party_b"):
        page = enter(who, f"{room(server, 'joint')}review/", device="phone-320")
        assert_fits(page)
        page.get_by_role("button", name="Yes, I agree").click()
    mei.goto(f"/cases/{server.case}/{room(server, 'joint')}")
    write(ada, "You never pay")
    expect(ada.get_by_text("Waiting for the mediator, who reads it first.")).to_be_visible()
    expect(mei.get_by_text("Waiting: 1")).to_be_visible()
    assert_accessible(ada)
    picture(ada, "held")
    mei.get_by_role("link", name="The mediator reads messages here first").click()
    assert_accessible(mei)
    picture(mei, "review")
    assert "You never pay" not in bo.content()
    mei.get_by_role("button", name="Pass it on as it is").click()
    expect(said(bo, "You never pay")).to_have_count(1)
    expect(said(ada, "You never pay")).to_have_count(1)
    expect(ada.locator("[data-med-pending]")).to_have_count(0)
