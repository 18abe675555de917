"""Names written from the right (Arabic, Hebrew, Persian, Uyghur) in a text written from the left.

What a page holds is glyphs in the order they stand on paper, so a name from the right stands in it
turned around. Each such name is printed in a box of its own, on one line and apart from what stands
beside it; then what is read back is the name turned around glyph by glyph and nothing else, and
turning it around again is the whole rule. A glyph that is two letters (لا) is turned as one.

A box is a *run*: letters from the right and what may stand between two of them. What the rule would
not read back exactly, or the box would show in another order than a reader expects, is refused.
The browser does the same in static/js/verification/checker/printed.js.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum

# The blocks of what is written from the right, Hebrew to Arabic Extended-A and the presentation
# forms, with marks, signs and digits: what a text is cut by.
RIGHTWARD_BLOCKS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
# The letters in them that a box may hold, and the three signs of Hebrew that are none: no mark, no
# presentation form and no digit, for digits stand on paper from the left. What a page is read by,
# and so part of how every signed document is read: may change only by what no document has.
RIGHTWARD_LETTERS = (
    "\u05be\u05d0-\u05ea\u05ef-\u05f4\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u0674\u0679-\u06d3"
    "\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff\u0710\u0712-\u072f\u074d-\u077f"
)
# What may stand between two letters of a run: בע"מ, כהן-לוי, א. כהן.
JOINING = frozenset(" '\u2019\".&-")
RUN = re.compile(f"[{RIGHTWARD_BLOCKS}](?:[{re.escape(''.join(JOINING))}]*[{RIGHTWARD_BLOCKS}])*")
LETTERS = re.compile(f"[{RIGHTWARD_LETTERS}]+")
# A run among glyphs, each written as one letter: right, joining, other.
TURNED = re.compile(r"r(?:j*+r)*+")
LIST_SIGNS = frozenset(",\uff0c\u3001;\uff1b")


class Unfit(StrEnum):
    """Why a text with names from the right cannot be printed."""

    LONG = "right_to_left_long"
    MIXED = "right_to_left_mixed"


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """`text` cut into pieces, each with whether it is a run from the right."""
    end = 0
    for run in RUN.finditer(text):
        if run.start() > end:
            yield text[end : run.start()], False
        yield run[0], True
        end = run.end()
    if end < len(text):
        yield text[end:], False


def is_mixed(text: str) -> bool:
    """Whether two runs have only digits or signs between them, as in `شارع 12 الرياض`: from which
    side they are read is then for the reader to guess. Lists and other letters part them well.
    """
    between = [piece for piece, is_run in list(pieces(text))[1:-1] if not is_run]
    return not all(_parts_well(piece) for piece in between)


def _parts_well(piece: str) -> bool:
    if any(unicodedata.bidirectional(character) == "L" for character in piece):
        return True
    return piece.strip() in LIST_SIGNS


def is_one_sided(name: str) -> bool:
    """Whether all of `name` is one run, or nothing in it is."""
    return RUN.search(name) is None or RUN.fullmatch(name) is not None


def is_printable_letter(character: str) -> bool:
    """Whether a box may hold it: letters and the signs of Hebrew, but no mark, form or digit."""
    return LETTERS.fullmatch(character) is not None


def read(glyphs: Sequence[str]) -> str:
    """What `glyphs`, the texts of a paragraph's glyphs as they stand on paper, say."""
    kinds = "".join(map(_kind, glyphs))
    return "".join(_read(glyphs, kinds))


def _read(glyphs: Sequence[str], kinds: str) -> Iterator[str]:
    end = 0
    for run in TURNED.finditer(kinds):
        yield from glyphs[end : run.start()]
        yield from reversed(glyphs[run.start() : run.end()])
        end = run.end()
    yield from glyphs[end:]


def _kind(glyph: str) -> str:
    if LETTERS.fullmatch(glyph):
        return "r"
    return "j" if not glyph.strip() or glyph in JOINING else "o"
