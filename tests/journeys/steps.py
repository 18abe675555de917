"""What people do on the pages, in words. Elements are found by what they are for (a form's
address, a field's name), so that the same steps work in every language.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

SIGN_IN_CODE = re.compile(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b")
SIX_DIGITS = re.compile(r"\b(\d{6})\b")
LINK = re.compile(r"/invitation/#[0-9a-f]{64}")


@dataclass
class Person:
    """Somebody at a screen. `look` is called on every page they come to."""

    page: Page
    email: str
    post: "PostOffice"
    look: Callable[[Page], None]

    def go(self, path: str) -> None:
        self.page.goto(path)
        self.look(self.page)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f'main [name="{name}"]').fill(value)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'main [name="{name}"][value="{value}"]').check(force=True)

    def press(self, action: str = "") -> None:
        """Submit the form that goes to `action` (its end), or the page's own form; or press the
        button of another form that goes there.
        """
        form = f'main form[action$="{action}"]' if action else "main form:not([action])"
        button = f"{form} button:not([type=button], [formaction], [aria-hidden])"
        other = f', main button[formaction$="{action}"]' if action else ""
        with self.page.expect_navigation():
            self.page.locator(f"{button}{other}").first.click()
        self.look(self.page)

    def follow(self, path_end: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(f'main a[href$="{path_end}"]').first.click()
        self.look(self.page)

    def follow_tab(self, index: int) -> None:
        """Another room I may see; the tabs are in the same order for everybody."""
        with self.page.expect_navigation():
            self.page.locator("[data-med-room] nav a").nth(index).click()
        self.look(self.page)

    def sign_in(self) -> None:
        self.go("/sign-in/")
        self.fill(email=self.email)
        self.press()
        self.fill(code=self.post.newest(self.email, SIGN_IN_CODE))
        self.press()

    @property
    def case_path(self) -> str:
        found = re.search(r"/cases/[0-9a-f-]{36}/", self.page.url)
        assert found, self.page.url
        return found[0]


@dataclass
class PostOffice:
    """Reads the outbox page of the demonstration, as people read their mail."""

    page: Page

    def newest(self, address: str, wanted: re.Pattern[str]) -> str:
        """What `wanted` finds in the newest mail to this address; mails may take a moment."""
        for _try in range(40):
            self.page.goto("/demo/outbox/")
            letters = self.page.locator("article", has_text=address)
            text = letters.first.inner_text() if letters.count() else ""
            if found := wanted.search(text):
                return found[1] if found.groups() else found[0]
            self.page.wait_for_timeout(250)
        raise AssertionError(f"no mail to {address} with {wanted.pattern}")


def apply_for_mediation(person: Person, *, other_name: str, other_email: str) -> str:
    """Intake, page by page; returns the case's path."""
    person.go("/start/")
    person.press()
    person.choose("category", "loan")
    person.press()
    person.fill(summary="2014年3月我借给对方30万元，至今没有还款。")
    person.press()
    person.fill(background="只告诉调解员：我急用钱。")
    person.press()
    person.fill(wishes="拿回本金。")
    person.press()
    person.fill(amount="300000")
    person.press()
    person.fill(name="粟敏", address="合阳街道文昌路18号")
    person.press()
    person.fill(name=other_name, email=other_email)
    person.press()
    person.choose("needs", "more_time")
    person.press()
    return person.case_path


def add_document(person: Person, case: str, *, name: str, content: bytes) -> None:
    person.go(f"{case}documents/")
    person.page.locator('main input[type="file"]').set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": content}
    )
    person.choose("audience", "room")
    person.page.locator("[data-med-upload] button:not([type=button])").first.click()
    expect(person.page.locator("main")).to_contain_text(name)


def answer_invitation(person: Person, *, answer: str) -> None:
    """Open the link from the mail, then say yes (with a code) or no."""
    link = person.post.newest(person.email, LINK)
    person.page.goto(link)
    person.page.wait_for_url("**/invitation/letter/")
    person.look(person.page)
    person.press("/invitation/no/" if answer == "no" else "/invitation/yes/")
    if answer == "no":
        return
    person.press()  # the address is filled in
    person.fill(code=person.post.newest(person.email, SIGN_IN_CODE))
    person.press()
    person.press("/invitation/yes/")


def consent(person: Person, case: str, *purposes: str) -> None:
    person.go(f"{case}consents/")
    for purpose in purposes:
        person.press(f"consents/{purpose}/give/")


def claim(mediator: Person, number: str) -> None:
    mediator.go("/matching/")
    with mediator.page.expect_navigation():
        mediator.page.get_by_role("link", name=number).click()
    mediator.press("/names/")
    mediator.choose("disclosure_kind", "none")
    mediator.page.locator('main [name="is_impartial"]').check(force=True)
    mediator.press("/claim/")


def accept_mediator(person: Person, case: str) -> None:
    person.go(case)
    person.page.locator('main a[href*="/matching/assignments/"]').first.click()
    person.look(person.page)
    with person.page.expect_navigation():
        person.page.locator('main button[value="accept"]').click()


