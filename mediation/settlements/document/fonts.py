"""The document's typeface: where it lies, which characters it has, small subsets for signatures.

Noto Sans (SIL OFL 1.1) as static TrueType files, brought by the front-end build: simplified
Chinese first, then what that lacks of the Latin, Greek and Cyrillic letters, so that a name is
printed as its bearer writes it. DejaVu Sans (Bitstream Vera's licence) for names written from the
right: it draws every form of every Arabic letter with one glyph that no other letter has, so that
what is printed can be read back. Static TrueType because it subsets in milliseconds and keeps PDFs
small.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path

import uharfbuzz
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

from mediation.settlements.document.right_to_left import JOINING, is_printable_letter, pieces

FAMILIES = ("NotoSansSC", "NotoSans")  # in this order a letter looks for its face
RIGHTWARD_FAMILY = "DejaVuSans"
# Layout tables a one-line signature does not need; leaving them out makes the subset 20 KB.
DROPPED_TABLES = ("GSUB", "GPOS", "GDEF", "vhea", "vmtx", "VORG", "BASE", "STAT")
JOINING_TABLES = {"GSUB"}  # which says how letters of one word join
SUBSTITUTE = "□"
PDF_UNITS = 1000


class FontsMissing(RuntimeError):
    """The front-end build has not put the font files in place."""


@dataclass(frozen=True)
class Family:
    """One family of the typeface in two weights."""

    name: str
    folder: Path
    joins_letters: bool = False

    @property
    def regular(self) -> Path:
        """Path of the regular weight."""
        return self.folder / f"{self.name}-Regular.ttf"

    @property
    def bold(self) -> Path:
        """Path of the bold weight."""
        return self.folder / f"{self.name}-Bold.ttf"

    @cached_property
    def _face(self) -> uharfbuzz.Face:
        return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(self.regular)))

    @cached_property
    def _bold_face(self) -> uharfbuzz.Face:
        return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(self.bold)))

    @cached_property
    def characters(self) -> frozenset[int]:
        """Code points both weights can draw."""
        return frozenset(self._face.unicodes) & frozenset(self._bold_face.unicodes)

    def length(self, text: str) -> float:
        """How long `text` is on one line in the bold weight, as a multiple of the type's size."""
        line = uharfbuzz.Buffer()
        line.add_str(text)
        line.guess_segment_properties()
        uharfbuzz.shape(uharfbuzz.Font(self._bold_face), line)
        return float(sum(glyph.x_advance for glyph in line.glyph_positions) / self._bold_face.upem)

    def subset(self, text: str) -> bytes:
        """A TrueType file with only the glyphs of `text`, about 20 KB, 1000 units to an em: pyHanko
        writes the widths as they are in the file, and in a PDF they are thousandths.
        """
        wanted = uharfbuzz.SubsetInput()
        wanted.unicode_set.update({ord(c) for c in text} | {ord(" ")})
        kept = JOINING_TABLES if self.joins_letters else set()
        dropped = (tag for tag in DROPPED_TABLES if tag not in kept)
        tags = (int.from_bytes(tag.encode().ljust(4), "big") for tag in dropped)
        wanted.drop_table_tag_set.update(tags)
        wanted.flags |= uharfbuzz.SubsetFlags.NO_HINTING if self.joins_letters else 0
        small = uharfbuzz.subset(self._face, wanted)
        assert small is not None
        return _in_thousandths(bytes(small.blob.data), self._face.upem)


def _in_thousandths(font: bytes, upem: int) -> bytes:
    if upem == PDF_UNITS:
        return font
    scaled, file = BytesIO(), TTFont(BytesIO(font), recalcTimestamp=False)
    scale_upem(file, PDF_UNITS)
    file.save(scaled)
    return scaled.getvalue()


@dataclass(frozen=True)
class Typeface:
    """All families in one folder. Make it with `typeface(folder)`, which remembers it."""

    families: tuple[Family, ...]
    rightward: Family

    @property
    def all_families(self) -> tuple[Family, ...]:
        """The families for what is written from the left, then the one for the rest."""
        return (*self.families, self.rightward)

    def missing(self, text: str) -> list[str]:
        """Characters of `text` the typeface cannot draw, sorted; line breaks do not count."""
        gaps = set()
        for piece, is_run in pieces(text):
            draws = self._draws_from_the_right if is_run else self._family
            gaps |= {c for c in piece if c not in "\n\r" and not draws(c)}
        return sorted(gaps)

    def _draws_from_the_right(self, character: str) -> bool:
        is_known = character in JOINING or is_printable_letter(character)
        return is_known and ord(character) in self.rightward.characters

    def runs(self, text: str) -> Iterator[tuple[Family, str]]:
        """`text` cut where the family changes, with a visible box for what none can draw.

        A space, a digit or a sign stays with the family before it wherever that has it.
        """
        for piece, is_run in pieces(text):
            if is_run:
                yield self.rightward, piece
            else:
                yield from self._runs_from_the_left(piece)

    def _runs_from_the_left(self, text: str) -> Iterator[tuple[Family, str]]:
        family, run = self.families[0], ""
        for character in text:
            drawn = character if self._family(character) else SUBSTITUTE
            stays = not drawn.isalpha() and ord(drawn) in family.characters
            wanted = family if stays else self._family(drawn) or family
            if wanted is not family and run:
                yield family, run
                run = ""
            family, run = wanted, run + drawn
        if run:
            yield family, run

    def _family(self, character: str) -> Family | None:
        code = ord(character)
        return next((family for family in self.families if code in family.characters), None)


@cache
def typeface(folder: Path) -> Typeface:
    """The typeface in `folder`. Raises FontsMissing when a file is not there."""
    families = tuple(Family(name, folder.resolve()) for name in FAMILIES)
    face = Typeface(families, Family(RIGHTWARD_FAMILY, folder.resolve(), joins_letters=True))
    for path in (path for family in face.all_families for path in (family.regular, family.bold)):
        if not path.is_file():
            raise FontsMissing(f"{path.name} is not in {folder}: run the front-end build first.")
    return face
