"""What a screen reader makes of the document: the tag tree is walked as it walks it, and the order
in which that reads is compared with where everything stands on the pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
import pytest

from mediation.settlements.document.render import render
from tests.settlements.document_matrix import terms_of
from tests.settlements.document_samples import (
    FACE,
    chinese_terms,
    cover,
    english_terms,
    sealed_over,
    signed_by_all,
)
from tests.settlements.document_variants import with_guarantor_and_time

SAME_LINE = 4.0  # points; the smallest line of ours is more than twice as high
TOP, BOTTOM = 60, 780  # points: what is written above or below is the page's number and name
HEADINGS = {"/H1", "/H2", "/H3", "/H4"}
SHOWS_TEXT = {"Tj", "TJ", "'", '"'}
Piece = tuple[int, int]  # which page, which marked content on it


@dataclass(frozen=True)
class Place:
    """Where something begins: page, points from the top of it, points from the left."""

    page: int
    down: float
    right: float


@dataclass(frozen=True)
class Leaf:
    """One tag that holds text itself: the tags around it and its own, and what it marks."""

    path: tuple[str, ...]
    pieces: tuple[Piece, ...]


def leaves_of(pdf: pikepdf.Pdf) -> list[Leaf]:
    """The tag tree, from the first to the last thing that is read."""
    pages = {page.objgen: number for number, page in enumerate(pdf.pages)}
    return list(_leaves(pdf.Root.StructTreeRoot.K, (), None, pages))


def _leaves(kids: Any, path: tuple[str, ...], page: int | None, pages: Any) -> Iterator[Leaf]:
    kids = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    own = tuple(piece for kid in kids if (piece := _piece(kid, page, pages)))
    if own:
        yield Leaf(path, own)
    for kid in kids:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            here = pages[kid.Pg.objgen] if "/Pg" in kid else page
            yield from _leaves(kid.get("/K", pikepdf.Array()), (*path, str(kid.S)), here, pages)


def _piece(kid: Any, page: int | None, pages: Any) -> Piece | None:
    if isinstance(kid, int):
        assert page is not None
        return page, kid
    if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/MCR":
        return (pages[kid.Pg.objgen] if "/Pg" in kid else page), int(kid.MCID)
    return None


def places_of(pdf: pikepdf.Pdf) -> dict[Piece, Place]:
    """Where each marked content shows its first letters. Nothing is shown outside of one, but for
    what is marked as furniture of the page.
    """
    found: dict[Piece, Place] = {}
    for number, page in enumerate(pdf.pages):
        height = float(page.mediabox[3])
        for mcid, at in _shown(page):
            found.setdefault((number, mcid), Place(number, height - at[1], at[0]))
    return found


def _shown(page: pikepdf.Page) -> Iterator[tuple[int, tuple[float, float]]]:
    """The marked content and the place of each piece of text, in the order it is drawn."""
    pen, marks = Pen(), []
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "BMC":
                marks.append(str(operands[0]))
            case "BDC":
                marks.append(operands[1].get("/MCID", str(operands[0])))
            case "EMC":
                marks.pop()
            case show if show in SHOWS_TEXT and "/Artifact" not in marks:
                (mcid,) = [mark for mark in marks if isinstance(mark, int)]
                yield mcid, pen.place
            case other:
                pen.follow(other, operands)


@dataclass
class Pen:
    """Where the page's drawing writes (ISO 32000-1, 8.4.4 and 9.4.2)."""

    now: pikepdf.Matrix = field(default_factory=pikepdf.Matrix)
    text: pikepdf.Matrix = field(default_factory=pikepdf.Matrix)
    kept: list[pikepdf.Matrix] = field(default_factory=list)

    @property
    def place(self) -> tuple[float, float]:
        whole = self.text @ self.now
        return float(whole.e), float(whole.f)

    def follow(self, operator: str, operands: Any) -> None:
        match operator:
            case "q":
                self.kept.append(self.now)
            case "Q":
                self.now = self.kept.pop()
            case "cm":
                self.now = pikepdf.Matrix(*map(float, operands)) @ self.now
            case "BT":
                self.text = pikepdf.Matrix()
            case "Tm":
                self.text = pikepdf.Matrix(*map(float, operands))
            case "Td" | "TD":
                self.text = pikepdf.Matrix().translated(*map(float, operands)) @ self.text


