"""A page that says another name from the right than its data is caught, by letter and by glyph."""

from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest

from mediation.settlements.document import render
from mediation.settlements.document.check import check_settlement, reads_back
from mediation.settlements.document.report import Problem, Verdict
from mediation.settlements.document.terms import Language, signing_slots
from tests.settlements.document_samples import (
    FACE,
    SAMPLES,
    authority,
    cover,
    issued,
    sealed_over,
    signed,
)
from tests.settlements.document_variants import with_names_from_the_right


def terms_in(language):
    return with_names_from_the_right(SAMPLES[language])


def rendered(terms):
    return render.render(terms, cover=cover(terms), face=FACE)


def checked(pdf):
    return check_settlement(pdf, trusted_root_pem=authority().root_pem)


def renamed(**names):
    """The terms of the page with other names: `a`, `b` of parties, `one`, `two` of mediators."""
    terms = terms_in(Language.ENGLISH)
    first, second = terms.parties
    one, two, three = terms.mediators
    return replace(
        terms,
        parties=(
            replace(first, name=names.get("a", first.name)),
            replace(second, name=names.get("b", second.name)),
        ),
        mediators=(
            replace(one, name=names.get("one", one.name)),
            replace(two, name=names.get("two", two.name)),
            three,
        ),
        facts_summary=names.get("facts", terms.facts_summary),
    )


FORGED = {
    "two letters swapped": renamed(a="محمد عبد الله الأنصراي"),
    "turned around": renamed(a="محمد عبد الله الأنصاري"[::-1]),
    "words swapped": renamed(a="عبد الله محمد الأنصاري"),
    "lam and alef apart": renamed(a="محمد عبد الله األنصاري"),
    "another yeh": renamed(a="محمد عبد الله الأنصارى"),
    "a hyphen elsewhere": renamed(b='כהן לוי-שיפוצים בע"מ'),
    "mediators swapped": renamed(one="ئابدۇللا ئۇيغۇر", two="پژمان گوهری"),
    "parties swapped": renamed(a='כהן-לוי שיפוצים בע"מ', b="محمد عبد الله الأنصاري"),
    "a name moved in a sentence": renamed(
        facts="Bo 欧 paid 300 to لوی, محمد and אבן. ישראל (Ltd) paid 48,500.\nيوسف said so."
    ),
    "two names made one": renamed(
        facts="Bo 欧 paid 300 to محمد لوی, and אבן. ישראל (Ltd) paid 48,500.\nيوسف said so."
    ),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_page_with_another_name_than_the_data_is_caught(forged):
    pdf = rendered(terms_in(Language.ENGLISH))

    assert reads_back(pdf, terms_in(Language.ENGLISH))
    assert not reads_back(pdf, FORGED[forged])


def test_a_sealed_document_with_another_name_in_its_data_is_not_genuine(monkeypatch):
    terms, forged = terms_in(Language.ENGLISH), FORGED["two letters swapped"]
    files = render.attachments(forged)
    monkeypatch.setattr(render, "attachments", lambda _terms: files)
    pdf = signed_by_all_of(terms, forged)
    monkeypatch.undo()

    report = checked(sealed_over(pdf, terms))

    assert (report.verdict, report.findings) == (Verdict.NOT_GENUINE, (Problem.TEXT_DIFFERS,))


def signed_by_all_of(terms, forged):
    """The page of `terms`, signed by those whom `forged` names."""
    pdf = issued(terms)
    for slot in signing_slots(forged):
        pdf = signed(pdf, forged, slot)
    return pdf


def test_a_page_written_again_says_the_same():
    """The control for what follows."""
    terms = terms_in(Language.ENGLISH)
    with pikepdf.open(BytesIO(rendered(terms))) as document:
        for sheet in document.pages:
            _swap_glyphs(document, sheet, place=1000)
        again = BytesIO()
        document.save(again)

    assert reads_back(again.getvalue(), terms)


@pytest.mark.parametrize("place", range(4))
def test_glyphs_in_another_order_on_the_page_are_caught(place):
    terms = terms_in(Language.ENGLISH)
    pdf = rendered(terms)
    with pikepdf.open(BytesIO(pdf)) as document:
        changed = sum(_swap_glyphs(document, sheet, place) for sheet in document.pages)
        again = BytesIO()
        document.save(again)

    assert changed
    assert not reads_back(again.getvalue(), terms)


def _swap_glyphs(document, sheet, place):
    """Two neighbours of every long word in the type for names from the right change places."""
    names = [key for key, font in sheet.Resources.Font.items() if "DejaVu" in str(font.BaseFont)]
    current, changed, operations = None, 0, []
    for operands, operator in pikepdf.parse_content_stream(sheet):
        shown = operands
        if str(operator) == "Tf":
            current = str(operands[0])
        if str(operator) == "TJ" and current in names:
            codes = _codes(operands[0])
            swapped = [*codes]
            swapped[place : place + 2] = reversed(swapped[place : place + 2])
            shown = [pikepdf.Array([pikepdf.String(b"".join(swapped))])]
            changed += swapped != codes
        operations.append((shown, operator))
    sheet.Contents = document.make_stream(_as_hex(operations))
    return changed


def _codes(shown):
    """The glyphs of a string without the kerning between them."""
    raw = b"".join(bytes(part) for part in shown if isinstance(part, pikepdf.String))
    return [raw[n : n + 2] for n in range(0, len(raw), 2)]


def _as_hex(operations):
    """A content stream as this project writes it, every string as digits."""
    lines = []
    for operands, operator in operations:
        written = b" ".join(_operand(operand) for operand in operands)
        lines.append(written + b" " + str(operator).encode())
    return b"\n".join(lines)


def _operand(operand):
    if isinstance(operand, pikepdf.Array):
        return b"[" + b" ".join(_operand(item) for item in operand) + b"]"
    if isinstance(operand, pikepdf.String):
        return b"<" + bytes(operand).hex().encode() + b">"
    if isinstance(operand, pikepdf.Object):
        return operand.unparse()
    return str(operand).encode()
