"""A drawn signature: strict about what comes in, and only numbers of ours go out."""

import json
import re
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from mediation.settlements.document.check import check_settlement
from mediation.settlements.document.drawing import (
    LARGEST,
    MAX_POINTS,
    MAX_STROKES,
    MAX_TEXT,
    PEN,
    NotADrawing,
    parse_drawing,
)
from mediation.settlements.document.report import Verdict
from mediation.settlements.document.terms import Language, signing_slots
from tests.settlements.document_samples import (
    SAMPLES,
    SCRAWL,
    authority,
    sealed,
    sealed_as_drawn,
)

NUMBER = rb"-?\d+(?:\.\d+)?"
LINE = re.compile(
    rb"q 1 J 1 j 1\.1 w|Q|%s %s (?:m|l S)|%s %s %s %s %s %s c" % ((NUMBER,) * 8), re.DOTALL
)
ROOM = {"x": 7.0, "y": 20.0, "width": 200.0, "height": 24.0}


def test_a_drawing_is_read():
    drawing = parse_drawing("[[1,2,30,40],[5,6]]")
    assert drawing.strokes == (((1, 2), (30, 40)), ((5, 6),))


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "null", "7", "{}", '"a"', "[]", "[[]]", "[1,2]", "[[1]]", "[[1,2,3]]"),
        *("[[1,2],[]]", '[["1",2,30,40]]', "[[1.5,2,30,40]]", "[[true,2,30,40]]"),
        *("[[-1,2,30,40]]", f"[[{LARGEST + 1},2,30,40]]", "[[1e3,2,30,40]]", "[[NaN,2,30,40]]"),
        *("[[Infinity,2,30,40]]", "[[null,2,30,40]]", "[[[1],2,30,40]]", '[[{"a":1},2,3,4]]'),
        *("[[5,5]]", "[[5,5,9,9]]"),  # hardly any ink
        "[" * 20_000,
        json.dumps([[0, 0, 99, 99]] * (MAX_STROKES + 1)),
        json.dumps([[0, 0] * (MAX_POINTS + 1)]),
        json.dumps([[0, 0, 99, 99]]) + " " * MAX_TEXT,
        '[[0,0,99,99]] "]) /JavaScript',
    ],
)
def test_whatever_else_is_no_drawing(text):
    with pytest.raises(NotADrawing):
        parse_drawing(text)


STROKES = st.lists(
    st.lists(st.integers(0, LARGEST), min_size=2, max_size=40).filter(lambda n: len(n) % 2 == 0),
    min_size=1,
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(STROKES)
def test_only_our_operators_come_out_and_they_stay_in_their_place(strokes):
    try:
        drawing = parse_drawing(json.dumps(strokes))
    except NotADrawing:
        return
    for line in drawing.operators(**ROOM):
        assert LINE.fullmatch(line), line
        if line[-1:] in b"mcS":
            numbers = [float(number) for number in re.findall(NUMBER, line)]
            for x, y in zip(numbers[::2], numbers[1::2], strict=True):
                assert ROOM["x"] <= x - PEN / 2 + 0.01
                assert x + PEN / 2 <= ROOM["x"] + ROOM["width"] + 0.01
                assert ROOM["y"] <= y - PEN / 2 + 0.01
                assert y + PEN / 2 <= ROOM["y"] + ROOM["height"] + 0.01


def test_what_is_up_on_the_screen_is_up_on_paper():
    lines = parse_drawing("[[0,0,100,0],[0,50,100,50]]").operators(**ROOM)
    first, second = [float(line.split()[1]) for line in lines if line.endswith(b" m")]
    assert first > second


@pytest.mark.parametrize("language", [Language.ENGLISH, Language.CHINESE])
def test_a_document_with_drawn_signatures_is_genuine(language):
    report = check_settlement(sealed_as_drawn(language), trusted_root_pem=authority().root_pem)
    assert report.findings == ()
    assert report.verdict is Verdict.GENUINE
    names = {line.name for line in report.signers}
    assert {slot.signer for slot in signing_slots(SAMPLES[language]())} <= names


def looks(pdf):
    """By field, what its signature is drawn with."""
    found = {}
    for signature in PdfFileReader(BytesIO(pdf)).embedded_regular_signatures:
        look = signature.sig_field.get("/AP")
        found[signature.field_name] = look["/N"].data if look else b""
    return found


def test_the_drawing_takes_the_place_of_the_name_and_nobody_elses():
    typed, drawn = looks(sealed(Language.ENGLISH)), looks(sealed_as_drawn(Language.ENGLISH))
    first, *others = [slot.field for slot in signing_slots(SAMPLES[Language.ENGLISH]())]
    strokes = [b"q 1 J 1 j 1.1 w" in drawn[field] for field in (first, *others, "seal")]
    assert strokes == [False, *[True] * len(others), False]
    assert all(drawn[field].count(b"BT") < typed[field].count(b"BT") for field in others)
    pictures = b"/Subtype /Image"
    assert sealed_as_drawn(Language.ENGLISH).count(pictures) == sealed(Language.ENGLISH).count(
        pictures
    )
    assert SCRAWL.is_large_enough
