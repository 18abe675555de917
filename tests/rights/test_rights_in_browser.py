"""What a person, those who answer at a centre, and an outsider see of the rights pages, the holds
and the proofs, in real browsers; axe finds nothing and nothing must be scrolled sideways.

What the clock and the worker would do runs in a thread of its own: beside Playwright's loop nothing
may be announced.
"""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.models import Case
from mediation.centers import services as centers
from mediation.centers.enums import CenterRole
from mediation.holds.models import Hold
from mediation.holds.services import apart, news
from mediation.privacy.services.retention import sweep_retention
from mediation.rights.enums import Decision, Right
from mediation.rights.models import RightsRequest
from mediation.rights.services import requests as services
from mediation.rooms.models import Room
from tests.browsers import Visitors, chromium
from tests.evidence.test_upload_in_browser import _signed_in
from tests.factories.cast import person
from tests.promises.story import do_queued_jobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = {"phone-320": "zh-hans", "desk": "en"}
WORDS = "请告诉我：谁看过我写给调解员的话？"
ANSWER = "只有您和调解员看过。"
# What only side B, only the mediator, or only side B and the mediator may read.
OF_OTHERS = ["caucus-B-talk-canary", "note-canary", "caucus-B"]
SIX_DIGITS = re.compile(r"\b\d{6}\b")


class People:
    """Opens a browser for somebody, looks at every page they come to, and does what a person does:
    presses and follows by the words on the page.
    """

    def __init__(self, visitors: Visitors, look: Callable[[Page], None]) -> None:
        self.visitors, self.look = visitors, look

    def enter(self, user: User | None, device: str) -> Page:
        page = self.visitors(device)
        url = self.visitors.server.url
        cookies = [{"name": "language", "value": LANGUAGES[device], "url": url}]
        if user is not None:
            cookies.append(_signed_in(user, url))
        page.context.add_cookies(cookies)
        return page

    def go(self, page: Page, name: str, *args: object, status: int = 200) -> None:
        answer = page.goto(reverse(name, args=args))
        assert answer is not None
        assert answer.status == status, page.url
        self.look(page)

    def follow(self, page: Page, words: str | re.Pattern[str]) -> None:
        with page.expect_navigation():
            page.locator("main a", has_text=words).first.click()
        self.look(page)

    def press(self, page: Page, words: str) -> None:
        """By keyboard alone, as somebody without a mouse does."""
        button = page.get_by_role("button", name=words, exact=True)
        button.focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        self.look(page)

    def choose(self, page: Page, words: str) -> None:
        page.get_by_role("radio", name=words, exact=True).focus()
        page.keyboard.press("Space")


@pytest.fixture
def officer(left) -> User:
    found = person("otto")
    centers.add_member(center=left.center, user=found, role=CenterRole.PRIVACY_OFFICER)
    return found


@pytest.fixture
def people(
    left, live_server, monkeypatch, assert_accessible, assert_fits, picture
) -> Iterator[People]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    seen: set[str] = set()

    def look(page: Page) -> None:
        """At every page, and once more when it says that something is done or is wrong."""
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "x", page.url.split("/", 3)[3]).strip("/")
        name = f"rights-{path.replace('/', '-')}-{page.viewport_size['width']}"
        name += "-said" * page.locator("main [role=alert], main .heyi-notification").count()
        assert_fits(page)
        state = f"{name} {page.locator('h1').first.inner_text()}"
        if state not in seen:
            seen.add(state)
            assert_accessible(page)
            picture(page, name)

    with chromium() as browser:
        visitors = Visitors(browser, live_server)
        yield People(visitors, look)
        visitors.leave()
        connections.close_all()


def aside(act: Callable[[], object]) -> object:
    """Do something in a thread without a browser's loop."""

    def run() -> object:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def pass_days(case: Case, days: int) -> None:
    """What the clock does in that time, seen from its end: the case ended earlier."""
    Case.objects.filter(pk=case.pk).update(closed_at=case.closed_at - timedelta(days=days))
    sweep_retention()
    apart.follow_all()


