"""The main job through the pages alone: party A on a phone in Chinese, party B at a desk in
English, the mediator; from the first question to the certificate of destruction.
"""

import re
import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsers import Visitors
from tests.house import House
from tests.journeys.steps import (
    Person,
    PostOffice,
    accept_mediator,
    add_document,
    answer_invitation,
    apply_for_mediation,
    approve,
    ask_for_destruction,
    certificate,
    check_file,
    claim,
    consent,
    download,
    draft_settlement,
    enter_room,
    hears,
    join_call,
    release_to_court,
    say,
    sign,
    wait_for_seal,
    wait_for_video,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def look(assert_accessible, assert_fits) -> Callable[[Page], None]:
    """Every page somebody comes to is accessible and fits the screen; each kind is tried once."""
    seen: set[tuple[str, int]] = set()

    def check(page: Page) -> None:
        kind = (page.title(), page.viewport_size["width"])
        if kind not in seen:
            seen.add(kind)
            assert_accessible(page)
            assert_fits(page)

    return check


@pytest.fixture
def visitor(browser_with_sound: Browser, server: House) -> Iterator[Visitors]:
    """They also see each other."""
    visitors = Visitors(browser_with_sound, server)
    yield visitors
    visitors.leave()


@pytest.fixture
def people(visitor: Visitors, look) -> dict[str, Person]:
    run = secrets.token_hex(4)
    post = PostOffice(visitor("desk"))
    return {
        "a": Person(visitor("phone-320"), f"a-{run}@people.example", post, look),
        "b": Person(visitor("desk"), f"b-{run}@people.example", post, look),
        "mediator": Person(visitor("desk"), "yang@demo.heyi.example", post, look),
        "clerk": Person(visitor("desk"), "clerk@demo.heyi.example", post, look),
        "stranger": Person(visitor("phone-320", locale="en-GB"), "", post, look),
    }


def test_main_journey(people: dict[str, Person], picture) -> None:
    a, b, mediator = people["a"], people["b"], people["mediator"]
    clerk, stranger = people["clerk"], people["stranger"]
    case = intake_to_consent(a, b)
    find_mediator(a, b, mediator, case)
    talk(a, b, mediator, case)
    see_each_other(a, b, mediator, case)
    pdf = settle(a, b, mediator, case)
    package = to_court(a, b, clerk, case)
    proof = destroy(a, b, case)
    check_all(stranger, pdf, package, proof)


def intake_to_consent(a: Person, b: Person) -> str:
    a.sign_in()
    case = apply_for_mediation(a, other_name="Bo Smith", other_email=b.email)
    add_document(a, case, name="note.txt", content="借条照片的说明".encode())
    a.follow("/apply/check/")
    a.press()
    answer_invitation(b, answer="yes")
    for person in (a, b):
        consent(person, case, "mediate", "online", "video", "electronic_signing")
    return case


def find_mediator(a: Person, b: Person, mediator: Person, case: str) -> None:
    a.go(case)
    number = re.search(r"HY-\w+", a.page.locator("h1").inner_text())[0]
    mediator.sign_in()
    claim(mediator, number)
    for person in (a, b):
        accept_mediator(person, case)


def talk(a: Person, b: Person, mediator: Person, case: str) -> None:
    for person in (a, b, mediator):
        enter_room(person, case)
    say(mediator, "Welcome 两位好")
    say(a, "借条是他写的")
    say(b, "I do not deny the loan")
    for person in (a, b, mediator):
        hears(person, "借条是他写的")
        hears(person, "I do not deny the loan")
    enter_room(a, case, caucus=True)
    say(a, "只告诉您：二十四万也行")
    enter_room(mediator, case, caucus=True)
    hears(mediator, "只告诉您：二十四万也行")
    expect(b.page.locator("body")).not_to_contain_text("二十四万")


def see_each_other(a: Person, b: Person, mediator: Person, case: str) -> None:
    for person in (a, b, mediator):
        enter_room(person, case)
        join_call(person)
    for person in (a, b, mediator):
        frames = wait_for_video(person, of=2)
        assert sum(count > 10 for count in frames) >= 2


def settle(a: Person, b: Person, mediator: Person, case: str) -> bytes:
    draft_settlement(mediator, case)
    for person in (a, b):
        approve(person, case)
    sign(a, case, name="粟敏")
    sign(b, case, name="Bo Smith")
    sign(mediator, case, name="杨和 Yang He")
    return wait_for_seal(b, case)


def to_court(a: Person, b: Person, clerk: Person, case: str) -> bytes:
    release_to_court(b, a, case)
    clerk.sign_in()
    clerk.go("/court/")
    return download(clerk, 'main form[action$="/download/"] button')


def destroy(a: Person, b: Person, case: str) -> bytes:
    for person in (a, b):
        ask_for_destruction(person, case)
    proof = certificate(a, case)
    for person in (a, b):
        person.go(case)
        expect(person.page.locator("main")).not_to_contain_text("借条是他写的")
        response = person.page.goto(f"{case}room/")
        assert "借条是他写的" not in response.text()
    return proof


def check_all(stranger: Person, pdf: bytes, package: bytes, proof: bytes) -> None:
    for name, content in (("a.pdf", pdf), ("b.zip", package), ("c.json", proof)):
        assert "This file is genuine" in check_file(stranger, name, content), name
        middle = len(content) // 2
        changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        assert "This file is not genuine" in check_file(stranger, name, changed), name
