"""The checker in a real Chromium, from a disk and without a network, beside the check in Python."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.document import render
from mediation.settlements.document.check import MAX_INFLATED
from mediation.settlements.document.keys import FileKeys
from mediation.settlements.document.pki import open_authority
from mediation.settlements.document.printed import MAX_GLYPHS
from mediation.settlements.document.signing import renew
from mediation.settlements.document.terms import (
    Authority,
    Language,
    Party,
    PartyKind,
    PartyRole,
    Representative,
    signing_slots,
)
from mediation.verification.checker.page import checker_page
from mediation.verification.services import Anchors, verify
from tests.browsers import DEVICES, assert_accessible, assert_fits, browser, picture, playwright
from tests.settlements.document_attacks import (
    add_signature_field,
    add_text_field,
    appended,
    change_page,
    swap_attachment,
    with_a_signature_spoilt,
)
from tests.settlements.document_samples import (
    FACE,
    PASSPHRASE,
    SAMPLES,
    authority,
    cover,
    english_terms,
    issued,
    sealed,
    sealed_as_drawn,
    sealed_over,
    signed,
    signed_by_all,
    time_source,
)
from tests.settlements.document_variants import with_guarantor_and_time, with_names_from_the_right

__all__ = ["assert_accessible", "assert_fits", "browser", "picture", "playwright"]
pytestmark = pytest.mark.browser
VERDICT = "[data-med-report][data-med-verdict]"


def three_parties():
    terms = english_terms()
    third = Party(
        id="C",
        role=PartyRole.RESPONDENT,
        name="Zoë Quay & Sons <Ltd>",
        kind=PartyKind.ORGANISATION,
        representative=Representative(
            name="Zoë Quay", authority=Authority.SPECIAL, document="Power of attorney, 1 June 2026"
        ),
    )
    return replace(terms, parties=(*terms.parties, third))


def last_gap(pdf):
    newest = PdfFileReader(BytesIO(pdf)).embedded_signatures[-1]
    return [int(n) for n in newest.sig_object["/ByteRange"]][1:3]


def flipped(pdf, position):
    changed = bytearray(pdf)
    changed[position] ^= 1 << (position % 8)
    return bytes(changed)


def other_digit(pdf, position):
    changed = bytearray(pdf)
    changed[position] = ord("1") if changed[position] != ord("1") else ord("2")
    return bytes(changed)


def until_signed(pdf, field):
    """The revision that somebody's signature in `field` ended."""
    signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
    place = next(one.sig_object["/ByteRange"] for one in signatures if one.field_name == field)
    return pdf[: int(place[2]) + int(place[3])]


def genuine_ones():
    english = sealed(Language.ENGLISH)
    earlier = english_terms(schema="heyi-settlement-1")
    three = three_parties()
    right = {
        f"from_the_right_{language}": with_names_from_the_right(SAMPLES[language])
        for language in Language
    }
    guarded = with_guarantor_and_time(english_terms)
    return {
        **{name: sealed_over(signed_by_all(terms), terms) for name, terms in right.items()},
        "guarantor": sealed_over(signed_by_all(guarded), guarded),
        "english": english,
        "chinese": sealed(Language.CHINESE),
        "three_parties": sealed_over(signed_by_all(three), three),
        "earlier_schema": sealed_over(signed_by_all(earlier), earlier),
        "drawn": sealed_as_drawn(Language.ENGLISH),
        "drawn_chinese": sealed_as_drawn(Language.CHINESE),
        "renewed": renew(english, authority=authority(), time=time_source()),
    }


