"""The pages around signing, comments and drafts, on a phone and at a desk: axe finds nothing and
nothing must be scrolled sideways.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page

from mediation.accounts.models import User
from mediation.rooms.services import open_rooms
from mediation.settlements.document.terms import Guarantor
from mediation.settlements.models import Settlement
from mediation.settlements.services import drafting, offering, signing
from tests.browsers import chromium
from tests.evidence.test_upload_in_browser import _signed_in
from tests.factories.cast import Cast, make_cast
from tests.factories.settlements import approve, make_draft, make_settlement
from tests.settlements.test_comments import write
from tests.settlements.test_services_signing import fresh
from tests.settlements.test_views import page as path_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DEVICES = {
    "phone": {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True},
    "desk": {"viewport": {"width": 1280, "height": 900}},
}
Look = Callable[[Page, str], None]


@pytest.fixture
def look(
    assert_accessible: Callable[[Page], None],
    assert_fits: Callable[[Page], None],
    picture: Callable[[Page, str], None],
) -> Look:
    def seen(page: Page, name: str) -> None:
        width = page.viewport_size["width"]
        picture(page, f"settlement-{name}-{width}")
        assert_accessible(page)
        assert_fits(page)

    return seen


@pytest.fixture
def cast() -> Cast:
    made = make_cast("mediating")
    open_rooms(case=made.case)
    return made


# What is there before the browser starts, beside whose loop nothing may be announced.


@pytest.fixture
def to_sign(cast: Cast) -> Settlement:
    draft = make_draft(cast)
    draft = drafting.save_draft(
        actor=cast.mediator,
        settlement=draft,
        edition=draft.edition,
        changes={"cooling_off_days": 2},
    )
    offering.freeze_version(actor=cast.mediator, settlement=draft, edition=draft.edition)
    for user in (cast.party_a, cast.party_b):
        approve(user, fresh(draft))
    signing.prepare_document(settlement=fresh(draft))
    return draft


@pytest.fixture
def offered(cast: Cast) -> Settlement:
    settlement = make_settlement(cast, stage="offered")
    write(cast.party_b, settlement, "Could it be in two parts?", is_private=False)
    return settlement


@pytest.fixture
def drafted(cast: Cast) -> Settlement:
    guarantor = Guarantor(
        id="g1", name="Uncle Olaf", obligations=("o1",), document="Guarantee of 3 November 2026"
    )
    draft = make_draft(cast)
    return drafting.save_guarantor(
        actor=cast.mediator, settlement=draft, edition=draft.edition, guarantor=guarantor
    )


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as started:
        yield started
        connections.close_all()


def come(browser: Browser, address: str, user: User, device: str) -> Page:
    context = browser.new_context(base_url=address, **DEVICES[device])
    context.add_cookies([_signed_in(user, address)])
    return context.new_page()


def answer(page: Page, choice: str) -> None:
    page.locator(f'[name="answer"][value="{choice}"]').check(force=True)
    page.locator("main form:not([action]) button").click()


@pytest.mark.parametrize("device", DEVICES)
def test_the_question_before_signing(
    to_sign: Settlement, browser: Browser, cast: Cast, live_server, look: Look, device: str
) -> None:
    page = come(browser, live_server.url, cast.party_a, device)
    page.goto(path_of(cast, "sign"))
    look(page, "freedom")
    answer(page, "unsure")
    look(page, "unsure")
    page.goto(path_of(cast, "freedom"))
    answer(page, "free")
    page.wait_for_url(f"**{path_of(cast, 'sign')}")
    look(page, "sign-time-to-think")
    page.goto(path_of(cast, "read"))
    look(page, "read-time-to-think")
    mediator = come(browser, live_server.url, cast.mediator, device)
    mediator.goto(path_of(cast, "read"))
    look(mediator, "read-mediator")
    assert mediator.get_by_text("Not yet confirmed").count() == 1


@pytest.mark.parametrize("device", DEVICES)
def test_commenting_on_a_term(
    offered: Settlement, browser: Browser, cast: Cast, live_server, look: Look, device: str
) -> None:
    page = come(browser, live_server.url, cast.party_a, device)
    page.goto(path_of(cast, "comment", clause="o1"))
    page.locator('[name="body"]').fill("Not before my lawyer has read it.")
    page.locator('[name="audience"][value="private"]').check(force=True)
    look(page, "comment")
    page.locator("main form:not([action]) button").click()
    page.get_by_text("Not before my lawyer has read it.").wait_for()
    look(page, "read-comments")


@pytest.mark.parametrize("device", DEVICES)
def test_two_drafts_side_by_side_and_a_guarantor(
    drafted: Settlement, browser: Browser, cast: Cast, live_server, look: Look, device: str
) -> None:
    page = come(browser, live_server.url, cast.mediator, device)
    page.goto(path_of(cast, "draft"))
    other = come(browser, live_server.url, cast.mediator, device)
    other.goto(path_of(cast, "draft"))
    for window, words in ((other, "Each side bears half."), (page, "Bo bears the costs.")):
        window.locator('[name="costs_clause"]').fill(words)
        window.locator("main form:not([action]) button").click()
        window.wait_for_load_state()
    look(page, "draft-beside")
    assert page.locator('[name="costs_clause"]').input_value() == "Bo bears the costs."
    page.goto(path_of(cast, "edit_guarantor", guarantor_id="g1"))
    look(page, "guarantor")