def draft_settlement(mediator: Person, case: str) -> None:
    """One obligation to pay, with the facts around it, offered to both sides."""
    mediator.go(f"{case}settlement/start/")
    mediator.choose("language", "zh-hans")
    mediator.press()
    mediator.fill(
        facts_summary="2014年3月粟敏出借30万元给对方，双方确认借条真实。",
        issues="还款金额和期限",
        settles="2014年3月借款的本金和利息",
    )
    mediator.press()
    mediator.follow("terms/new/")
    mediator.choose("debtor", "B")
    mediator.choose("creditor", "A")
    mediator.choose("kind", "pay")
    mediator.fill(description="乙方向甲方支付24万元。", amount="240000", method="银行转账")
    mediator.page.locator('main [name="currency"]').select_option("CNY")
    mediator.fill(due_on_day="31", due_on_month="12", due_on_year="2027")
    mediator.press()
    mediator.press("/settlement/offer/")


def approve(person: Person, case: str) -> None:
    person.go(f"{case}settlement/")
    person.press("/settlement/approve/")


def confirm_freedom(person: Person) -> None:
    """The question before signing, which leads to the signature."""
    person.look(person.page)
    person.choose("answer", "free")
    person.press()


def sign(person: Person, case: str, *, name: str) -> None:
    """Wait until the document is there, ask for a code, sign."""
    for _try in range(60):
        person.page.goto(f"{case}settlement/sign/")
        if person.page.locator('main [name="answer"][value="free"]').count():
            confirm_freedom(person)
        if person.page.locator('button[formaction$="/sign/code/"]').count():
            break
        person.page.wait_for_timeout(500)
    person.look(person.page)
    person.fill(typed_name=name)  # asking for a code takes nothing away
    person.press("/sign/code/")
    person.fill(code=person.post.newest(person.email, SIX_DIGITS))
    person.press("/sign/")


def enter_room(person: Person, case: str, *, caucus: bool = False) -> None:
    """The joint room, or one's own private talk with the mediator."""
    person.go(f"{case}room/")
    if caucus:
        person.follow_tab(1)
    expect(person.page.locator("[data-med-room]")).to_be_visible()


def say(person: Person, text: str) -> None:
    person.page.locator("[data-med-composer] textarea").fill(text)
    person.page.locator("[data-med-composer] button").first.click()
    hears(person, text)


def hears(person: Person, text: str) -> None:
    expect(person.page.locator("[role=log]")).to_contain_text(text)


def join_call(person: Person) -> None:
    person.page.locator("[data-med-call-open]").click()
    person.page.locator("[data-med-join]").click()


FRAMES = """() => [...document.querySelectorAll("[data-med-tiles] video")]
    .map(video => video.getVideoPlaybackQuality().totalVideoFrames)"""


def wait_for_video(person: Person, *, of: int) -> list[int]:
    """Frames seen of each of `of` other people, once there are more than ten of each."""
    for _try in range(120):
        frames = person.page.evaluate(FRAMES)
        if sum(count > 10 for count in frames) >= of:
            return frames
        person.page.wait_for_timeout(250)
    raise AssertionError(f"{person.email} saw {frames}")


def download(person: Person, press: str) -> bytes:
    """The file that comes when this is pressed."""
    with person.page.expect_download() as coming:
        person.page.locator(press).first.click()
    return coming.value.path().read_bytes()


def release_to_court(first: Person, second: Person, case: str) -> None:
    """One side names the court; each side agrees for itself."""
    first.go(f"{case}court/")
    first.page.locator('main [name="court"]').first.check(force=True)
    first.press()
    for person in (first, second):
        person.go(f"{case}court/")
        person.press("/consent/")


def wait_for_seal(person: Person, case: str) -> bytes:
    """The sealed settlement, as soon as the job has made it."""
    for _try in range(60):
        person.page.goto(f"{case}settlement/")
        if person.page.locator(".heyi-receipt").count():
            person.look(person.page)
            return download(person, 'main a[href$="/document.pdf"]')
        person.page.wait_for_timeout(500)
    raise AssertionError("not sealed")


def ask_for_destruction(person: Person, case: str) -> None:
    person.go(f"{case}privacy/")
    person.follow("/ask/everything/")
    person.press("/ask/everything/")


def certificate(person: Person, case: str) -> bytes:
    for _try in range(60):
        person.page.goto(f"{case}privacy/")
        if person.page.locator('main a[href*="/destruction/certificates/"]').count():
            break
        person.page.wait_for_timeout(500)
    person.look(person.page)
    person.page.locator('main a[href*="/destruction/certificates/"]').first.click()
    person.look(person.page)
    return download(person, 'main a[href$="/file/"]')


def check_file(stranger: Person, name: str, content: bytes) -> str:
    """What the public page says about a file; anybody may ask."""
    stranger.go("/verify/")
    stranger.page.locator('main input[type="file"]').set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    with stranger.page.expect_navigation():
        stranger.page.locator("main form button:not([type=button])").first.click()
    stranger.look(stranger.page)
    return stranger.page.locator("main").inner_text()
