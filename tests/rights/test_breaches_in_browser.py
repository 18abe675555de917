"""What an officer sees of the register of breaches and of grounds to refuse, and a party of the
consents in their history, in real browsers, on a phone in Chinese and at a desk in English.
"""

import pytest
from playwright.sync_api import expect

from mediation.centers.models import Center
from mediation.rights.enums import Decision, Right
from mediation.rights.models import Breach
from mediation.rights.services import requests as services
from tests.rights.test_rights_in_browser import officer, people

__all__ = ["officer", "people"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = {
    "desk": {
        "register": "The register",
        "new": "Write a breach down",
        "what": "What happened?",
        "day": ("Day", "Month", "Year"),
        "known": "On which day did the centre come to know of it?",
        "time": "At what time?",
        "cases": "Numbers of the cases it concerns",
        "risk": "May harm people",
        "save": "Save",
        "wrong": "Enter numbers of cases only",
        "done": "Written down",
        "more": "Write down more",
        "why": "If it was not told, or late: why?",
        "people_why": "If they were not told: why?",
        "close": "Close it",
        "closed": "Closed. It is kept for three years.",
    },
    "phone-320": {
        "register": "登记簿",
        "new": "登记安全事件",
        "what": "发生了什么？",
        "day": ("日", "月", "年"),
        "known": "调解组织于哪一天知悉？",
        "time": "几点？",
        "cases": "涉及的案件编号",
        "risk": "可能对个人造成危害",
        "save": "保存",
        "wrong": "只能填写案件编号",
        "done": "已登记",
        "more": "补充登记",
        "why": "如未告知或延迟告知：原因是什么？",
        "people_why": "如未告知个人：原因是什么？",
        "close": "结案",
        "closed": "已结案，将保存三年。",
    },
}


@pytest.mark.parametrize("device", WORDS)
def test_an_officer_writes_a_breach_down_and_closes_it(left, officer, people, device):
    words = WORDS[device]
    me = people.enter(officer, device)
    people.go(me, "rights:desk")
    people.follow(me, words["register"])
    people.follow(me, words["new"])
    me.get_by_label(words["what"]).fill("A letter went to a wrong mailbox. 一封信寄错了邮箱。")
    known = me.get_by_role("group", name=words["known"])
    for label, value in zip(words["day"], ("2", "1", "2026"), strict=True):
        known.get_by_label(label, exact=True).fill(value)
    me.get_by_label(words["time"], exact=True).fill("09:30")
    me.get_by_label(words["cases"]).fill("Ada Applicant")
    people.choose(me, words["risk"])
    people.press(me, words["save"])
    expect(me.get_by_role("alert")).to_contain_text(words["wrong"])
    me.get_by_label(words["cases"]).fill(left.case.number)
    people.press(me, words["save"])
    expect(me.locator("main")).to_contain_text(words["done"])
    people.go(me, "rights:breaches")
    people.go(me, "rights:breach", Breach.objects.get().pk)
    people.follow(me, words["more"])
    for box in ("why", "people_why"):
        me.get_by_label(words[box]).fill("It was sealed. 内容已加密。")
    people.press(me, words["save"])
    people.press(me, words["close"])
    expect(me.locator("main")).to_contain_text(words["closed"])
    people.go(me, "rights:breach", Breach.objects.get().pk)


@pytest.mark.parametrize(
    ("device", "law", "other"),
    [("desk", "PIPL", "GDPR"), ("phone-320", "个人信息保护法", "GDPR")],
)
def test_a_refusal_quotes_the_law_of_the_place(left, officer, people, device, law, other):
    Center.objects.filter(pk=left.center.pk).update(profile="cn-people")
    center = Center.objects.get(pk=left.center.pk)
    asked = services.ask_center(
        actor=left.party_a, center=center, right=Right.ERASE, words="Please."
    )
    me = people.enter(officer, device)
    people.go(me, "rights:answer", asked.pk)
    expect(me.locator("main")).to_contain_text(law)
    expect(me.locator("main")).not_to_contain_text(other)
    services.answer_request(
        actor=officer,
        request=asked,
        decision=Decision.REFUSED,
        ground="legal_duty",
        words="Not yet.",
    )
    party = people.enter(left.party_a, device)
    people.go(party, "rights:request", asked.pk)
    expect(party.locator("main")).to_contain_text(law)
    expect(party.locator("main")).not_to_contain_text(other)
    people.go(party, "privacy:case", left.case.pk)
    words = "Gave a consent: Video calls" if device == "desk" else "作出同意：视频通话"
    expect(party.locator("main")).to_contain_text(words)
