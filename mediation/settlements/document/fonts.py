"""The document's typeface: where it lies, which characters it has, small subsets for signatures.

Noto Sans (SIL OFL 1.1) as static TrueType files, brought by the front-end build: simplified
Chinese first, then what that lacks of the Latin, Greek and Cyrillic letters, so that a name is
printed as its bearer writes it. Static TrueType because it subsets in milliseconds and keeps PDFs
small. Scripts written from the right are not among them; docs/settlement.md says why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import uharfbuzz

FAMILIES = ("NotoSansSC", "NotoSans")  # in this order a letter looks for its face
# Layout tables a one-line signature does not need; leaving them out makes the subset 20 KB.
DROPPED_TABLES = ("GSUB", "GPOS", "GDEF", "vhea", "vmtx", "VORG", "BASE", "STAT")
SUBSTITUTE = "□"


class FontsMissing(RuntimeError):
    """The front-end build has not put the font files in place."""


@dataclass(frozen=True)
class Family:
    """One family of the typeface in two weights."""

    name: str
    folder: Path

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
    def characters(self) -> frozenset[int]:
        """Code points both weights can draw."""
        bold = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(self.bold)))
        return frozenset(self._face.unicodes) & frozenset(bold.unicodes)

    def subset(self, text: str) -> bytes:
        """A TrueType file with only the glyphs of `text`, about 20 KB."""
        wanted = uharfbuzz.SubsetInput()
        wanted.unicode_set.update({ord(c) for c in text} | {ord(" ")})
        tags = (int.from_bytes(tag.encode().ljust(4), "big") for tag in DROPPED_TABLES)
        wanted.drop_table_tag_set.update(tags)
        small = uharfbuzz.subset(self._face, wanted)
        assert small is not None
        return bytes(small.blob.data)


@dataclass(frozen=True)
class Typeface:
    """All families in one folder. Make it with `typeface(folder)`, which remembers it."""

    families: tuple[Family, ...]

    def missing(self, text: str) -> list[str]:
        """Characters of `text` the typeface cannot draw, sorted; line breaks do not count."""
        return sorted({c for c in text if c not in "\n\r" and self._family(c) is None})

    def runs(self, text: str) -> Iterator[tuple[Family, str]]:
        """`text` cut where the family changes, with a visible box for what none can draw.

        A space, a digit or a sign stays with the family before it wherever that has it.
        """
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
    for path in (path for family in families for path in (family.regular, family.bold)):
        if not path.is_file():
            raise FontsMissing(f"{path.name} is not in {folder}: run the front-end build first.")
    return Typeface(families)
