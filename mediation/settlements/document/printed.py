"""The text of the printed pages in reading order, read back through the fonts' character maps.

Written for the pages this package makes: tagged PDF, two-byte glyph codes with a ToUnicode map. The
order is that of the structure tree, the one a screen reader follows (ISO 14289-1, 7.1), so page
headers stay out and a paragraph that runs over a page stays whole. A name written from the right
stands on paper turned around and is turned back (`right_to_left.read`).
"""

# mypy: allow-untyped-calls
# (pyHanko is annotated in part only)

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject

from mediation.settlements.document import right_to_left

CODE_BYTES = 2
MAX_DEPTH = 60
# Of elements looked at: a document of 30 obligations has some 2,000, and a tree may hold itself.
MAX_ELEMENTS = 50_000
SECTION = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
CHAR = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
RANGE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
# What matters in our content streams: marked content, font choices and strings of glyph codes.
TOKEN = re.compile(
    rb"/MCID\s+(?P<mcid>\d+)|(?P<mark>\b(?:BMC|BDC|EMC)\b)|/(?P<font>\S+)\s+[\d.]+\s+Tf\b"
    rb"|(?<!<)<(?P<codes>[0-9a-fA-F\s]*)>(?!>)"
)

# Structure types that hold a run of text of their own; a value fills one of them.
BLOCKS = {"/P", "/H1", "/H2", "/H3", "/TH", "/TD", "/Lbl", "/LBody"}

# Characters beyond NFKC that our typeface draws with one glyph, which reads back as any of them:
# the dot in 阿依古丽·买买提 is the one that lists begin with.
LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("•‧・", "·"),
        **dict.fromkeys("\u00ad\u2010", "-"),
        "‒": "–",
        "⋯": "...",
        "∕": "/",
        "‵": "`",
        **{chr(0x2780 + n): str(n + 1) for n in range(10)},
        **{chr(0x278A + n): chr(0x2776 + n) for n in range(10)},
    }
)
CharacterMap = dict[int, str]
Piece = tuple[int, int]  # object number of the page, marked-content identifier on it


@dataclass(frozen=True)
class Block:
    """A paragraph, cell or heading, squeezed as `squeeze` does, and the page it is on."""

    page: int
    text: str


def printed_blocks(catalogue: Any) -> list[Block]:
    """All tagged text under `catalogue`, block by block in reading order."""
    pieces: dict[Piece, list[str]] = {}
    for reference in _page_references(catalogue["/Pages"]):
        for mcid, glyphs in _marked_texts(reference.get_object()).items():
            pieces[reference.idnum, mcid] = glyphs
    found = []
    budget = iter(range(MAX_ELEMENTS))
    for element in _block_elements(catalogue["/StructTreeRoot"], MAX_DEPTH, budget):
        order = list(_reading_order(element, 0, MAX_DEPTH, budget))
        glyphs = [glyph for piece in order for glyph in pieces.get(piece, ())]
        text = squeeze(right_to_left.read(glyphs))
        if text:
            found.append(Block(order[0][0], text))
    return found


def first_unprinted(values: Iterable[str], blocks: list[Block]) -> str | None:
    """The first of `values` that does not fill a block after the one before it, or None.

    Whole blocks only: "8 December" must not be found inside "18 December". A block may go on at
    the top of the next page.
    """
    position = 0
    for value in values:
        wanted = squeeze(value)
        ends = (_end_of(wanted, blocks, n) for n in range(position, len(blocks)))
        position = next((end for end in ends if end), 0)
        if not position:
            return value
    return None


def _end_of(wanted: str, blocks: list[Block], start: int) -> int:
    """The index after the blocks from `start` that make up `wanted`, or 0."""
    position = start
    while position < len(blocks) and wanted.startswith(blocks[position].text):
        if position > start and blocks[position].page == blocks[position - 1].page:
            return 0
        wanted = wanted.removeprefix(blocks[position].text)
        position += 1
        if not wanted:
            return position
    return 0


