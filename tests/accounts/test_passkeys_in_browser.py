"""Passkeys in a real Chromium with a pretended device: made, used to sign in, removed."""

import os
import re
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from mediation.accounts.models import Passkey, User
from tests.authenticators import VirtualDevice
from tests.browsers import DEVICES, chromium
from tests.evidence.test_upload_in_browser import _is_policy, _signed_in
from tests.factories.cast import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST, ADD = "/me/passkeys/", "/me/passkeys/add/"
Look = Callable[[Page, str], None]
VISITS = {"desk": "en", "phone-320": "zh-hans"}


@pytest.fixture
def people(live_server, settings) -> dict[str, User]:
    """Made before the browser starts, beside whose loop the database is left alone."""
    settings.PASSKEY_ORIGINS = [live_server.url]
    cache.clear()
    return {language: person(f"ada-{language}", language) for language in VISITS.values()}


@pytest.fixture
def browser(people, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as started:
        yield started
        connections.close_all()


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What must not be said in any console."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def come(browser, live_server, people, troubles) -> Callable[..., Page]:
    """A page of a device; of somebody signed in, if `user` is given."""

    def enter(device: str, user: User | None = None) -> Page:
        context = browser.new_context(base_url=live_server.url, **DEVICES[device])
        if user:
            context.add_cookies([_signed_in(user, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if _is_policy(line.text) else 0)
        return page

    return enter


@pytest.fixture
def look(assert_accessible, assert_fits, picture) -> Look:
    def seen(page: Page, name: str) -> None:
        picture(page, f"passkeys-{name}-{page.viewport_size['width']}")
        assert_accessible(page)
        assert_fits(page)

    return seen


def submit(page: Page) -> None:
    page.locator("main form:not([action]):not([data-med-passkey]) button[type=submit]").click()


def confirm(page: Page) -> None:
    page.locator("form[action='/me/passkeys/code/'] button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    code = re.search(r"^\s+(\d{6})$", mail.outbox[-1].body, re.MULTILINE)[1]
    page.locator("[name=code]").fill(code)
    submit(page)


def add(page: Page, name: str, look: Look = lambda page, name: None) -> None:
    page.goto(ADD)
    look(page, "code")
    confirm(page)
    expect(page.locator("[data-med-passkey-ask]")).to_be_visible()
    look(page, "add")
    page.locator("[name=name]").fill(name)
    page.locator("[data-med-passkey-ask]").click()
    page.wait_for_url(f"**{LIST}")


@pytest.mark.parametrize("device", VISITS)
def test_make_a_passkey_sign_in_with_it_and_remove_it(
    people, come: Callable[..., Page], look: Look, device: str
) -> None:
    user = people[VISITS[device]]
    page = come(device, user)
    held = VirtualDevice.beside(page)
    page.goto("/me/profile/")
    look(page, "profile")
    page.goto(LIST)
    look(page, "none")
    add(page, "Mein Telefon", look)
    look(page, "one")
    (kept,) = held.credentials
    assert kept["isResidentCredential"]

    page.context.clear_cookies()
    page.goto(f"/sign-in/?next={LIST}")
    expect(page.locator("[data-med-passkey-ask]")).to_be_visible()
    look(page, "sign-in")
    page.locator("[data-med-passkey-ask]").click()
    page.wait_for_url(f"**{LIST}")
    expect(page.get_by_text("Mein Telefon", exact=True)).to_be_visible()
    assert Passkey.objects.get().sign_count == held.credentials[0]["signCount"]

    page.locator("a[href$='/remove/']").click()
    confirm(page)
    look(page, "remove")
    submit(page)
    expect(page.locator(".govuk-inset-text")).to_be_visible()
    page.locator("main").wait_for()
    assert not Passkey.objects.exists()
    passkey_subjects = [letter for letter in mail.outbox if letter.to == [user.email]]
    assert len(passkey_subjects) == 4  # a code each, and what was done each


def test_somebody_who_cannot_unlock_it_does_not_come_in(people, come, look: Look) -> None:
    page = come("desk", people["en"])
    held = VirtualDevice.beside(page)
    add(page, "Phone")
    page.context.clear_cookies()
    page.goto("/sign-in/")
    held.verifies(is_owner=False)
    page.locator("[data-med-passkey-ask]").click()
    expect(page.locator("[data-med-passkey-status]")).to_contain_text("did not work")
    look(page, "sign-in-failed")
    assert not [cookie for cookie in page.context.cookies() if _is_signed_in(page, cookie)]
    held.verifies(is_owner=True)
    page.locator("[data-med-passkey-ask]").click()  # it can be tried again
    page.wait_for_url("**/cases/")


def _is_signed_in(page: Page, cookie: dict[str, str]) -> bool:
    return page.request.get(LIST, max_redirects=0).status == 200


def test_a_copied_key_is_found_out(people, come) -> None:
    """Whoever copied the key is behind with counting as soon as its owner has used it."""
    page = come("desk", people["en"])
    held = VirtualDevice.beside(page)
    add(page, "Phone")
    stolen = dict(held.credentials[0])
    for _time in range(2):
        page.context.clear_cookies()
        page.goto("/sign-in/")
        page.locator("[data-med-passkey-ask]").click()
        page.wait_for_url("**/cases/")
    thief = come("desk")
    VirtualDevice.beside(thief).keep(stolen)
    thief.goto("/sign-in/")
    thief.locator("[data-med-passkey-ask]").click()
    expect(thief.get_by_role("alert")).to_contain_text("not accepted")
    assert thief.request.get(LIST, max_redirects=0).status == 302


def test_one_device_makes_one_passkey(people, come) -> None:
    page = come("desk", people["en"])
    VirtualDevice.beside(page)
    add(page, "Phone")
    page.goto(ADD)
    page.locator("[name=name]").fill("Phone again")
    page.locator("[data-med-passkey-ask]").click()
    expect(page.locator("[data-med-passkey-status]")).to_contain_text("did not work")
    assert Passkey.objects.count() == 1


def test_without_passkeys_the_pages_keep_to_codes(people, come, look: Look) -> None:
    page = come("desk", people["en"])
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto(ADD)
    confirm(page)
    expect(page.locator("[data-med-passkey-unable]")).to_be_visible()
    expect(page.locator("[data-med-passkey-ask]")).to_be_hidden()
    look(page, "add-unable")
    page.context.clear_cookies()
    page.goto("/sign-in/")
    expect(page.locator("[data-med-passkey-ask]")).to_be_hidden()
