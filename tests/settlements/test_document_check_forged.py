"""The offline check: what somebody adds, splices in or brings from elsewhere is caught."""

import asyncio
import random
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import cms, core
from django.conf import settings
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.document import envelope, printed, render
from mediation.settlements.document.report import Problem, Verdict
from mediation.settlements.document.signing import Signer, sign_as
from mediation.settlements.document.terms import Language, signing_slots
from mediation.settlements.document.terms_json import from_json, to_json
from tests.settlements.document_attacks import (
    ATTACKS,
    add_signature_field,
    appended,
    replays,
    revisions,
)
from tests.settlements.document_samples import (
    EVIDENCE,
    FACE,
    Look,
    authority,
    english_terms,
    issued,
    sealed,
    sealed_over,
    signed,
    signed_by_all,
    time_source,
)
from tests.settlements.test_document_check import checked

# --- changes in a revision of one's own --------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_revision_after_the_archive_is_caught(attack):
    report = checked(appended(sealed(Language.ENGLISH), attack))

    assert report.verdict is Verdict.NOT_GENUINE
    assert report.findings == (Problem.BYTES_UNSIGNED,)
    assert report.terms is None


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_revision_between_the_signatures_is_caught_even_when_sealed(attack):
    terms = english_terms()
    first, *others = signing_slots(terms)
    pdf = appended(signed(issued(terms), terms, first), attack)
    for slot in others:
        pdf = signed(pdf, terms, slot)
    if attack is not add_signature_field:
        pdf = sealed_over(pdf, terms)

    assert checked(pdf).verdict is not Verdict.GENUINE


def test_a_strangers_signature_before_the_seal_is_caught():
    terms = english_terms()
    pdf = appended(signed_by_all(terms), add_signature_field)
    look = Look(FACE, terms.language)
    pdf = sign_as(
        pdf,
        signer=Signer(field="sign-99", who="A Stranger"),
        evidence=EVIDENCE,
        authority=authority(),
        time=time_source(),
        look=look,
    )

    report = checked(sealed_over(pdf, terms))

    assert report.verdict is Verdict.NOT_GENUINE
    assert Problem.FIELDS_DIFFER in report.findings


def test_somebody_else_in_a_partys_field_is_caught():
    terms = english_terms()
    first, *others = signing_slots(terms)
    pdf = signed(issued(terms), terms, replace(first, signer="Hannes Keller"))
    for slot in others:
        pdf = signed(pdf, terms, slot)

    assert checked(sealed_over(pdf, terms)).findings == (Problem.SIGNER_DIFFERS,)


def attaching(monkeypatch, files):
    """The sealed document of an issuer who prints the English terms and attaches `files`."""
    terms = english_terms()
    monkeypatch.setattr(render, "attachments", lambda _terms: files)
    pdf = issued(terms)
    monkeypatch.undo()
    for slot in signing_slots(terms):
        pdf = signed(pdf, terms, slot)
    return sealed_over(pdf, terms)


@pytest.mark.parametrize(
    ("printed", "attached"),
    [
        (b'"CHF","debtor":"A"', b'"CHF","debtor":"B"'),
        (b'"name":"Hannah Keller"', b'"name":"Hanna Kellner"'),
        (b'"due_on":"2026-12-18"', b'"due_on":"2026-12-08"'),
        (b'"amount":"9600.00"', b'"amount":"9700.00"'),
    ],
)
def test_text_that_differs_from_the_data_is_caught(monkeypatch, printed, attached):
    raw = to_json(english_terms())
    forged = from_json(raw.replace(printed, attached))
    assert to_json(forged) != raw
    report = checked(attaching(monkeypatch, render.attachments(forged)))
    assert Problem.TEXT_DIFFERS in report.findings


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files | {"settlement.xml": files["settlement.xml"].replace(b"96", b"97", 1)},
        lambda files: {"settlement.json": files["settlement.json"]},
        lambda files: {"settlement.xml": files["settlement.xml"]},
        lambda files: files | {"more.txt": b"more"},
    ],
    ids=["other amounts in the xml", "no xml", "no json", "one file more"],
)
def test_attached_files_say_the_same_and_are_all_there(monkeypatch, change):
    files = render.attachments(english_terms())
    changed = change(files)
    assert changed != files
    report = checked(attaching(monkeypatch, changed))
    assert (report.verdict, report.findings) == (
        Verdict.NOT_GENUINE,
        (Problem.TERMS_UNREADABLE,),
    )


