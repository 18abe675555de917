"""Signing in a real Chromium: confirmed by a passkey, and drawn, on a phone and at a desk."""

import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Browser, Page, expect
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.accounts.models import ConfirmationCode, User
from mediation.accounts.services import update_profile
from mediation.settlements.models import Settlement, Signature
from mediation.settlements.services.revisions import content_of
from mediation.settlements.services.signing import CODE_PURPOSE
from tests.authenticators import VirtualDevice
from tests.browsers import DEVICES, chromium
from tests.evidence.test_upload_in_browser import _is_policy, _signed_in
from tests.factories.cast import Cast, make_cast
from tests.factories.passkeys import Device, give_passkey
from tests.factories.settlements import make_settlement
from tests.settlements.test_views import page as path_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Look = Callable[[Page, str], None]
SIGNERS = {"desk": ("party_a", "Ada Applicant"), "phone-320": ("party_b", "Bo Respondent")}


@pytest.fixture
def cast(live_server, settings) -> Cast:
    settings.PASSKEY_ORIGINS = [live_server.url]
    cache.clear()
    made = make_cast("mediating")
    bo = made.party_b
    update_profile(actor=bo, display_name=bo.display_name, language="zh-hans", time_zone="")
    return made


@pytest.fixture
def settlement(cast: Cast) -> Settlement:
    return make_settlement(cast, stage="signing")


@pytest.fixture
def held(cast: Cast, settlement: Settlement, live_server) -> dict[str, Device]:
    """Each party's passkey, made before the browser starts."""
    made = {}
    for who, _name in SIGNERS.values():
        made[who] = Device(credential_id=who.encode(), origin=live_server.url)
        give_passkey(getattr(cast, who), made[who])
    return made


