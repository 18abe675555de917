"""The unsigned document: archival, accessible, deterministic, closed to the outside."""

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO

import page as page_validation
import pikepdf
import pytest
from django.utils.html import escape
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.document.fonts import FontsMissing, typeface
from mediation.settlements.document.pages import html_to_pdf
from mediation.settlements.document.printed import Block, first_unprinted, printed_blocks
from mediation.settlements.document.render import CharactersMissing, missing_characters, render
from mediation.settlements.document.sheet import printed_values, wording
from mediation.settlements.document.signing import open_fields
from mediation.settlements.document.terms import Language, signing_slots
from mediation.settlements.document.terms_json import to_json
from mediation.settlements.document.terms_xml import to_xml
from tests.settlements.document_samples import (
    FACE,
    PREPARED_AT,
    SAMPLES,
    chinese_terms,
    cover,
    english_terms,
)
from tests.settlements.document_variants import with_guarantor_and_time

PROFILES = ["PDF_A_3A", "PDF_UA_1"]


def rendered(terms):
    return render(terms, cover=cover(terms), face=FACE)


def blocks_of(pdf):
    return printed_blocks(PdfFileReader(BytesIO(pdf)).root)


def with_many_obligations(count):
    terms = english_terms()
    many = (replace(terms.obligations[0], id=f"o{n}") for n in range(count))
    return replace(terms, obligations=tuple(many))


def with_long_names():
    terms = chinese_terms()
    long_name = "阿卜杜热合曼·买买提艾力·" * 8 + "集团股份有限公司"
    company = replace(terms.parties[1], name=long_name)
    return replace(terms, parties=(terms.parties[0], company))