def incomplete_ones():
    terms = english_terms()
    pdf = sealed(Language.ENGLISH)
    return {
        "unsigned": render.render(terms, cover=cover(terms), face=FACE),
        "not_sealed": until_signed(pdf, "mediator-1"),
        "not_archived": until_signed(pdf, "seal"),
        "half": pdf[: len(pdf) // 2],
        "without_last_byte": pdf[:-1],
        "a_byte_more": pdf + b"\n",
        "something_before": b"\n" + pdf,
        "empty_pdf": b"%PDF-1.7\n%%EOF\n",
    }


def changed_ones():
    pdf = sealed(Language.ENGLISH)
    terms = english_terms()
    first, *others = signing_slots(terms)
    found = {
        f"after_{attack.__name__}": appended(pdf, attack)
        for attack in (change_page, swap_attachment, add_text_field, add_signature_field)
    }
    between = appended(until_signed(pdf, "sign-1"), swap_attachment)
    for slot in others:
        between = signed(between, terms, slot)
    found["between_swap_attachment"] = sealed_over(between, terms)
    somebody = signed(issued(terms), terms, replace(first, signer="Hannes Keller"))
    for slot in others:
        somebody = signed(somebody, terms, slot)
    found["somebody_else"] = sealed_over(somebody, terms)
    return found


def forged_ones():
    """Sealed by the installation itself, but with files that say another thing than the page."""
    terms = english_terms()
    files = render.attachments(terms)
    other = replace(terms, governing_law="French law")
    right = with_names_from_the_right(english_terms)
    guarded = with_guarantor_and_time(english_terms)
    turned = replace(right, facts_summary=right.facts_summary.replace("محمد, لوی", "لوی, محمد"))
    endless = english_terms(facts_summary="Ab " * (MAX_GLYPHS // 2))
    lesser = replace(guarded, guarantors=(replace(guarded.guarantors[0], address="Elsewhere"),))
    wrong = {
        "text_of_other_terms": (terms, render.attachments(other)),
        "no_xml": (terms, {"settlement.json": files["settlement.json"]}),
        "xml_small_only_in_the_file": (
            terms,
            {**files, "settlement.xml": b" " * (MAX_INFLATED + 1)},
        ),
        "more_text_than_is_read": (endless, render.attachments(endless)),
        "names_from_the_right_moved": (right, render.attachments(turned)),
        "another_guarantor": (guarded, render.attachments(lesser)),
        "no_time_to_think": (
            guarded,
            render.attachments(replace(guarded, cooling_off_days=guarded.cooling_off_days + 1)),
        ),
        "another_agreement_replaced": (
            guarded,
            render.attachments(
                replace(guarded, supersedes=replace(guarded.supersedes, sha256="0" * 64))
            ),
        ),
    }
    found = {}
    for name, (terms, attached) in wrong.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(render, "attachments", lambda _terms, attached=attached: attached)
            pdf = issued(terms)
        for slot in signing_slots(terms):
            pdf = signed(pdf, terms, slot)
        found[name] = sealed_over(pdf, terms)
        if name == "text_of_other_terms":
            found["pages_nobody_signed"] = sealed_over(with_a_signature_spoilt(pdf), terms)
    return found


def damaged_ones():
    pdf = sealed(Language.CHINESE)
    start, end = last_gap(pdf)
    rnd = random.Random(20261122)
    found = {f"byte_{n}": flipped(pdf, n) for n in rnd.sample(range(len(pdf)), 10)}
    found |= {
        f"digit_{n}": other_digit(pdf, n) for n in rnd.sample(range(start + 1, start + 3200), 8)
    }
    return found | {f"padding_{n}": other_digit(pdf, end - 2 - n) for n in (0, 400)}


@pytest.fixture(scope="module")
def elsewhere():
    """Runs a function in another thread: signing needs a loop, and Playwright keeps one here."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield lambda function: thread.submit(function).result()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The checker as somebody saved it: a file, with the root of the tests in it."""
    path = tmp_path_factory.mktemp("saved") / "heyi-checker.html"
    path.write_text(checker_page(root_pem=authority().root_pem).html, encoding="utf-8")
    return path


@pytest.fixture
def opens(browser, saved):
    """Opens the saved page without a network; fails if it asked for one or had a script error."""
    contexts, troubles = [], []

    def visit(device="desk", **options):
        context = browser.new_context(**{**DEVICES[device], **options}, offline=True)
        contexts.append(context)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on(
            "console", lambda said: troubles.append(said.text) if said.type == "error" else None
        )
        context.on(
            "request",
            lambda asked: troubles.append(asked.url) if asked.url != saved.as_uri() else None,
        )
        page = context.new_page()
        page.goto(saved.as_uri())
        return page

    yield visit
    for context in contexts:
        context.close()
    assert troubles == []


def answer(page, content, name="settlement.pdf"):
    """Verdict and findings that the page shows for a file."""
    page.set_input_files("#file", {"name": name, "mimeType": "application/pdf", "buffer": content})
    page.wait_for_selector(VERDICT)
    verdict = page.get_attribute(VERDICT, "data-med-verdict")
    return verdict, set(page.locator("[data-med-report] > ul code").all_inner_texts())


def by_python(documents):
    """The same by name, from the check in Python as the public page says it."""
    anchors = Anchors(authority().root_pem, None)
    reports = {name: verify(content, anchors) for name, content in documents.items()}
    return {name: (str(one.verdict), set(map(str, one.findings))) for name, one in reports.items()}


def whole_documents():
    return genuine_ones() | incomplete_ones() | changed_ones() | forged_ones()


def test_the_browser_finds_what_python_finds(opens, elsewhere):
    documents = elsewhere(whole_documents)
    wanted = elsewhere(lambda: by_python(documents))
    page = opens()

    found = {name: answer(page, content) for name, content in documents.items()}

    assert {name: one for name, one in found.items() if one != wanted[name]} == {}
    assert {name for name, (verdict, _) in found.items() if verdict == "genuine"} == {
        *("english", "chinese", "three_parties", "earlier_schema", "renewed"),
        *("drawn", "drawn_chinese", "guarantor"),
        *(f"from_the_right_{language}" for language in Language),
    }


def test_any_changed_byte_is_caught_as_in_python(opens, elsewhere):
    documents = elsewhere(damaged_ones)
    wanted = elsewhere(lambda: by_python(documents))
    page = opens()

    found = {name: answer(page, content)[0] for name, content in documents.items()}

    assert found == {name: verdict for name, (verdict, _findings) in wanted.items()}
    assert set(found.values()) == {"not_genuine"}


def test_another_root_makes_it_somebody_elses(opens, elsewhere, tmp_path):
    pdf = elsewhere(lambda: sealed(Language.ENGLISH))
    other = open_authority(tmp_path, keys=FileKeys(PASSPHRASE), operator="Elsewhere")
    page = opens()

    assert answer(page, b"not a file") == ("not_ours", {"unrecognised"})
    assert answer(page, pdf) == ("genuine", set())
    page.set_input_files("#root", {"name": "r.pem", "mimeType": "", "buffer": other.root_pem})
    page.wait_for_selector("[data-med-report]", state="hidden")

    assert answer(page, pdf) == ("not_ours", {"issuer_unknown"})


def test_the_report_is_read_in_both_languages_and_on_small_screens(
    opens, elsewhere, assert_accessible, assert_fits, picture
):
    pdf = elsewhere(lambda: sealed(Language.CHINESE))
    for device, language in (("desk", "en"), ("phone-320", "zh")):
        page = opens(device)
        assert page.locator("html").get_attribute("lang").startswith(language)
        picture(page, f"checker-{device}")
        answer(page, pdf)
        assert page.get_by_text("欧阳雪梅").count() == 1
        assert_accessible(page)
        assert_fits(page)
        picture(page, f"checker-{device}-report")
        page.get_by_role("button", name="English" if language == "zh" else "简体中文").click()
        assert not page.locator("html").get_attribute("lang").startswith(language)
        assert page.get_by_text("欧阳雪梅").count() == 1
        assert_fits(page)
        picture(page, f"checker-{device}-report-other")
