"""Files made to keep a reader busy for ever are given up, in Python as in the browser.

static/js/verification/checker/bounds.test.js has the same files.
"""

import zlib
from io import BytesIO

import pytest
from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.document import check, printed, render
from mediation.settlements.document.check import (
    INFLATED,
    MAX_INFLATED,
    check_settlement,
    reads_back,
)
from mediation.settlements.document.printed import MAX_ELEMENTS, MAX_GLYPHS, TooLarge
from mediation.settlements.document.report import Problem, Verdict
from mediation.settlements.document.terms import signing_slots
from tests.settlements.document_attacks import with_a_signature_spoilt
from tests.settlements.document_samples import (
    FACE,
    authority,
    cover,
    english_terms,
    issued,
    sealed_over,
    signed,
    signed_by_all,
)

MAP = b"1 beginbfchar <0001> <0041> endbfchar 1 beginbfchar <0002> <05D0> endbfchar"
KIDS = b"0"


def stream(content):
    raw = zlib.compress(content, 9)
    head = b"<</Filter /FlateDecode /Length %d>>" % len(raw)
    return head + b"\nstream\n" + raw + b"\nendstream"


def drawn(operators):
    return b"/P <</MCID 0>> BDC /F0 12 Tf " + operators + b" EMC"


def paper(*, content=b"<0001> Tj", said=MAP, kids=KIDS, pages=b"3 0 R", contents=b"5 0 R"):
    """A document of one page with one paragraph, as small as it can be."""
    return file_of(
        b"<</Type /Catalog /Pages 2 0 R /StructTreeRoot 4 0 R>>",
        b"<</Type /Pages /Kids [" + pages + b"]>>",
        b"<</Type /Page /Contents [" + contents + b"]"
        b" /Resources <</Font <</F0 <</ToUnicode 6 0 R>>>>>>>>",
        b"<</K [7 0 R]>>",
        stream(drawn(content)),
        stream(said),
        b"<</S /P /Pg 3 0 R /K [" + kids + b"]>>",
    )


def file_of(*objects):
    """A PDF of these objects, the first of which is its catalogue."""
    pdf, table = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(pdf)
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size, at = len(objects) + 1, len(pdf)
    pdf += b"xref\n0 %d\n%s" % (size, table)
    return pdf + b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, at)


def blocks_of(pdf):
    reader = PdfFileReader(BytesIO(pdf), decode_limits=INFLATED)
    return [block.text for block in printed.printed_blocks(reader.root)]


def test_the_paper_itself_is_read():
    """The control for what follows."""
    assert blocks_of(paper(content=b"<00010001> Tj <0001> Tj")) == ["AAA"]
    assert blocks_of(paper(content=b"<0002>" * 3)) == ["אאא"]


@pytest.mark.parametrize("glyph", [b"0001", b"0002"])
def test_as_many_glyphs_as_may_be_are_read(glyph):
    letter = {b"0001": "A", b"0002": "א"}[glyph]

    assert blocks_of(paper(content=b"<%s>" % (glyph * MAX_GLYPHS))) == [letter * MAX_GLYPHS]


ENDLESS = {
    "one glyph too many": {"content": b"<" + b"0001" * (MAX_GLYPHS + 1) + b">"},
    "an operator too many": {"content": b"<0002>" * (MAX_GLYPHS + 1)},
    "a glyph that stands for much": {
        "content": b"<0001>" * 3,
        "said": b"1 beginbfchar <0001> <" + b"0041" * 70_000 + b"> endbfchar",
    },
    "a piece again and again": {"content": b"<0001>" * 2_000, "kids": b"0 " * 101},
    "an empty piece again and again": {"kids": b"9 " * MAX_ELEMENTS},
    "a page again and again": {"pages": b"3 0 R " * MAX_ELEMENTS},
    "pages that hold themselves": {"pages": b"2 0 R 2 0 R"},
    "a stream again and again": {"contents": b"5 0 R " * 5_000, "content": b" " * 14_000},
    "a map of codes that do not exist": {
        "said": b"1 beginbfrange <00000000> <0003FFFF> <0041> endbfrange"
    },
    "ranges again and again": {
        "said": b"1 beginbfrange " + b"<0000> <FFF0> <0001> " * 4 + b" endbfrange"
    },
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_is_given_up(name):
    with pytest.raises((TooLarge, RecursionError)):
        blocks_of(paper(**ENDLESS[name]))


@pytest.mark.parametrize("name", ["content", "said"])
def test_a_stream_that_is_small_only_in_the_file_is_given_up(name):
    pdf = paper(**{name: b" " * (MAX_INFLATED + 1)})

    assert len(pdf) < 20_000
    with pytest.raises(PdfDecodeLimitError):
        blocks_of(pdf)


@pytest.mark.parametrize(
    "operators", [b"/" * 2_000_000, b"<" * 2_000_000, b"/MCID " * 400_000, b"<0001 " * 400_000]
)
def test_what_looks_like_the_begin_of_an_operator_is_read_once(operators):
    """Time that grows with the square would be hours."""
    assert blocks_of(paper(content=operators)) == []


def test_what_looks_like_the_begin_of_a_map_is_read_once():
    assert blocks_of(paper(said=b"beginbfchar" * 200_000)) == ["\ufffd"]


def test_text_too_long_to_be_checked_is_not_signed(monkeypatch):
    terms = english_terms()
    pdf = render.render(terms, cover=cover(terms), face=FACE)

    assert reads_back(pdf, terms)
    monkeypatch.setattr(printed, "MAX_GLYPHS", 1_000)
    assert not reads_back(pdf, terms)


# --- a sealed document ----------------------------------------------------------------------------


def checked(pdf):
    return check_settlement(pdf, trusted_root_pem=authority().root_pem)


def test_attached_data_that_is_small_only_in_the_file_is_not_read(monkeypatch):
    terms = english_terms()
    files = {**render.attachments(terms), "settlement.xml": b" " * (MAX_INFLATED + 1)}
    monkeypatch.setattr(render, "attachments", lambda _terms: files)
    monkeypatch.setattr(check, "attachments", lambda _terms: files)
    pdf = issued(terms)
    for slot in signing_slots(terms):
        pdf = signed(pdf, terms, slot)

    report = checked(sealed_over(pdf, terms))

    assert (report.verdict, report.findings) == (Verdict.NOT_GENUINE, (Problem.TERMS_UNREADABLE,))


def test_pages_are_not_read_where_a_signature_does_not_hold(monkeypatch):
    """Whoever has no signature of ours cannot keep the check busy with pages."""
    terms, other = english_terms(), english_terms(governing_law="French law")
    files = render.attachments(other)
    monkeypatch.setattr(render, "attachments", lambda _terms: files)
    pdf = signed_by_all(terms)
    monkeypatch.undo()

    sound, unsound = (
        checked(sealed_over(one, terms)) for one in (pdf, with_a_signature_spoilt(pdf))
    )

    assert sound.findings == (Problem.TEXT_DIFFERS,)
    assert (unsound.verdict, unsound.findings) == (
        Verdict.NOT_GENUINE,
        (Problem.SIGNATURE_INVALID,),
    )
    assert (sound.terms, unsound.terms) == (other, other)
