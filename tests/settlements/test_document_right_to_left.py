"""Names written from the right: printed so that they read back, and only as what they are."""

import stringprep
from dataclasses import replace
from io import BytesIO

import page as page_validation
import pikepdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.document import render
from mediation.settlements.document.check import check_settlement, reads_back
from mediation.settlements.document.pages import html_to_pdf
from mediation.settlements.document.printed import printed_blocks, squeeze
from mediation.settlements.document.render import missing_characters, unfit_names
from mediation.settlements.document.report import Problem, Verdict
from mediation.settlements.document.right_to_left import (
    JOINING,
    Unfit,
    is_mixed,
    is_printable_letter,
    pieces,
    read,
)
from mediation.settlements.document.terms import Language, signing_slots
from mediation.settlements.templatetags.settlement_page import boxed
from tests.settlements.document_samples import (
    FACE,
    PREPARED_AT,
    SAMPLES,
    authority,
    cover,
    english_terms,
    issued,
    sealed_over,
    signed,
    signed_by_all,
    with_names_from_the_right,
)

NOON = "\u0646"  # joins on both sides
LETTERS = [chr(n) for n in sorted(FACE.rightward.characters) if is_printable_letter(chr(n))]
LIGATURES = ["لا", "لأ", "لإ", "لآ"]


def terms_in(language):
    return with_names_from_the_right(SAMPLES[language])


def rendered(terms):
    return render.render(terms, cover=cover(terms), face=FACE)


def blocks_of(pdf):
    return printed_blocks(PdfFileReader(BytesIO(pdf)).root)


def checked(pdf):
    return check_settlement(pdf, trusted_root_pem=authority().root_pem)


def with_facts(text):
    return english_terms(facts_summary=text)


# --- the rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("Hannah Keller", []),
        ("محمد علي", ["محمد علي"]),
        ('כהן-לוי בע"מ', ['כהן-לוי בע"מ']),
        ("ד״ר א. כהן", ["ד״ר א. כהן"]),
        ("To محمد, and to (כהן).", ["محمد", "כהן"]),
        ("محمد 12", ["محمد"]),
        ("- כהן - a", ["כהן"]),
        ("Boכהןa", ["כהן"]),
    ],
)
def test_a_name_is_cut_out_as_a_whole(text, boxes):
    assert [piece for piece, is_run in pieces(text) if is_run] == boxes
    assert "".join(piece for piece, _is_run in pieces(text)) == text


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (list("ןהכ"), "כהן"),
        (list("To ןהכ-יול, 300 to "), "To לוי-כהן, 300 to "),
        (list("ןבא, ןהכ"), "אבן, כהן"),
        (["ن", "لأ", "ف", " ", "1", "2"], "فلأن 12"),
        (list('מ"עב)'), 'בע"מ)'),
        (list("(ןהכ) - a"), "(כהן) - a"),
        ([], ""),
    ],
)
def test_what_is_drawn_is_read_from_its_own_side(drawn, said):
    assert read(drawn) == said


def test_reading_knows_no_two_answers():
    """Turned around twice is as drawn: two pages that read alike are drawn alike."""
    drawn = list('To ןהכ-יול, 300 ןבא מ"עב x')

    assert read(list(read(drawn))) == "".join(drawn)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("شارع 12 الرياض", True),
        ("محمد (علي)", True),
        ("כהן\nלוי", True),
        ("כהן 3/לוי", True),
        ("כהן, לוי", False),
        ("محمد、علي", False),
        ("محمد and علي", False),
        ("محمد欠علي", False),
        ("شارع 12", False),
        ("Riyadh 12", False),
    ],
)
def test_groups_that_nothing_parts_are_mixed(text, expected):
    assert is_mixed(text) is expected


# --- the type -------------------------------------------------------------------------------------


def test_the_alphabets_are_there():
    hebrew = "אבגדהוזחטיךכלםמןנסעףפץצקרשת׳״־"
    arabic = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
    persian = "پچژکگی"
    uyghur = "ئاەبپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىي"

    assert FACE.missing(hebrew + arabic + persian + uyghur) == []


@pytest.mark.parametrize("name", ["مُحمد", "שָׁלוֹם", "محمد٣", "ہلال", "مـحمد", "محمد،", "ﷲ", "לוי🙂ש"])
def test_what_would_not_read_back_is_refused_by_name(name):
    terms = with_facts(name)

    assert "facts_summary" in missing_characters(terms, FACE)


def test_every_letter_may_stand_in_a_certificate():
    """Programs that compare names know Unicode 3.2 (RFC 3454, A.1)."""
    assert [letter for letter in LETTERS if stringprep.in_table_a1(letter)] == []


def test_no_letter_from_the_right_is_drawn_outside_of_a_box():
    """Else what stands beside it would decide in which order it is drawn."""
    elsewhere = frozenset().union(*(family.characters for family in FACE.families))
    blocks = (*range(0x10800, 0x11000), *range(0x1E800, 0x1F000))

    assert [hex(code) for code in blocks if code in elsewhere] == []


