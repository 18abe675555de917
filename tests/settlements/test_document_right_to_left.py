"""Names written from the right: printed so that they read back, and only as what they are."""

import re
import stringprep
import unicodedata
from dataclasses import fields, is_dataclass, replace
from io import BytesIO

import page as page_validation
import pikepdf
import pytest
from django.conf import settings
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.document import render
from mediation.settlements.document.check import check_settlement, reads_back
from mediation.settlements.document.pages import html_to_pdf
from mediation.settlements.document.printed import printed_blocks, squeeze
from mediation.settlements.document.render import NamesUnfit, missing_characters, unfit_names
from mediation.settlements.document.report import Verdict
from mediation.settlements.document.right_to_left import (
    JOINING,
    RIGHTWARD_LETTERS,
    Unfit,
    is_mixed,
    is_printable_letter,
    pieces,
    read,
)
from mediation.settlements.document.sheet import printed_values
from mediation.settlements.document.terms import Language, Mediator, signing_slots
from mediation.settlements.templatetags.settlement_page import boxed
from tests.settlements.document_samples import (
    FACE,
    PREPARED_AT,
    SAMPLES,
    authority,
    cover,
    english_terms,
    sealed_over,
    signed_by_all,
)
from tests.settlements.document_variants import with_names_from_the_right

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
        (list("١٢ דם"), "١٢ םד"),
        (list("۱۲דםא߁߂"), "۱۲אםד߁߂"),
        ([], ""),
    ],
)
def test_what_is_drawn_is_read_from_its_own_side(drawn, said):
    assert read(drawn) == said


def test_reading_knows_no_two_answers():
    """Turned around twice is as drawn: two pages that read alike are drawn alike."""
    drawn = list('To ןהכ-יול, 300 ןבא מ"עב x')

    assert read(list(read(drawn))) == "".join(drawn)


def test_only_what_a_box_may_hold_is_turned_around():
    """Digits stand on paper from the left: turned around, ٢١ would be read for ١٢."""
    everything = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    turned = {one for one in everything if read([one, "א"]) == f"א{one}"} - JOINING
    letters = {
        one
        for one in everything
        if "\u05d0" <= one <= "\u077f"
        and unicodedata.category(one) == "Lo"
        and unicodedata.bidirectional(one) in {"R", "AL"}
        and unicodedata.normalize("NFKC", one) == one
    }

    assert {one for one in turned if one.strip()} == letters | set("־׳״")
    assert {one for one in everything if is_printable_letter(one)} == letters | set("־׳״")


def test_the_browser_turns_around_the_same_letters():
    script = settings.BASE_DIR / "static/js/verification/checker/printed.js"
    written = re.search(r'"\^\[([^"]+)" \+\s*"([^"]+)\]\+\$"', script.read_text(encoding="utf-8"))

    assert (written[1] + written[2]).encode().decode("unicode-escape").encode().decode(
        "unicode-escape"
    ) == RIGHTWARD_LETTERS


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


REFERRED = [
    ("כהן", "לוי 7", "mediators"),
    ("כהן", "7-م", "mediators"),
    ("Cohen", "כהן 7/לוי", "mediators[0].reference"),
]


@pytest.mark.parametrize(("name", "reference", "where"), REFERRED)
@pytest.mark.parametrize("language", Language)
def test_a_line_of_several_texts_is_asked_as_it_is_printed(language, name, reference, where):
    terms = SAMPLES[language](mediators=(Mediator(name=name, reference=reference),))

    assert unfit_names(terms, FACE) == {where: Unfit.MIXED}
    with pytest.raises(NamesUnfit, match=re.escape(where)):
        rendered(terms)


def test_two_mediators_with_digits_between_their_names_are_mixed():
    mediators = (Mediator(name="כהן", reference="7"), Mediator(name="לוי", reference="8"))

    assert unfit_names(english_terms(mediators=mediators), FACE) == {"mediators": Unfit.MIXED}
    apart = tuple(replace(one, reference=f"M{one.reference}") for one in mediators)
    assert unfit_names(english_terms(mediators=apart), FACE) == {}


def test_those_whom_a_guarantor_answers_for_are_one_line():
    terms = terms_in(Language.ENGLISH)
    first, second = terms.parties
    owed_by_both = replace(terms.guarantors[0], obligations=("o1", "o2"))
    terms = replace(
        terms,
        parties=(replace(first, name="לוי"), replace(second, name="כהן 2")),
        guarantors=(owed_by_both,),
    )

    assert unfit_names(terms, FACE) == {"guarantors[0].obligations": Unfit.MIXED}


def test_every_mixed_line_that_would_be_printed_is_found():
    """One text of the terms after the other becomes a name from the right with digits."""
    terms = terms_in(Language.ENGLISH)
    plain = replace(terms, parties=SAMPLES[Language.ENGLISH]().parties)
    for where, changed in renamed_in_turn(plain):
        is_mixed_on_paper = any(map(is_mixed, printed_values(changed)))
        assert bool(unfit_names(changed, FACE)) is is_mixed_on_paper, where


def renamed_in_turn(value):
    """`value` with each of its texts in turn written from the right, with its path."""
    for field in fields(value):
        old = getattr(value, field.name)
        for place, new in renamed_part(old):
            yield f"{field.name}{place}", replace(value, **{field.name: new})


def renamed_part(old):
    if type(old) is str and " " in old:  # no identifier and no choice
        yield "", "12 כהן 2"
    elif isinstance(old, tuple):
        for n, item in enumerate(old):
            for place, new in renamed_part(item):
                yield f"[{n}]{place}", (*old[:n], new, *old[n + 1 :])
    elif is_dataclass(old):
        for place, new in renamed_in_turn(old):
            yield f".{place}", new


def test_what_is_unfit_is_never_printed():
    with pytest.raises(NamesUnfit):
        rendered(with_facts("شارع 12 الرياض"))