def the_copy(page: Page, words: str) -> dict[str, bytes]:
    """The files of the ZIP that comes when the button is pressed."""
    page.get_by_role("button", name=words).focus()
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    with zipfile.ZipFile(io.BytesIO(coming.value.path().read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- The party ------------------------------------------------------------------------------


def test_a_party_on_a_phone_sees_takes_corrects_restricts_asks_and_leaves(left, officer, people):
    me, case = people.enter(left.party_a, "phone-320"), left.case
    takes_a_copy(people, me, case)
    corrects_the_name(people, me, case)
    restricts_and_lifts(people, me, case)
    asks_and_reads(people, me, officer)
    deletes_the_account(people, me, left.party_a)


def takes_a_copy(people: People, me: Page, case: Case) -> None:
    people.go(me, "rights:data")
    expect(me.locator("h1")).to_have_text("保存了您的哪些信息")
    files = the_copy(me, "下载全部")
    said, own = json.loads(files["data.json"]), f"cases/{case.number}"
    assert said["schema"] == "heyi-all-data-1"
    assert [line["number"] for line in said["cases"]] == [case.number]
    assert json.loads(files[f"{own}/data.json"])["schema"] == "heyi-personal-data-1"
    assert {"index.html", f"{own}/retention-policy.json", f"{own}/all-consents.json"} <= set(files)
    everything = "\n".join(content.decode(errors="replace") for content in files.values())
    assert "caucus-A-talk-canary" in everything
    assert [word for word in OF_OTHERS if word in everything] == []


def corrects_the_name(people: People, me: Page, case: Case) -> None:
    people.follow(me, re.compile(case.number))
    people.follow(me, "更正我的姓名和地址")
    me.get_by_label("您的姓名").fill("")
    people.press(me, "保存")
    expect(me.get_by_role("alert")).to_contain_text("请填写您的姓名")
    me.get_by_label("您的姓名").fill("艾达")
    people.press(me, "保存")
    people.go(me, "desk:case", case.pk)
    expect(me.locator("main")).to_contain_text("艾达")
    people.go(me, "cases:ledger", case.pk)


def restricts_and_lifts(people: People, me: Page, case: Case) -> None:
    caucus = Room.objects.get(case=case, side__letter="A")
    people.go(me, "privacy:case", case.pk)
    people.follow(me, "只保留、不使用我的私密部分")
    people.choose(me, "我主张权利时需要它")
    people.press(me, "从现在起只保留、不使用")
    expect(me.locator("main")).to_contain_text("按您的要求，您的私密部分只保留、不使用")
    people.go(me, "rooms:room", case.pk, caucus.pk, status=423)
    people.follow(me, "保存了您的哪些信息、在哪些案件中")
    people.follow(me, re.compile(case.number))
    people.follow(me, "恢复打开我的私密部分")
    people.press(me, "恢复可以打开")
    people.go(me, "rooms:room", case.pk, caucus.pk)
    expect(me.locator("[role=log]")).to_contain_text("caucus-A-talk-canary")


def asks_and_reads(people: People, me: Page, officer: User) -> None:
    people.go(me, "rights:data")
    people.follow(me, "向调解组织提出请求")
    people.choose(me, "告诉我你们掌握我的哪些信息、作何用途")
    me.get_by_label("请说明具体内容").fill(WORDS)
    people.press(me, "发送请求")
    made = RightsRequest.objects.get()
    due = f"{made.due_on:%Y}年{made.due_on.month}月{made.due_on.day}日"
    expect(me.locator("main")).to_contain_text(due)
    aside(lambda: _answer(made, officer))
    assert "/me/requests/" in mail.outbox[-1].body
    people.go(me, "rights:data")
    people.follow(me, "告诉我你们掌握我的哪些信息")
    for words in (WORDS, ANSWER, "部分同意", "GDPR"):
        expect(me.locator("main")).to_contain_text(words)


def _answer(request: RightsRequest, officer: User) -> None:
    services.answer_request(
        actor=officer, request=request, decision=Decision.PARTLY, ground="others", words=ANSWER
    )
    do_queued_jobs()


def deletes_the_account(people: People, me: Page, user: User) -> None:
    people.go(me, "rights:data")
    people.follow(me, "注销账户后会怎样")
    people.press(me, "发送验证码")
    code = SIX_DIGITS.search(mail.outbox[-1].body)
    assert code is not None
    wrong = f"{(int(code[0]) + 1) % 1_000_000:06}"
    me.locator("main [name=code]").fill(wrong)
    people.press(me, "注销我的账户")
    expect(me.get_by_role("alert")).to_be_visible()
    me.locator("main [name=code]").fill(code[0])
    people.press(me, "注销我的账户")
    expect(me.locator("main")).to_contain_text("您的账户已注销")
    assert not User.objects.filter(pk=user.pk).exists()


# --- Those who answer -----------------------------------------------------------------------


def test_an_officer_answers_in_time_and_two_people_hold_and_release(left, officer, people):
    asked = {
        right: services.ask_center(actor=left.party_a, center=left.center, right=right, words=WORDS)
        for right in (Right.ACCESS, Right.OBJECT, Right.EXPLAIN)
    }
    for right, days in ((Right.OBJECT, 3), (Right.EXPLAIN, -1)):
        due = timezone.localdate() + timedelta(days=days)
        RightsRequest.objects.filter(pk=asked[right].pk).update(due_on=due)
    desk = people.enter(officer, "desk")
    sees_the_lights(people, desk)
    writes_down_a_letter(people, people.enter(officer, "phone-320"))
    takes_more_time_and_answers(people, desk, asked[Right.ACCESS])

    second, me = people.enter(left.coordinator, "desk"), people.enter(left.party_a, "desk")
    proposes_a_hold(people, desk, left.case)
    confirms_it(people, second)
    aside(lambda: news.tell_people(hold=Hold.objects.get(), what="placed"))
    told = [letter.to[0] for letter in mail.outbox if "kept longer" in letter.subject]
    assert sorted(told) == sorted(one.email for one in (left.party_a, left.party_b, left.mediator))
    is_told_and_cannot_read(people, me, left.case)
    release(people, second, desk)
    aside(lambda: pass_days(Case.objects.get(pk=left.case.pk), 0))
    people.go(me, "privacy:case", left.case.pk)
    expect(me.get_by_role("link", name=re.compile("^Certificate of "))).to_have_count(2)
    expect(me.locator("main")).not_to_contain_text("The centre must keep this")


def sees_the_lights(people: People, desk: Page) -> None:
    people.go(desk, "rights:desk")
    lines = desk.locator("main .govuk-task-list__item").all_inner_texts()
    lights = [line.splitlines()[-1].strip() for line in lines]
    assert lights == ["Overdue", "Soon due", "In time"]


def writes_down_a_letter(people: People, desk: Page) -> None:
    """On a phone, in Chinese: what the daughter of a party who has died asks."""
    people.go(desk, "rights:desk")
    people.follow(desk, "登记一项请求")
    people.press(desk, "登记")
    expect(desk.locator(".govuk-error-summary")).to_contain_text("请选择由谁提出。")
    today = timezone.localdate()
    for name in ("day", "month", "year"):
        desk.fill(f"[name=received_on_{name}]", str(getattr(today, name)))
    people.choose(desk, "逝者的近亲属")
    desk.get_by_label("其姓名、联系方式").fill("女儿，榆树街4号；已出示死亡证明")
    people.choose(desk, "告诉我你们掌握我的哪些信息、作何用途")
    desk.get_by_label("请说明具体内容").fill(WORDS)
    people.press(desk, "登记")
    expect(desk.locator("main")).to_contain_text("本系统不会通知对方")


def takes_more_time_and_answers(people: People, desk: Page, request: RightsRequest) -> None:
    people.follow(desk, "Tell me what you hold about me")
    expect(desk.locator("main")).to_contain_text(f"{request.due_on.day} {request.due_on:%B %Y}")
    people.follow(desk, "Take more time")
    desk.get_by_label("Why do you need more time?").fill("Two archives have to be read.")
    people.press(desk, "Take two more months")
    request.refresh_from_db()
    expect(desk.locator("main")).to_contain_text(f"{request.due_on.day} {request.due_on:%B %Y}")
    assert desk.get_by_text("Take more time").count() == 0
    people.follow(desk, "Answer")
    people.choose(desk, "No")
    desk.get_by_label("Your answer in words").fill("It is somebody else's.")
    people.press(desk, "Send the answer")
    expect(desk.get_by_role("alert")).to_contain_text("Choose the ground on which you refuse.")
    people.choose(desk, "It would tell about somebody else (GDPR 15(4), 20(4))")
    people.press(desk, "Send the answer")
    expect(desk.get_by_role("heading", name="Answered or taken back lately")).to_be_visible()


def proposes_a_hold(people: People, desk: Page, case: Case) -> None:
    people.follow(desk, "All holds")
    people.follow(desk, "Propose a hold")
    people.press(desk, "Propose the hold")
    expect(desk.get_by_role("alert")).to_contain_text("Enter the case number.")
    review = timezone.localdate() + timedelta(days=60)
    desk.get_by_label("Case number").fill(case.number)
    people.choose(desk, "Joint talks and statements")
    people.choose(desk, "An order of a court")
    desk.get_by_label("Who gave the order").fill("District Court, 12/2026")
    for part, value in (("day", review.day), ("month", review.month), ("year", review.year)):
        desk.locator(f"[name=review_on_{part}]").fill(str(value))
    people.press(desk, "Propose the hold")
    expect(desk.locator("main")).to_contain_text("Somebody else at your centre has to confirm it.")
    assert desk.get_by_role("button", name="Confirm the hold").count() == 0


def confirms_it(people: People, second: Page) -> None:
    people.go(second, "desk:list")
    menu = second.get_by_role("navigation", name="Main menu")
    menu.get_by_role("link", name="Holds", exact=True).click()
    expect(second.locator("main")).to_contain_text("Waits for you")
    people.follow(second, re.compile("Joint talks and statements"))
    people.press(second, "Confirm the hold")
    expect(second.locator("main")).to_contain_text("The hold is in force.")


def is_told_and_cannot_read(people: People, me: Page, case: Case) -> None:
    """Until its date the part is used as ever; from then on it is kept and no more."""
    joint = Room.objects.get(case=case, kind="joint")
    people.go(me, "privacy:case", case.pk)
    expect(me.locator("main")).to_contain_text("The centre must keep this, at the latest until")
    people.go(me, "rooms:room", case.pk, joint.pk)
    aside(lambda: pass_days(case, 20))
    people.go(me, "rooms:room", case.pk, joint.pk, status=423)
    people.follow(me, "What is stored about you, and in which cases")
    people.go(me, "rights:delete")
    expect(me.locator("main")).to_contain_text("Something of yours is kept under a legal duty.")
    people.follow(me, "My cases")


def release(people: People, first: Page, second: Page) -> None:
    first.reload()
    people.press(first, "Propose its release")
    assert first.get_by_role("button", name="Confirm the release").count() == 0
    people.go(second, "rights:desk")
    people.follow(second, re.compile("Joint talks and statements"))
    people.press(second, "Keep it")
    people.press(second, "Propose its release")
    first.reload()
    people.press(first, "Confirm the release")
    expect(first.locator("main")).to_contain_text("The hold is released.")


# --- The outsider ---------------------------------------------------------------------------


def test_an_outsider_tells_a_genuine_certificate_from_a_changed_one(left, people, tmp_path):
    aside(lambda: publish(left.case))
    content = own_certificate(people, left)
    changed = re.sub(rb'"executed_at": "20', b'"executed_at": "19', content)
    assert changed != content
    for device in LANGUAGES:
        anybody = people.enter(None, device)
        people.go(anybody, "core:privacy")
        anybody.locator("main summary").first.click()
        people.look(anybody)
        keep_the_means(people, anybody, tmp_path)
        assert given(people, anybody, content) == "genuine"
        assert given(people, anybody, changed) == "not_genuine"
    assert check_alone(tmp_path, content).stdout.splitlines()[-1] == "sound"
    assert check_alone(tmp_path, changed).returncode != 0


def publish(case: Case) -> None:
    pass_days(case, 20)
    audit.seal_pending()
    audit.checkpoint()
    audit.publish_heads()


def own_certificate(people: People, cast: SimpleNamespace) -> bytes:
    """The file as the party gives it to somebody."""
    me = people.enter(cast.party_a, "desk")
    people.go(me, "privacy:case", cast.case.pk)
    nothing = "There is nothing left that you could have destroyed earlier."
    expect(me.locator("main")).to_contain_text(nothing)
    assert me.locator("main a[href$='/correct/'], main a[href$='/restrict/']").count() == 0
    people.follow(me, re.compile("^Certificate of "))
    with me.expect_download() as coming:
        me.get_by_role("link", name="Download the certificate (JSON)").click()
    return coming.value.path().read_bytes()


def keep_the_means(people: People, anybody: Page, folder) -> None:
    """The program and the two public keys, by the links of the log's page."""
    people.go(anybody, "verification:log")
    names = {
        "log_verifier": "heyi_log.py",
        "log_key": "log-key.txt",
        "key": "heyi-key.pem",
    }
    for url, name in names.items():
        link = anybody.locator(f'main a[href="{reverse(f"verification:{url}")}"]')
        answer = anybody.request.get(link.get_attribute("href"))
        (folder / name).write_bytes(answer.body())


def given(people: People, anybody: Page, file: bytes) -> str:
    """What the public page says of a file."""
    people.go(anybody, "verification:check")
    anybody.locator("main input[type=file]").set_input_files(
        {"name": "file.json", "mimeType": "application/json", "buffer": file}
    )
    with anybody.expect_navigation():
        anybody.locator("[data-med-check] button").last.press("Enter")
    people.look(anybody)
    return anybody.locator("[data-med-verdict]").get_attribute("data-med-verdict")


def check_alone(folder, file: bytes) -> "subprocess.CompletedProcess[str]":
    """The saved program with the saved keys, away from the service."""
    (folder / "file.json").write_bytes(file)
    command = [sys.executable, "-I", "heyi_log.py", "file.json", "--key", "log-key.txt"]
    command += ["--service-key", "heyi-key.pem"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
