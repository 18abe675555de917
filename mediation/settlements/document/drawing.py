"""A signature somebody drew: strokes of points, checked, and drawn again by us as lines of the PDF.

There is no picture and so no parser of pictures: what comes in is whole numbers within bounds, what
goes out are operators we write ourselves.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

MAX_TEXT = 48_000  # characters of JSON
MAX_STROKES = 80
MAX_POINTS = 4000
LARGEST = 4096  # the largest coordinate, in CSS pixels
SMALLEST = 12  # what is neither as wide nor as high is a touch and no signature
PEN = 1.1  # points
Point = tuple[int, int]


class NotADrawing(ValueError):
    """The text does not hold strokes of the right form, or too many, or hardly any ink."""


@dataclass(frozen=True)
class Drawing:
    """Strokes of at least one point each; y grows downwards, as on a screen."""

    strokes: tuple[tuple[Point, ...], ...]

    @property
    def _bounds(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the ink."""
        xs = [x for stroke in self.strokes for x, _y in stroke]
        ys = [y for stroke in self.strokes for _x, y in stroke]
        return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)

    @property
    def is_large_enough(self) -> bool:
        return max(self._bounds[2:]) >= SMALLEST

    def operators(self, *, x: float, y: float, width: float, height: float) -> list[bytes]:
        """Content of a PDF that draws it from (x, y), the lower left, as large as fits in there."""
        left, top, ink_width, ink_height = self._bounds
        room_x, room_y = width - PEN, height - PEN
        scale = min(room_x / max(ink_width, 1), room_y / max(ink_height, 1))
        base = y + (height + ink_height * scale) / 2

        def placed(point: tuple[float, float]) -> tuple[float, float]:
            return x + PEN / 2 + (point[0] - left) * scale, base - (point[1] - top) * scale

        drawn = [b"q 1 J 1 j %g w" % PEN]
        for stroke in self.strokes:
            drawn += _line([placed(point) for point in stroke])
        return [*drawn, b"Q"]


def parse_drawing(text: str) -> Drawing:
    """The drawing in `[[x, y, x, y, …], …]`, a list of whole numbers for each stroke. Raises
    NotADrawing.
    """
    if len(text) > MAX_TEXT:
        raise NotADrawing
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotADrawing from error
    if not isinstance(read, list) or not 0 < len(read) <= MAX_STROKES:
        raise NotADrawing
    drawing = Drawing(tuple(_stroke(numbers) for numbers in read))
    if sum(map(len, drawing.strokes)) > MAX_POINTS or not drawing.is_large_enough:
        raise NotADrawing
    return drawing


def _stroke(numbers: Any) -> tuple[Point, ...]:
    if not isinstance(numbers, list) or not numbers or len(numbers) % 2:
        raise NotADrawing
    if not all(type(number) is int and 0 <= number <= LARGEST for number in numbers):
        raise NotADrawing
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _line(points: list[tuple[float, float]]) -> Iterator[bytes]:
    """One stroke: through the middles between the points, each point bending the way (quadratic
    curves, written as cubic ones); a single point is a dot.
    """
    here = points[0]
    yield b"%.2f %.2f m" % here
    for bend, after in pairwise(points[1:]):
        there = ((bend[0] + after[0]) / 2, (bend[1] + after[1]) / 2)
        first, second = _third(here, bend), _third(there, bend)
        yield b"%.2f %.2f %.2f %.2f %.2f %.2f c" % (*first, *second, *there)
        here = there
    yield b"%.2f %.2f l S" % points[-1]


def _third(end: tuple[float, float], bend: tuple[float, float]) -> tuple[float, float]:
    """The control point of a cubic curve, two thirds of the way from its end to the bend."""
    return end[0] + (bend[0] - end[0]) * 2 / 3, end[1] + (bend[1] - end[1]) * 2 / 3
