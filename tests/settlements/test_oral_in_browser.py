"""Agreeing orally through the pages: on a phone and at a desk, in English and in Chinese."""

import os
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page

from mediation.accounts.models import User
from mediation.rooms.services import open_rooms
from mediation.settlements.enums import SettlementState
from mediation.settlements.models import Settlement
from tests.browsers import chromium
from tests.evidence.test_upload_in_browser import _signed_in
from tests.factories.cast import Cast, make_cast
from tests.factories.settlements import make_draft
from tests.settlements.test_pages_in_browser import DEVICES
from tests.settlements.test_views import page as path_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = {
    "en": {
        "record": "Record an oral agreement",
        "offer": "Offer it to both sides",
        "look": "Look at it and agree",
        "free": "Yes: I know that I am free to say no",
        "go_on": "Continue",
        "meant": "I agree to this, and know that it binds me",
        "agree": "I agree",
        "waiting": "You agreed; the other side has not answered yet",
        "done": "Agreed orally",
        "no_court": "no court can confirm or enforce it as it is",
        "written": "Put it in writing, or change it",
    },
    "zh-hans": {
        "record": "记录口头协议",
        "offer": "提交给双方",
        "look": "查看并同意",
        "free": "是：我知道我有权说不",
        "go_on": "继续",
        "meant": "我同意以上内容",
        "agree": "我同意",
        "waiting": "您已同意，对方尚未答复",
        "done": "已达成口头协议",
        "no_court": "法院无法就口头协议进行司法确认或者强制执行",
        "written": "写成书面协议，或者变更",
    },
}


@pytest.fixture(params=product(DEVICES, WORDS), ids="-".join)
def setting(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A device and a language."""
    return request.param


@pytest.fixture
def cast(setting: tuple[str, str]) -> Cast:
    made = make_cast("mediating")
    open_rooms(case=made.case)
    made.case.profile = "cn-people"
    made.case.save(update_fields=["profile"])
    User.objects.update(language=setting[1])
    make_draft(made, language=setting[1])
    return made


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as started:
        yield started
        connections.close_all()


@pytest.fixture
def come(browser: Browser, live_server, cast: Cast, setting) -> Callable[[User, str], Page]:
    def arrived(user: User, name: str) -> Page:
        device, language = setting
        context = browser.new_context(base_url=live_server.url, **DEVICES[device])
        chosen = {"name": "language", "value": language, "url": live_server.url}
        context.add_cookies([_signed_in(user, live_server.url), chosen])
        page = context.new_page()
        page.goto(path_of(cast, name))
        return page

    return arrived


@pytest.fixture
def look(assert_accessible, assert_fits, picture, setting) -> Callable[[Page, str], None]:
    def seen(page: Page, name: str) -> None:
        picture(page, f"oral-{name}-{'-'.join(setting)}")
        assert_accessible(page)
        assert_fits(page)

    return seen


def test_from_the_draft_to_what_binds(cast: Cast, setting, come, look) -> None:
    words = WORDS[setting[1]]
    mediator = come(cast.mediator, "draft")
    look(mediator, "choose")
    mediator.get_by_role("button", name=words["record"]).click()
    look(mediator, "draft")
    mediator.get_by_role("button", name=words["offer"]).click()
    look(mediator, "mediator-waits")
    assert words["waiting"] in agree(come(cast.party_a, "read"), words, look)
    party = come(cast.party_b, "read")
    shown = agree(party, words, look)
    assert words["done"] in shown
    assert Settlement.objects.get().state == SettlementState.ORAL
    party.get_by_role("link", name=words["written"]).click()
    look(party, "writing")


def agree(page: Page, words: dict[str, str], look) -> str:
    """From the text by way of the private question to the yes; what is read afterwards."""
    assert words["no_court"] in page.inner_text("main")
    look(page, "read")
    page.get_by_role("button", name=words["look"]).click()
    look(page, "freedom")
    page.get_by_label(words["free"]).check()
    page.get_by_role("button", name=words["go_on"]).click()
    look(page, "agree")
    page.get_by_label(words["meant"]).check()
    page.get_by_role("button", name=words["agree"], exact=True).click()
    look(page, "after")
    return page.inner_text("main")
