"""What a signature looks like on paper: the name large, or what its owner drew instead, then how,
when and with which certificate.

The type is a subset with only the characters needed, embedded so that the page stays PDF/A.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Any

import uharfbuzz
from pyhanko.pdf_utils.content import ResourceType
from pyhanko.pdf_utils.font.api import ShapeResult
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStamp, BaseStampStyle

from mediation.settlements.document.drawing import Drawing
from mediation.settlements.document.fonts import Family, Typeface

NAME_SIZE = 15.0
LINE_SIZE = 7.2
LINE_STEP = 10.0
DRAWN_STEP = 8.6  # between the lines below a drawing
PADDING = 7.0
INK = (0.09, 0.16, 0.36)
SEAL_RED = (0.66, 0.13, 0.09)


@dataclass(frozen=True)
class Mark:
    """The words of one signature: a name, or a drawing in its place, and smaller lines below; a
    seal is red and framed.
    """

    name: str
    lines: tuple[str, ...]
    is_seal: bool = False
    drawing: Drawing | None = None


@dataclass(frozen=True)
class MarkStyle(BaseStampStyle):
    """pyHanko's way of being told how a signature looks."""

    border_width: int = 0
    mark: Mark | None = None
    face: Typeface | None = None

    def create_stamp(
        self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, Any]
    ) -> BaseStamp:
        """The stamp for a field as large as `box`."""
        return _MarkStamp(writer, self, box)


class _JoinedGlyphs(GlyphAccumulator):
    """Glyphs of names written from the right. pyHanko takes letters to come from the left when it
    notes what each glyph stands for, so that is noted again.
    """

    def shape(self, txt: str, with_actual_text: bool = True) -> ShapeResult:
        shaped = super().shape(txt, with_actual_text)
        line = uharfbuzz.Buffer()
        line.add_str(txt)
        line.guess_segment_properties()
        uharfbuzz.shape(self.hb_font, line, self.features)
        end = len(txt)
        for glyph in line.glyph_infos:
            code, _width = self._get_cid_and_width(glyph.codepoint)
            self._cid_to_unicode[code] = txt[glyph.cluster : end]
            end = glyph.cluster
        return shaped


class _MarkStamp(BaseStamp):
    def _render_inner_content(self) -> list[bytes]:
        mark = self.style.mark
        if mark.drawing:
            return self._drawn(mark.drawing, mark.lines)
        name, lines = mark.name, mark.lines
        fonts = self._fonts((name, *lines))
        operators = _frame(self.box) if mark.is_seal else []
        operators.append(b"%g %g %g rg" % (SEAL_RED if mark.is_seal else INK))
        top = self.box.height / 2 + LINE_STEP * len(lines) / 2 - NAME_SIZE * 0.4
        operators += self._line(fonts, name, NAME_SIZE, top)
        for n, line in enumerate(lines, start=1):
            operators += self._line(fonts, line, LINE_SIZE, top - 3 - LINE_STEP * n)
        return operators

    def _drawn(self, drawing: Drawing, lines: tuple[str, ...]) -> list[bytes]:
        """The drawing above the lines; the document prints the name below the field."""
        fonts = self._fonts(lines)
        foot = DRAWN_STEP * len(lines) + LINE_SIZE / 3
        operators = [b"%g %g %g rg %g %g %g RG" % (INK * 2)]
        operators += drawing.operators(
            x=PADDING,
            y=foot,
            width=self.box.width - 2 * PADDING,
            height=self.box.height - foot - 1,
        )
        for n, line in enumerate(lines, start=1):
            y = foot - DRAWN_STEP * n
            operators += self._line(fonts, line, LINE_SIZE, y)
        return operators

    def _fonts(self, lines: Iterable[str]) -> dict[str, GlyphAccumulator]:
        """A small font for every family that is needed, by the family's name."""
        wanted: dict[Family, str] = {}
        for family, run in chain.from_iterable(self.style.face.runs(line) for line in lines):
            wanted[family] = wanted.get(family, "") + run
        fonts = {}
        for family, text in wanted.items():
            small = BytesIO(family.subset(text))
            kind = _JoinedGlyphs if family.joins_letters else GlyphAccumulator
            fonts[family.name] = kind(self._ensure_writer, small, LINE_SIZE)
            resource = fonts[family.name].as_resource()
            self.set_resource(ResourceType.FONT, pdf_name(f"/{family.name}"), resource)
        return fonts

    def _line(
        self, fonts: dict[str, GlyphAccumulator], text: str, size: float, y: float
    ) -> list[bytes]:
        """Operators that write `text` from the left, smaller where it is too long."""
        runs = [
            (family.name, fonts[family.name].shape(run))
            for family, run in self.style.face.runs(text)
        ]
        length = sum(shaped.x_advance for _name, shaped in runs)
        fitting = min(size, (self.box.width - 2 * PADDING) / length) if length else size
        x, operators = PADDING, []
        for name, shaped in runs:
            start = b"BT /%s %g Tf 1 0 0 1 %g %g Tm " % (name.encode(), fitting, x, y)
            operators.append(start + shaped.graphics_ops + b" ET")
            x += shaped.x_advance * fitting
        return operators


def _frame(box: BoxConstraints) -> list[bytes]:
    """A double red line, thick outside and thin inside, as on a registry stamp."""
    red = b"%g %g %g RG" % SEAL_RED
    outer = b"1.4 w 0.7 0.7 %g %g re S" % (box.width - 1.4, box.height - 1.4)
    inner = b"0.4 w 2.8 2.8 %g %g re S" % (box.width - 5.6, box.height - 5.6)
    return [red, outer, inner]