def squeeze(text: str) -> str:
    """`text` without white space, in compatibility form: one glyph may stand for look-alikes."""
    return "".join(unicodedata.normalize("NFKC", text).translate(LOOK_ALIKES).split())


def _page_references(node: Any) -> Iterator[IndirectObject]:
    kids = node["/Kids"]
    for n in range(len(kids)):
        child = kids[n]
        if child["/Type"] == "/Page":
            yield kids.raw_get(n)
        else:
            yield from _page_references(child)


def _block_elements(element: Any, depth: int, budget: Iterator[int]) -> Iterator[Any]:
    if not isinstance(element, DictionaryObject) or not depth:
        return
    _spend(budget)
    if element.get("/S") in BLOCKS:
        yield element
        return
    for kid in _kids(element):
        yield from _block_elements(kid, depth - 1, budget)


def _spend(budget: Iterator[int]) -> None:
    if next(budget, None) is None:
        raise ValueError("The structure tree is larger than any of ours.")


def _kids(element: Any) -> Iterator[Any]:
    kids = element.get("/K", ArrayObject())
    for kid in kids if isinstance(kids, ArrayObject) else [kids]:
        yield kid.get_object()


def _reading_order(element: Any, page: int, depth: int, budget: Iterator[int]) -> Iterator[Piece]:
    """Pieces under `element` in logical order; nesting deeper than `depth` is cut off."""
    if isinstance(element, int):
        yield page, int(element)
    elif isinstance(element, DictionaryObject) and depth:
        _spend(budget)
        page = element.raw_get("/Pg").idnum if "/Pg" in element else page
        if element.get("/Type") == "/MCR":
            yield page, int(element["/MCID"])
            return
        for kid in _kids(element):
            yield from _reading_order(kid, page, depth - 1, budget)


def _marked_texts(page: Any) -> dict[int, list[str]]:
    """The texts of the glyphs in every marked piece of `page`, in the order they are drawn."""
    fonts = {name: _character_map(font) for name, font in _fonts(page).items()}
    texts: defaultdict[int, list[str]] = defaultdict(list)
    current: CharacterMap = {}
    marks: list[int | None] = []
    mcid: int | None = None
    for token in TOKEN.finditer(_content(page)):
        if token["font"]:
            current = fonts[token["font"].decode()]
        elif token["codes"] and marks and marks[-1] is not None:
            texts[marks[-1]] += _decoded(bytes.fromhex(token["codes"].decode()), current)
        elif token["mark"] == b"EMC":
            marks.pop()
        elif token["mark"]:
            marks.append(mcid)
        mcid = int(token["mcid"]) if token["mcid"] else None
    return texts


def _content(page: Any) -> bytes:
    contents = page["/Contents"]
    parts = contents if isinstance(contents, ArrayObject) else [contents]
    return b"\n".join(part.get_object().data for part in parts)


def _fonts(page: Any) -> dict[str, Any]:
    fonts = page["/Resources"]["/Font"]
    return {str(name).removeprefix("/"): font.get_object() for name, font in fonts.items()}


def _decoded(codes: bytes, characters: CharacterMap) -> list[str]:
    starts = range(0, len(codes) - 1, CODE_BYTES)
    glyphs = (int.from_bytes(codes[n : n + CODE_BYTES]) for n in starts)
    return [characters.get(glyph, "\ufffd") for glyph in glyphs]


def _character_map(font: Any) -> CharacterMap:
    found: CharacterMap = {}
    for kind, body in SECTION.findall(font["/ToUnicode"].data):
        if kind == b"char":
            found |= {int(code, 16): _text(target) for code, target in CHAR.findall(body)}
            continue
        for first, last, target in RANGE.findall(body):
            start = ord(_text(target))
            codes = range(int(first, 16), int(last, 16) + 1)
            found |= {code: chr(start + n) for n, code in enumerate(codes)}
    return found


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be")
