"""What a signature looks like on paper: the name large, then how, when and with which certificate.

The type is a subset with only the characters needed, embedded so that the page stays PDF/A.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.content import ResourceType
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStamp, BaseStampStyle

from mediation.settlements.document.fonts import Typeface

NAME_SIZE = 15.0
LINE_SIZE = 7.2
LINE_STEP = 10.0
PADDING = 7.0
INK = (0.09, 0.16, 0.36)
SEAL_RED = (0.66, 0.13, 0.09)


@dataclass(frozen=True)
class Mark:
    """The words of one signature: a name and smaller lines below; a seal is red and framed."""

    name: str
    lines: tuple[str, ...]
    is_seal: bool = False


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


class _MarkStamp(BaseStamp):
    def _render_inner_content(self) -> list[bytes]:
        mark, face = self.style.mark, self.style.face
        name, lines = face.printable(mark.name), [face.printable(line) for line in mark.lines]
        small = face.subset(name + "".join(lines))
        font = GlyphAccumulator(self._ensure_writer, BytesIO(small), LINE_SIZE)
        self.set_resource(ResourceType.FONT, pdf_name("/Mark"), font.as_resource())
        operators = _frame(self.box) if mark.is_seal else []
        operators.append(b"%g %g %g rg" % (SEAL_RED if mark.is_seal else INK))
        top = self.box.height / 2 + LINE_STEP * len(lines) / 2 - NAME_SIZE * 0.4
        operators.append(self._line(font, name, NAME_SIZE, top))
        for n, line in enumerate(lines, start=1):
            operators.append(self._line(font, line, LINE_SIZE, top - 3 - LINE_STEP * n))
        return operators

    def _line(self, font: GlyphAccumulator, text: str, size: float, y: float) -> bytes:
        shaped = font.shape(text)
        room = self.box.width - 2 * PADDING
        fitting = min(size, room / shaped.x_advance) if shaped.x_advance else size
        start = b"BT /Mark %g Tf 1 0 0 1 %g %g Tm " % (fitting, PADDING, y)
        return start + shaped.graphics_ops + b" ET"


def _frame(box: BoxConstraints) -> list[bytes]:
    """A double red line, thick outside and thin inside, as on a registry stamp."""
    red = b"%g %g %g RG" % SEAL_RED
    outer = b"1.4 w 0.7 0.7 %g %g re S" % (box.width - 1.4, box.height - 1.4)
    inner = b"0.4 w 2.8 2.8 %g %g re S" % (box.width - 5.6, box.height - 5.6)
    return [red, outer, inner]