SHAPES = {
    "english": english_terms(),
    "guarantor": with_guarantor_and_time(english_terms),
    "guarantor in Chinese": with_guarantor_and_time(chinese_terms),
    "chinese": chinese_terms(),
    "thirty obligations": with_many_obligations(30),
    "long names": with_long_names(),
    "paragraph over two pages": english_terms(facts_summary="All is told here at length. " * 160),
    "long unbroken word": english_terms(facts_summary="w" * 900),
    "markup in the text": english_terms(facts_summary="<b>1 < 2</b> & {{ words }} {% now 'Y' %}"),
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("shape", SHAPES)
def test_document_is_archival_and_accessible(shape, profile):  # E7
    chosen = getattr(page_validation.ValidationProfile, profile)

    report = page_validation.validate_pdf_bytes(rendered(SHAPES[shape]), profile=chosen)

    assert list(report.failures) == []
    assert report.is_compliant


@pytest.mark.parametrize("shape", SHAPES)
def test_every_value_is_printed_in_reading_order(shape):
    terms = SHAPES[shape]

    blocks = blocks_of(rendered(terms))

    assert first_unprinted(printed_values(terms), blocks) is None
    assert len({block.page for block in blocks}) >= 3


@pytest.mark.parametrize(
    ("value", "blocks"),
    [
        ("8 December", [Block(1, "18December")]),
        ("18 December", [Block(1, "1"), Block(1, "8December")]),
        ("CHF 9", [Block(1, "CHF96")]),
        ("x", []),
    ],
)
def test_a_value_must_fill_its_block(value, blocks):
    assert first_unprinted([value], blocks) == value


def test_a_block_may_go_on_over_the_page():
    blocks = [Block(1, "a"), Block(1, "In"), Block(2, "March"), Block(2, "b")]

    assert first_unprinted(["a", "In March", "b"], blocks) is None


@pytest.mark.parametrize("language", Language)
def test_same_terms_give_the_same_bytes(language):
    assert rendered(SAMPLES[language]()) == rendered(SAMPLES[language]())


def test_terms_are_attached_as_data():
    terms = chinese_terms()

    with pikepdf.open(BytesIO(rendered(terms))) as pdf:
        assert [str(file.AFRelationship) for file in pdf.Root.AF] == ["/Data", "/Data"]
        types = {str(file.UF): str(file.EF.F.Subtype) for file in pdf.Root.AF}
        assert types == {"settlement.json": "/application/json", "settlement.xml": "/text/xml"}
        assert pdf.attachments["settlement.json"].get_file().read_bytes() == to_json(terms)
        assert pdf.attachments["settlement.xml"].get_file().read_bytes() == to_xml(terms)


@pytest.mark.parametrize(
    ("language", "tag"), [(Language.ENGLISH, "en"), (Language.CHINESE, "zh-Hans")]
)
def test_language_and_title_are_declared(language, tag):
    terms = SAMPLES[language]()

    with pikepdf.open(BytesIO(rendered(terms))) as pdf:
        assert str(pdf.Root.Lang) == tag
        assert terms.agreement_no in str(pdf.docinfo.Title)
        assert pdf.Root.ViewerPreferences.DisplayDocTitle


def test_only_fonts_that_are_needed_are_used_and_embedded():
    with pikepdf.open(BytesIO(rendered(chinese_terms()))) as pdf:
        fonts = {
            str(font.BaseFont).split("+")[1]: "/FontFile2" in font.DescendantFonts[0].FontDescriptor
            for sheet in pdf.pages
            for font in sheet.Resources.Font.values()
        }

    assert fonts == {"NotoSansSC": True, "NotoSansSC-Bold": True}


def test_a_field_waits_for_everybody_and_the_seal():
    terms = english_terms()

    expected = [slot.field for slot in signing_slots(terms)]

    assert open_fields(rendered(terms)) == [*expected, "seal"]


def test_signature_boxes_lie_on_the_paper_and_apart():
    with pikepdf.open(BytesIO(rendered(english_terms()))) as pdf:
        boxes = [[float(edge) for edge in field.Rect] for field in pdf.Root.AcroForm.Fields]

    for left, bottom, right, top in boxes:
        assert 0 < left < right < 595
        assert 0 < bottom < top < 842
        assert right - left > 150
    assert len({tuple(box) for box in boxes}) == 4


def test_wording_has_the_same_entries_in_every_language():
    english, chinese = (wording(language) for language in Language)

    def names(table):
        return {
            key: names(value) if isinstance(value, dict) else None for key, value in table.items()
        }

    assert names(english) == names(chinese)


def test_characters_the_font_lacks_are_named():
    terms = chinese_terms()
    rare = replace(terms.parties[0], name="李𪚥𠮷")
    terms = replace(terms, parties=(rare, terms.parties[1]))

    assert missing_characters(terms, FACE) == {"parties[0].name": ["𠮷", "𪚥"]}
    with pytest.raises(CharactersMissing):
        rendered(terms)


def test_missing_fonts_are_refused(tmp_path):
    with pytest.raises(FontsMissing):
        typeface(tmp_path)


@pytest.fixture
def listener():
    """A server on this machine that counts whoever calls."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def attack(url, secret):
    """Ten ways for HTML to make a renderer fetch something, and a file to embed."""
    nested = escape(f"<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}/9'/></svg>")
    return f"""<html lang="en"><head><title>x</title>
    <link rel="stylesheet" href="{url}/1"><style>@import url("{url}/2");
    @font-face {{ font-family: Z; src: url("{url}/3") }}
    body {{ background: url("{url}/4"); font-family: Z }} li {{ list-style-image: url("{url}/5") }}
    p::before {{ content: url("{url}/6") }}</style>
    <link rel="attachment" href="{secret}"><base href="{url}/"></head>
    <body><p>x</p><ul><li>y</li></ul><img src="{url}/7" alt="z"><img src="relative" alt="z">
    <object data="{url}/8"></object><embed src="{url}/8b">
    <img alt="z" src="data:image/svg+xml,{nested}"><a rel="attachment" href="{url}/10">a</a>
    <svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/11"/><use href="{secret}"/></svg>
    <img src="{secret}" alt="z"></body></html>"""


def test_hostile_html_reaches_no_server_and_no_file(listener, tmp_path):  # T14
    url, seen = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("the-secret-of-the-house", encoding="utf-8")

    pdf = html_to_pdf(
        attack(url, secret.as_uri()), face=FACE, made_at=PREPARED_AT, identifier=b"0" * 16
    )

    assert seen == []
    with pikepdf.open(BytesIO(pdf)) as document:
        assert list(document.attachments) == []
        streams = [o.read_bytes() for o in document.objects if isinstance(o, pikepdf.Stream)]
    assert not any(b"the-secret" in stream for stream in streams)


def test_the_attack_document_does_attack_an_open_renderer(listener, tmp_path):
    """The control: with WeasyPrint's own fetcher the same HTML reaches the server and the file."""
    from weasyprint import HTML

    url, seen = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("the-secret-of-the-house", encoding="utf-8")

    pdf = HTML(string=attack(url, secret.as_uri())).write_pdf()

    assert len(seen) >= 5
    with pikepdf.open(BytesIO(pdf)) as document:
        assert list(document.attachments) != []


def test_fonts_outside_the_folder_are_not_read(tmp_path):
    copy = tmp_path / "Other.ttf"
    copy.write_bytes(FACE.families[0].regular.read_bytes())
    html = f"""<html lang="en"><head><title>x</title><style>
    @font-face {{ font-family: Other; src: url("{copy.as_uri()}") }}
    p {{ font-family: Other }}</style></head><body><p>x</p></body></html>"""

    pdf = html_to_pdf(html, face=FACE, made_at=PREPARED_AT, identifier=b"0" * 16)

    with pikepdf.open(BytesIO(pdf)) as document:
        fonts = [str(f.BaseFont) for p in document.pages for f in p.Resources.Font.values()]
    assert not any("Other" in font for font in fonts)


def test_letters_beyond_chinese_type_are_drawn_in_the_second_face():
    names = ["Łukasz Żółć", "Αλέξανδρος Παπαδόπουλος", "Ольга Іванова", "Nguyễn Thị Hường"]

    assert [FACE.missing(name) for name in names] == [[], [], [], []]
    runs = [(family.name, run) for family, run in FACE.runs("Łukasz Żółć 12 李")]
    assert runs == [
        ("NotoSans", "Ł"),
        ("NotoSansSC", "ukasz "),
        ("NotoSans", "Ż"),
        ("NotoSansSC", "ó"),
        ("NotoSans", "łć 12 "),
        ("NotoSansSC", "李"),
    ]