@pytest.fixture
def browser(held, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with chromium() as started:
        yield started
        connections.close_all()


@pytest.fixture
def come(browser, live_server, cast, held) -> Iterator[Callable[[str, str], Page]]:
    """A page of one signer, whose device has the passkey."""
    troubles: list[str] = []

    def enter(device: str, who: str) -> Page:
        context = browser.new_context(base_url=live_server.url, **DEVICES[device])
        context.add_cookies([_signed_in(getattr(cast, who), live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if _is_policy(line.text) else 0)
        VirtualDevice.beside(page).keep(_as_kept(held[who], getattr(cast, who)))
        return page

    yield enter
    assert troubles == []


def _as_kept(device: Device, user: User) -> dict[str, object]:
    key = device.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "credentialId": b64encode(device.credential_id).decode(),
        "privateKey": b64encode(key).decode(),
        "userHandle": b64encode(user.pk.bytes).decode(),
        "rpId": "localhost",
        "isResidentCredential": True,
        "signCount": device.count + 1,
    }


@pytest.fixture
def look(assert_accessible, assert_fits, picture) -> Look:
    def seen(page: Page, name: str) -> None:
        picture(page, f"signing-{name}-{page.viewport_size['width']}")
        assert_accessible(page)
        assert_fits(page)

    return seen


@pytest.mark.parametrize("device", SIGNERS)
def test_confirm_with_a_passkey_and_sign(come, cast: Cast, look: Look, device: str) -> None:
    who, name = SIGNERS[device]
    page = come(device, who)
    page.goto(path_of(cast, "sign"))
    button = page.locator("[data-med-passkey-ask]")
    expect(button).to_be_visible()
    assert standing_out(page) == [button.inner_text()]
    look(page, "passkey")
    button.click()  # without a name: told at once, the device is not asked
    expect(page.locator("[name=typed_name]")).to_be_focused()
    page.locator("[name=typed_name]").fill(name)
    button.click()
    page.wait_for_url(f"**{path_of(cast, 'read')}")
    assert Signature.objects.get().participant.user == getattr(cast, who)


@pytest.mark.parametrize("device", SIGNERS)
def test_draw_a_signature_and_sign(come, cast: Cast, look: Look, device: str) -> None:
    who, name = SIGNERS[device]
    page = come(device, who)
    page.goto(path_of(cast, "sign"))
    page.locator("[data-med-drawing] summary").click()
    page.locator("[name=typed_name]").fill(name)
    draw(page)
    field, status = page.locator("[name=drawing]"), page.locator("[data-med-drawing-status]")
    expect(status).not_to_be_empty()
    assert field.input_value().startswith("[[")
    page.locator("[data-med-drawing-clear]").click()
    assert field.input_value() == ""
    draw(page)
    page.locator("[name=code]").fill("1")
    page.locator("[data-med-passkey-other] button").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    kept = field.input_value()
    assert kept.startswith("[[")  # a mistyped code takes nothing away
    expect(page.locator("canvas")).to_be_visible()
    look(page, "drawn")
    page.locator("[data-med-passkey-ask]").click()
    page.wait_for_url(f"**{path_of(cast, 'read')}")
    signature = Signature.objects.get()
    assert b"q 1 J 1 j 1.1 w" in look_of(signature)


def standing_out(page: Page) -> list[str]:
    """What the primary buttons that people can see say: there is one."""
    primary = page.locator("main .govuk-button:not(.govuk-button--secondary)")
    return [one.inner_text() for one in primary.all() if one.is_visible()]


@pytest.mark.parametrize("device", SIGNERS)
def test_asking_for_a_code_takes_nothing_away(come, cast: Cast, look: Look, device: str) -> None:
    who, name = SIGNERS[device]
    page = come(device, who)
    page.goto(path_of(cast, "sign"))
    page.locator("[data-med-drawing] summary").click()
    draw(page)
    drawn = page.locator("[name=drawing]").input_value()
    page.locator("[name=typed_name]").fill(name)
    page.locator("button[formaction]").click()
    page.wait_for_url(f"**{path_of(cast, 'send_code')}")
    assert page.locator("[name=typed_name]").input_value() == name
    assert page.locator("[name=drawing]").input_value() == drawn
    look(page, "code-sent")
    page.locator("[name=code]").fill("000000")
    page.locator("[name=code]").press("Enter")  # signs, and asks for no other code
    page.wait_for_url(f"**{path_of(cast, 'sign')}")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    assert ConfirmationCode.objects.filter(purpose=CODE_PURPOSE).count() == 1


def draw(page: Page) -> None:
    """A wave over most of the field."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()
    page.mouse.move(place["x"] + 20, place["y"] + 60)
    page.mouse.down()
    for n in range(1, 30):
        up = 30 * (-1) ** (n // 4)
        page.mouse.move(place["x"] + 20 + n * (place["width"] - 40) / 30, place["y"] + 80 + up)
    page.mouse.up()


def look_of(signature: Signature) -> bytes:
    """The operators that draw this signature in the document."""
    pdf = PdfFileReader(BytesIO(content_of(signature.revision)))
    newest = pdf.embedded_signatures[-1]
    return bytes(newest.sig_field["/AP"]["/N"].data)


def test_somebody_signed_meanwhile(come, cast: Cast) -> None:
    """The page showed other bytes: the device is not even asked."""
    first, second = come("desk", "party_a"), come("phone-320", "party_b")
    for page in (first, second):
        page.goto(path_of(cast, "sign"))
    first.locator("[name=typed_name]").fill("Ada Applicant")
    first.locator("[data-med-passkey-ask]").click()
    first.wait_for_url(f"**{path_of(cast, 'read')}")
    second.locator("[name=typed_name]").fill("Bo Respondent")
    second.locator("[data-med-passkey-ask]").click()
    expect(second.locator("[data-med-passkey-status]")).not_to_be_empty()
    assert Signature.objects.count() == 1


def test_without_a_passkey_in_the_browser_the_mailed_code_is_there(come, cast, look: Look) -> None:
    page = come("desk", "party_a")
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto(path_of(cast, "sign"))
    expect(page.locator("[data-med-passkey-ask]")).to_be_hidden()
    expect(page.locator("[name=code]")).to_be_visible()
    assert standing_out(page) == ["Sign now"]
    look(page, "passkey-unable")
