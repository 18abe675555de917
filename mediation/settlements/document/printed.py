"""The text of the printed pages in reading order, read back through the fonts' character maps.

Written for the pages this package makes: tagged PDF, two-byte glyph codes with a ToUnicode map. The
order is that of the structure tree, the one a screen reader follows (ISO 14289-1, 7.1), so page
headers stay out and a paragraph that runs over a page stays whole. A name written from the right
stands on paper turned around and is turned back (`right_to_left.read`).

A small file can be made that has pages and structure without end, so how much is looked at has
bounds. The browser has the same ones in static/js/verification/checker/printed.js.
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
# Of pages, fonts and elements looked at: a document of 30 obligations has some 2,000, and a tree
# may hold itself.
MAX_ELEMENTS = 50_000
# Of letters on the pages, of those in blocks and of those in character maps, each for itself: a
# document of 30 obligations has some 20,000 on its pages.
MAX_GLYPHS = 200_000
MAX_CONTENT = 64 * 1024 * 1024  # octets of what is drawn and of character maps, inflated
SECTION = re.compile(rb"beginbf(char|range)")
SECTION_END = b"endbf"
CHAR = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
RANGE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
# What matters in our content streams: marked content, font choices and strings of glyph codes.
TOKEN = re.compile(
    rb"/MCID\s+(?P<mcid>\d+)|(?P<mark>\b(?:BMC|BDC|EMC)\b)|/(?P<font>[^\s/]+)\s+[\d.]+\s+Tf\b"
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


class TooLarge(ValueError):
    """The pages hold more than any document of ours."""


class Allowance:
    """How much of something may still be looked at."""

    def __init__(self, most: int) -> None:
        self._left = most

    def spend(self, amount: int = 1) -> None:
        """Raises TooLarge where there is not so much left."""
        self._left -= amount
        if self._left < 0:
            raise TooLarge

    def spend_letters(self, glyphs: Iterable[str]) -> None:
        """The same for glyphs: one may stand for several letters, and none costs nothing."""
        for glyph in glyphs:
            self.spend(max(1, len(glyph)))


@dataclass(frozen=True)
class Block:
    """A paragraph, cell or heading, squeezed as `squeeze` does, and the page it is on."""

    page: int
    text: str


def printed_blocks(catalogue: Any) -> list[Block]:
    """All tagged text under `catalogue`, block by block in reading order. Raises TooLarge."""
    elements, letters = Allowance(MAX_ELEMENTS), Allowance(MAX_GLYPHS)
    pieces: dict[Piece, list[str]] = {}
    pages = _Pages(elements)
    for reference in _page_references(catalogue["/Pages"], elements):
        for mcid, glyphs in pages.marked_texts(reference.get_object()).items():
            pieces[reference.idnum, mcid] = glyphs
    found = []
    for element in _block_elements(catalogue["/StructTreeRoot"], MAX_DEPTH, elements):
        order = list(_reading_order(element, 0, MAX_DEPTH, elements))
        glyphs = []
        for piece in order:
            letters.spend_letters(pieces.get(piece, ()))
            glyphs += pieces.get(piece, ())
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


def _page_references(node: Any, elements: Allowance) -> Iterator[IndirectObject]:
    kids = node["/Kids"]
    for n in range(len(kids)):
        elements.spend()
        child = kids[n]
        if child["/Type"] == "/Page":
            yield kids.raw_get(n)
        else:
            yield from _page_references(child, elements)


def _block_elements(element: Any, depth: int, elements: Allowance) -> Iterator[Any]:
    elements.spend()
    if not isinstance(element, DictionaryObject) or not depth:
        return
    if element.get("/S") in BLOCKS:
        yield element
        return
    for kid in _kids(element):
        yield from _block_elements(kid, depth - 1, elements)


def _kids(element: Any) -> Iterator[Any]:
    kids = element.get("/K", ArrayObject())
    for kid in kids if isinstance(kids, ArrayObject) else [kids]:
        yield kid.get_object()


def _reading_order(element: Any, page: int, depth: int, elements: Allowance) -> Iterator[Piece]:
    """Pieces under `element` in logical order; nesting deeper than `depth` is cut off."""
    elements.spend()
    if isinstance(element, int):
        yield page, int(element)
    elif isinstance(element, DictionaryObject) and depth:
        page = element.raw_get("/Pg").idnum if "/Pg" in element else page
        if element.get("/Type") == "/MCR":
            yield page, int(element["/MCID"])
            return
        for kid in _kids(element):
            yield from _reading_order(kid, page, depth - 1, elements)


class _Pages:
    """Reads pages, one after the other, within one allowance."""

    def __init__(self, elements: Allowance) -> None:
        self._elements = elements
        self._drawn, self._mapped = Allowance(MAX_GLYPHS), Allowance(MAX_GLYPHS)
        self._content = Allowance(MAX_CONTENT)
        self._maps: dict[int, CharacterMap] = {}  # by the number of the object

    def marked_texts(self, page: Any) -> dict[int, list[str]]:
        """The texts of the glyphs in every marked piece of `page`, in the order they are drawn."""
        fonts = self._fonts(page)
        texts: defaultdict[int, list[str]] = defaultdict(list)
        current: CharacterMap = {}
        marks: list[int | None] = []
        mcid: int | None = None
        for token in TOKEN.finditer(self._drawing(page)):
            if token["font"]:
                current = fonts[token["font"].decode()]
            elif token["codes"] and marks and marks[-1] is not None:
                texts[marks[-1]] += self._decoded(token["codes"], current)
            elif token["mark"] == b"EMC":
                marks.pop()
            elif token["mark"]:
                marks.append(mcid)
            mcid = int(token["mcid"]) if token["mcid"] else None
        return texts

    def _drawing(self, page: Any) -> bytes:
        contents = page["/Contents"]
        parts = contents if isinstance(contents, ArrayObject) else [contents]
        return b"\n".join(self._inflated(part.get_object()) for part in parts)

    def _inflated(self, stream: Any) -> bytes:
        self._elements.spend()
        content: bytes = stream.data
        self._content.spend(len(content))
        return content

    def _fonts(self, page: Any) -> dict[str, CharacterMap]:
        fonts = page["/Resources"]["/Font"]
        return {name.removeprefix("/"): self._map_of(font) for name, font in fonts.items()}

    def _map_of(self, font: Any) -> CharacterMap:
        self._elements.spend()
        number = font.get_object().raw_get("/ToUnicode").idnum
        if number not in self._maps:
            said = self._inflated(font.get_object()["/ToUnicode"])
            self._maps[number] = _character_map(said, self._mapped)
        return self._maps[number]

    def _decoded(self, digits: bytes, characters: CharacterMap) -> list[str]:
        codes = bytes.fromhex(digits.decode())
        found = []
        for n in range(0, len(codes) - 1, CODE_BYTES):
            glyph = characters.get(int.from_bytes(codes[n : n + CODE_BYTES]), "\ufffd")
            self._drawn.spend(max(1, len(glyph)))
            found.append(glyph)
        return found


def _character_map(said: bytes, mapped: Allowance) -> CharacterMap:
    """Glyph codes to texts, out of a ToUnicode map."""
    found: CharacterMap = {}
    for part in _sections(said):
        start = SECTION.search(part)
        if start is None:
            continue
        body = part[start.end() :]
        pairs = _characters(body) if start[1] == b"char" else _ranges(body)
        for code, text in pairs:
            mapped.spend(max(1, len(text)))
            found[code] = text
    return found


def _sections(said: bytes) -> Iterator[bytes]:
    start = 0
    while (end := said.find(SECTION_END, start)) >= 0:
        yield said[start:end]
        start = end + len(SECTION_END)


def _characters(body: bytes) -> Iterator[tuple[int, str]]:
    for entry in CHAR.finditer(body):
        yield int(entry[1], 16), _text(entry[2])


def _ranges(body: bytes) -> Iterator[tuple[int, str]]:
    for entry in RANGE.finditer(body):
        first, start = int(entry[1], 16), ord(_text(entry[3]))
        for code in range(first, int(entry[2], 16) + 1):
            yield code, chr(start + code - first)


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be")