DOCUMENTS = {
    "english": english_terms,
    "chinese": chinese_terms,
    "guarantor": lambda: with_guarantor_and_time(english_terms),
    "guarantor in Chinese": lambda: with_guarantor_and_time(chinese_terms),
    **{f"shape {number}": lambda number=number: terms_of(number) for number in (4, 11, 23)},
}


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request) -> Iterator[pikepdf.Pdf]:
    terms = DOCUMENTS[request.param]()
    with pikepdf.open(BytesIO(render(terms, cover=cover(terms), face=FACE))) as pdf:
        yield pdf


def test_everything_on_the_pages_is_read_once_but_for_their_margins(document):
    read = [piece for leaf in leaves_of(document) for piece in leaf.pieces]
    places = places_of(document)

    assert len(read) == len(set(read))
    assert {piece for piece in places if piece not in set(read)} == {
        piece for piece, at in places.items() if not TOP < at.down < BOTTOM
    }


def test_nothing_is_read_that_stands_before_what_was_read_already(document):
    order = read_places(document)

    assert len(order) > 40
    assert out_of_order(order) == []


def test_a_tag_tree_in_another_order_is_noticed():
    """Or the order found above would prove nothing."""
    terms = english_terms()
    with pikepdf.open(BytesIO(render(terms, cover=cover(terms), face=FACE))) as pdf:
        sections = pdf.Root.StructTreeRoot.K[0].K
        sections[1], sections[2] = sections[2], sections[1]

        assert len(out_of_order(read_places(pdf))) == 1


def test_headings_rows_and_lists_are_told_as_such(document):
    leaves = leaves_of(document)
    levels = [level for leaf in leaves for level in leaf.path if level in HEADINGS]
    cells = [cell for leaf in leaves for cell in leaf.path if cell in ("/TH", "/TD")]
    items = [part for leaf in leaves for part in leaf.path if part in ("/Lbl", "/LBody")]

    assert levels.count("/H1") == 1
    assert levels[0] == "/H1"
    assert not [one for one in pairwise(levels) if one in {("/H1", "/H3"), ("/H1", "/H4")}]
    # A heading of a row comes before what it heads, a bullet before its words.
    assert cells[0] == "/TH"
    assert items[0] == "/Lbl"
    assert {leaf.path[0] for leaf in leaves} == {"/Document"}


def test_pictures_have_words(document):
    tags = [one for one in document.objects if isinstance(one, pikepdf.Dictionary)]
    figures = [one for one in tags if one.get("/S") == "/Figure"]

    assert figures
    assert all(str(one.get("/Alt", "")).strip() for one in figures)


@pytest.mark.parametrize("make", [english_terms, chinese_terms])
def test_signing_and_sealing_leave_the_order_as_it_was(make):
    terms = make()
    before = render(terms, cover=cover(terms), face=FACE)
    after = sealed_over(signed_by_all(terms), terms)
    with pikepdf.open(BytesIO(before)) as unsigned, pikepdf.open(BytesIO(after)) as sealed:
        assert read_places(sealed) == read_places(unsigned)


def read_places(pdf: pikepdf.Pdf) -> list[tuple[tuple[str, ...], Place]]:
    """Everything with letters as it is read: its tags, and where it begins."""
    places = places_of(pdf)
    found = [
        (leaf.path, [places[piece] for piece in leaf.pieces if piece in places])
        for leaf in leaves_of(pdf)
    ]
    return [(path, min(shown, key=lambda at: (at.page, at.down))) for path, shown in found if shown]


def out_of_order(read: list[tuple[tuple[str, ...], Place]]) -> list[Any]:
    """What is read after something it stands before."""
    return [(before, after) for before, after in pairwise(read) if not follows(before[1], after[1])]


def follows(before: Place, after: Place) -> bool:
    """Lower, or further along the line; or at the top of the next page or column."""
    if after.page != before.page:
        return after.page > before.page
    is_lower = after.down > before.down + SAME_LINE
    return is_lower or after.right > before.right
