"""The pages after signing, on a phone in Chinese and at a desk in English: the scan of a paper, and
the change of a settlement.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Browser, Page

from mediation.accounts.models import User
from mediation.settlements.models import Settlement
from mediation.settlements.services import amending
from tests.browsers import chromium
from tests.evidence import samples
from tests.evidence.test_upload_in_browser import _signed_in, choose
from tests.factories.cast import Cast, make_cast
from tests.factories.settlements import (
    conclude_change,
    make_paper,
    make_settlement,
    open_change,
)
from tests.settlements.test_pages_in_browser import DEVICES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = {"phone": "zh-hans", "desk": "en"}


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def cast(device: str) -> Cast:
    made = make_cast("mediating")
    User.objects.update(language=LANGUAGES[device])
    for user in (made.party_a, made.party_b, made.mediator):
        user.refresh_from_db()
    return made


@pytest.fixture
def paper(cast: Cast) -> Settlement:
    return make_paper(cast)


@pytest.fixture
def asked(cast: Cast) -> Settlement:
    settlement = make_settlement(cast)
    amending.propose_amendment(actor=cast.party_a, settlement=settlement, wish="Another day.")
    return settlement


@pytest.fixture
def replaced(cast: Cast) -> Settlement:
    settlement = make_settlement(cast)
    open_change(cast, settlement)
    conclude_change(cast)
    return settlement


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as started:
        yield started
        connections.close_all()


@pytest.fixture
def come(browser: Browser, live_server, device: str) -> Callable[[User], Page]:
    def arrived(user: User) -> Page:
        context = browser.new_context(base_url=live_server.url, **DEVICES[device])
        language = {"name": "language", "value": LANGUAGES[device], "url": live_server.url}
        context.add_cookies([_signed_in(user, live_server.url), language])
        return context.new_page()

    return arrived


@pytest.fixture
def look(assert_accessible, assert_fits, picture, device: str) -> Callable[[Page, str], None]:
    def seen(page: Page, name: str) -> None:
        picture(page, f"after-signing-{name}-{device}")
        assert_accessible(page)
        assert_fits(page)

    return seen


def at(settlement: Settlement, name: str) -> str:
    return reverse(f"settlements:{name}", args=[settlement.case_id])


def test_a_scan_is_sent_and_both_sides_answer(paper, come, look, cast) -> None:
    mediator = come(cast.mediator)
    mediator.goto(at(paper, "scan"))
    look(mediator, "scan-form")
    choose(mediator, "photo.jpg", samples.jpeg())
    mediator.locator("main form:not([action]) button").click()
    mediator.locator(".heyi-fingerprint").wait_for()
    party = come(cast.party_a)
    party.goto(at(paper, "read"))
    party.locator(f'a[href="{at(paper, "scan")}"]').click()
    look(party, "scan-question")
    party.locator('[name="says"][value="unreadable"]').check(force=True)
    party.locator('main form[action$="/answer/"] button').click()
    party.locator('[name="says"]').first.wait_for(state="attached")
    look(party, "scan-answered")
    mediator.goto(at(paper, "scan"))
    look(mediator, "scan-doubted")


def test_a_change_is_asked_for_and_answered(asked, come, look, cast) -> None:
    party = come(cast.party_b)
    party.goto(at(asked, "read"))
    look(party, "read-asked")
    party.goto(at(asked, "change"))
    look(party, "change-asked")
    party.locator(f'form[action="{at(asked, "decline_change")}"] button').click()
    party.wait_for_url(f"**{at(asked, 'read')}")
    party.goto(at(asked, "change"))
    look(party, "change-form")


def test_a_replaced_settlement(replaced, come, look, cast) -> None:
    party = come(cast.party_a)
    party.goto(at(replaced, "read"))
    look(party, "read-replaced")
    party.goto(reverse("obligations:tracker", args=[replaced.case_id]))
    look(party, "tracker-replaced")
    party.goto(reverse("verification:check_number", args=[replaced.document.verification_number]))
    look(party, "number-replaced")
    party.goto(reverse("courts:release", args=[replaced.case_id]))
    look(party, "court-replaced")