def test_the_check_may_not_run_inside_a_loop_by_accident():
    """The door that checks is synchronous; from a loop it goes through a thread."""

    pdf = sealed(Language.ENGLISH)  # whose making is no part of this, and may not run in a loop

    async def door():
        return await asyncio.to_thread(checked, pdf)

    assert asyncio.run(door()).verdict is Verdict.GENUINE


def test_every_problem_is_explained():
    words = (Path(settings.BASE_DIR) / "docs" / "settlement.md").read_text(encoding="utf-8")

    assert [problem for problem in Problem if f"`{problem}`" not in words] == []


# --- what was genuine elsewhere ------------------------------------------------------------------


def test_a_signature_replayed_from_another_version_case_or_field_is_caught():
    tried = list(replays())

    assert {kind for kind, _pdf in tried} == {
        f"signature of {n}" for n in ("version", "case", "en")
    }
    assert [kind for kind, pdf in tried if checked(pdf).verdict is Verdict.GENUINE] == []


def test_revisions_taken_out_doubled_or_added_are_caught():
    tried = list(revisions(random.Random(7), sealed(Language.CHINESE)))

    assert len(tried) > 25
    assert [kind for kind, pdf in tried if checked(pdf).verdict is Verdict.GENUINE] == []


def tables(pdf):
    """Where each table of objects begins and its entries end."""
    starts = [int(end[1]) for end in envelope.END.finditer(pdf)]
    return [(start, pdf.index(b"trailer", start)) for start in starts]


def test_an_object_may_be_listed_once_only():
    """Some readers take the first of two entries, some the last."""
    pdf = sealed(Language.ENGLISH)
    _start, end = tables(pdf)[-1]
    entry = pdf[end - 20 : end]
    run = envelope.RUN.findall(pdf, *tables(pdf)[-1])[-1]
    number = int(run[0]) + int(run[1]) - 1
    doubled = pdf[:end] + b"%d 1\n" % number + entry + pdf[end:]

    assert envelope._tables_are_plain(pdf)
    assert not envelope._tables_are_plain(doubled)


def test_an_object_of_another_generation_is_refused():
    pdf = sealed(Language.ENGLISH)
    _start, end = tables(pdf)[-1]
    other = pdf[: end - 9] + b"00001" + pdf[end - 4 :]

    assert len(other) == len(pdf)
    assert not envelope._tables_are_plain(other)


def test_a_table_that_leads_past_another_is_refused():
    pdf = sealed(Language.ENGLISH)
    first, _end = tables(pdf)[0]
    before, _colon, after = pdf.rpartition(b"/Prev ")
    digits = len(after) - len(after.lstrip(b"0123456789"))

    assert not envelope._tables_are_plain(before + b"/Prev %d" % first + after[digits:])


def wrapped(tag, *parts):
    content = b"".join(parts)
    return bytes([tag, 0x82]) + len(content).to_bytes(2) + content


def test_nothing_may_stand_beside_the_parts_of_a_token():
    newest = PdfFileReader(BytesIO(sealed(Language.ENGLISH))).embedded_signatures[-1]
    token = cms.ContentInfo.load(bytes(newest.pkcs7_content)).dump()
    (_tag, parts) = envelope._elements(token)[0]
    kind, signed = parts[:11], envelope._elements(parts)[1][1]
    hidden = core.OctetString(b"hidden").dump()

    assert wrapped(0x30, kind, wrapped(0xA0, signed)) == token
    assert envelope._has_only_known_parts(token)
    for changed in (
        wrapped(0x30, kind, wrapped(0xA0, signed, hidden)),
        wrapped(0x30, kind, wrapped(0xA0, signed), hidden),
    ):
        assert not envelope._has_only_known_parts(changed)


def test_a_structure_tree_that_holds_itself_is_given_up():
    loop = DictionaryObject({pdf_name("/S"): pdf_name("/Div")})
    loop[pdf_name("/K")] = ArrayObject([loop, loop])

    with pytest.raises(printed.TooLarge):
        list(
            printed._block_elements(
                loop, printed.MAX_DEPTH, printed.Allowance(printed.MAX_ELEMENTS)
            )
        )