@pytest.mark.parametrize("weight", [400, 700])
def test_every_letter_reads_back_in_every_form_it_has(weight):
    words = [
        shape
        for letter in (*LETTERS, *LIGATURES)
        for shape in (letter, f"{letter}{NOON}", f"{NOON}{letter}", f"{NOON}{letter}{NOON}")
    ]
    words += [f"א{sign}ב" for sign in sorted(JOINING)]
    html = "".join(f"<p>{boxed(word)}</p>" for word in words)

    pdf = html_to_pdf(
        f'<html lang="en"><head><title>x</title></head><body style="font-weight: {weight}">{html}',
        face=FACE,
        made_at=PREPARED_AT,
        identifier=b"0" * 16,
    )

    assert len(LETTERS) > 140
    assert [block.text for block in blocks_of(pdf)] == [squeeze(word) for word in words]


# --- the document ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_it_is_archival_and_says_what_its_data_says(language):
    terms = terms_in(language)

    pdf = rendered(terms)

    assert (missing_characters(terms, FACE), unfit_names(terms, FACE)) == ({}, {})
    assert reads_back(pdf, terms)
    for profile in (
        page_validation.ValidationProfile.PDF_A_3A,
        page_validation.ValidationProfile.PDF_UA_1,
    ):
        assert list(page_validation.validate_pdf_bytes(pdf, profile=profile).failures) == []


@pytest.mark.parametrize("language", Language)
def test_it_is_genuine_with_all_signatures(language):
    terms = terms_in(language)

    report = checked(sealed_over(signed_by_all(terms), terms))

    assert (report.verdict, report.findings) == (Verdict.GENUINE, ())
    assert report.terms == terms
    assert [line.name for line in report.signers[1:3]] == [
        "محمد عبد الله الأنصاري",
        "ד״ר שרה א. כהן",
    ]


def test_every_glyph_of_a_signature_says_what_it_stands_for():
    terms = terms_in(Language.ENGLISH)
    with pikepdf.open(BytesIO(signed_by_all(terms))) as pdf:
        fonts = [item for item in pdf.objects if _is_font_of_a_signature(item)]
        maps = [font.ToUnicode.read_bytes().decode().lower() for font in fonts]

    assert len(maps) == len(signing_slots(terms))
    assert not any("<>" in said for said in maps)
    assert any("<06440623>" in said for said in maps)  # lam with alef and hamza, one glyph


def _is_font_of_a_signature(item):
    is_font = isinstance(item, pikepdf.Dictionary) and item.get("/Subtype") == "/Type0"
    return is_font and "DejaVuSans-Identity" in str(item.BaseFont)


# --- what nobody signed ---------------------------------------------------------------------------


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


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("شركة الأفق الجديد للتجارة والمقاولات المحدودة", {}),
        ("شركة الأفق الجديد للتجارة والمقاولات " * 3, {"facts_summary": Unfit.LONG}),
        ("شارع 12 الرياض", {"facts_summary": Unfit.MIXED}),
    ],
)
def test_what_a_line_cannot_show_is_said(text, expected):
    assert unfit_names(with_facts(text.strip()), FACE) == expected


BOTH_SIDES = ["محمد (Mohammed)", "Mohammed محمد", "כהן 2", "כהן.", "Bo, כהן and " + "x" * 70]


@pytest.mark.parametrize("name", BOTH_SIDES)
def test_a_name_written_from_both_sides_signs_in_full(name):
    terms = english_terms()
    first, second = terms.parties
    terms = replace(terms, parties=(replace(first, name=name), replace(second, name=f"{name} Ltd")))

    sealed = sealed_over(signed_by_all(terms), terms)
    report = checked(sealed)

    assert report.findings == ()
    assert report.signers[1].name == name
    assert report.signers[2].organisation == f"{name} Ltd"
    for certificate in certificates_in(sealed):
        assert certificate.subject.hashable  # where a name from both sides stops asn1crypto


def certificates_in(pdf):
    return [one.signer_cert for one in PdfFileReader(BytesIO(pdf)).embedded_signatures]


def test_another_name_from_both_sides_than_the_terms_have_is_caught():
    terms = english_terms()
    terms = replace(terms, parties=(replace(terms.parties[0], name="محمد (Bo)"), terms.parties[1]))
    first, *others = signing_slots(terms)
    pdf = signed(issued(terms), terms, replace(first, signer="محمد (Al)"))
    for slot in others:
        pdf = signed(pdf, terms, slot)

    report = checked(sealed_over(pdf, terms))

    assert report.findings == (Problem.SIGNER_DIFFERS,)


@pytest.mark.parametrize(
    "name", ["شركة الأفق الجديد للتجارة والمقاولات المحدودة", "כהן לוי " * 5 + "כהן"]
)
def test_a_long_name_is_shortened_in_a_certificate_and_whole_beside_it(name):
    terms = english_terms()
    terms = replace(terms, parties=(replace(terms.parties[0], name=name), terms.parties[1]))

    report = checked(sealed_over(signed_by_all(terms), terms))

    assert len(name.encode()) > 64
    assert (report.findings, report.signers[1].name) == ((), name)
