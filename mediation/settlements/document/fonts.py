"""The document's typeface: where it lies, which characters it has, small subsets for signatures.

Noto Sans SC (SIL OFL 1.1) as two static TrueType files, brought by the front-end build. Static
TrueType because it subsets in milliseconds and keeps PDFs small; see docs/settlement.md.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import uharfbuzz

REGULAR = "NotoSansSC-Regular.ttf"
BOLD = "NotoSansSC-Bold.ttf"
# Layout tables a one-line signature does not need; leaving them out makes the subset 20 KB.
DROPPED_TABLES = ("GSUB", "GPOS", "GDEF", "vhea", "vmtx", "VORG", "BASE", "STAT")
SUBSTITUTE = "□"


class FontsMissing(RuntimeError):
    """The front-end build has not put the two font files in place."""


@dataclass(frozen=True)
class Typeface:
    """The folder holding both files. Make it with `typeface(folder)`, which remembers it."""

    folder: Path

    @property
    def regular(self) -> Path:
        """Path of the regular weight."""
        return self.folder / REGULAR

    @property
    def bold(self) -> Path:
        """Path of the bold weight."""
        return self.folder / BOLD

    @cached_property
    def _face(self) -> uharfbuzz.Face:
        return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(self.regular)))

    @cached_property
    def characters(self) -> frozenset[int]:
        """Code points both weights can draw."""
        bold = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(self.bold)))
        return frozenset(self._face.unicodes) & frozenset(bold.unicodes)

    def missing(self, text: str) -> list[str]:
        """Characters of `text` the typeface cannot draw, sorted; line breaks do not count."""
        return sorted({c for c in text if c not in "\n\r" and ord(c) not in self.characters})

    def printable(self, text: str) -> str:
        """`text` with a visible box for every character the typeface cannot draw."""
        gaps = set(self.missing(text))
        return "".join(SUBSTITUTE if c in gaps else c for c in text)

    def subset(self, text: str) -> bytes:
        """A TrueType file with only the glyphs of `text`, about 20 KB."""
        wanted = uharfbuzz.SubsetInput()
        wanted.unicode_set.update({ord(c) for c in text} | {ord(" ")})
        dropped = (int.from_bytes(tag.encode().ljust(4), "big") for tag in DROPPED_TABLES)
        wanted.drop_table_tag_set.update(dropped)
        small = uharfbuzz.subset(self._face, wanted)
        assert small is not None
        return bytes(small.blob.data)


@cache
def typeface(folder: Path) -> Typeface:
    """The typeface in `folder`. Raises FontsMissing when a file is not there."""
    for name in (REGULAR, BOLD):
        if not (folder / name).is_file():
            raise FontsMissing(f"{name} is not in {folder}: run the front-end build first.")
    return Typeface(folder.resolve())
