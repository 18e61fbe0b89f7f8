"""Charts with lines over two axes, logarithmic or linear."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from mailfanout.show.svg import Point, picture, text

Series = Mapping[str, Sequence[Point]]

SIZE = (700, 400)
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 560.0, 80.0, 360.0
_COLOURS = ("function", "table", "queue", "bucket")
_DASHES = ("", "7 4", "2 4", "9 3 2 3")
_FEW_POINTS = 12  # each of which is drawn, and told
_NAME_HEIGHT = 16.0


@dataclass(frozen=True)
class Axis:
    """A scale from the least to the most value, with marks on it."""

    marks: tuple[float, ...]
    is_logarithmic: bool

    def share(self, value: float) -> float:
        """Where a value lies on it: 0 at the first mark, 1 at the last."""
        low, high = self.marks[0], self.marks[-1]
        if self.is_logarithmic:
            value, low, high = math.log10(value), math.log10(low), math.log10(high)
        return (value - low) / (high - low)

    def label(self, mark: float) -> str:
        """What stands beside a mark: in millions, if the last one is a million or more."""
        if self.marks[-1] < 1_000_000:
            return f"{mark:,g}"
        return f"{mark / 1_000_000:,g} M" if mark else "0"


@dataclass(frozen=True)
class Chart:
    """Lines over two axes: a picture in Jupyter, and elsewhere what is drawn in it.

    The text names no measured value: it is the same in every run.
    """

    title: str
    series: Series
    across: str
    up: str
    is_linear: bool = False

    def __repr__(self) -> str:
        drawn = (f"{name} at {_places(points)}" for name, points in self.series.items())
        return f"{self.title}: {self.up} by {self.across}; {'; '.join(drawn)}"

    def _repr_html_(self) -> str:
        return draw(self)


def chart(title: str, series: Series, *, across: str, up: str, is_linear: bool = False) -> Chart:
    """A line for each series of points, above 0 on two logarithmic axes, or on linear ones.

    `across` and `up` say what the axes are. Lines differ in colour and in dashes.
    """
    return Chart(title, series, across, up, is_linear)


def draw(chart: Chart) -> str:
    """The chart as inline SVG, the same for the same points."""
    title, series, across, up = chart.title, chart.series, chart.across, chart.up
    points = [point for one in series.values() for point in one]
    to_axis = _linear if chart.is_linear else _logarithmic
    width, height = to_axis([x for x, _ in points]), to_axis([y for _, y in points])

    def place(point: Point) -> Point:
        return (
            _LEFT + (_RIGHT - _LEFT) * width.share(point[0]),
            _BOTTOM - (_BOTTOM - _TOP) * height.share(point[1]),
        )

    shapes = [text((20, 36), title, "title"), text((20, 56), f"{up}, by {across}", "quiet")]
    for mark in width.marks:
        x, _ = place((mark, height.marks[0]))
        shapes += [_rule((x, _TOP), (x, _BOTTOM))]
        shapes += [text((x, _BOTTOM + 18), width.label(mark), "quiet middle")]
    for mark in height.marks:
        _, y = place((width.marks[0], mark))
        shapes += [_rule((_LEFT, y), (_RIGHT, y))]
        shapes += [text((_LEFT - 8, y + 4), height.label(mark), "quiet end")]
    ends = [place(max(one)) for one in series.values()]
    names = _apart([y for _, y in ends])
    for number, (name, one) in enumerate(series.items()):
        shapes += _line(name, [(point, place(point)) for point in sorted(one)], number)
        shapes.append(text((ends[number][0] + 12, names[number] + 4), name, "name"))
    told = "; ".join(f"{name}: {_told(one)}" for name, one in series.items())
    return picture(SIZE, f"{title}: {up}, by {across}", told, shapes)


def _places(points: Sequence[Point]) -> str:
    if len(points) <= _FEW_POINTS:
        return ", ".join(f"{x:,g}" for x, _ in sorted(points))
    return f"{min(points)[0]:,.4g} to {max(points)[0]:,.4g}"


def _told(points: Sequence[Point]) -> str:
    """All of a few points, or about as many of a curve."""
    step = max(1, len(points) // _FEW_POINTS)
    return ", ".join(f"{y:,.3g} at {x:,.4g}" for x, y in sorted(points)[::step])


def _logarithmic(values: Sequence[float]) -> Axis:
    """The powers of ten around the values, never the same one twice."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return Axis(tuple(10.0**power for power in range(low, max(high, low + 1) + 1)), True)


def _linear(values: Sequence[float]) -> Axis:
    """From 0 in four to eight steps that a person would choose."""
    most = max(*values, 1e-9)
    rough = most / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough)
    return Axis(tuple(step * number for number in range(math.ceil(most / step) + 1)), False)


def _apart(heights: Sequence[float]) -> list[float]:
    """The heights of the lines' names, moved down where two would overlap."""
    moved = list(heights)
    order = sorted(range(len(moved)), key=moved.__getitem__)
    for above, below in zip(order, order[1:], strict=False):
        moved[below] = max(moved[below], moved[above] + _NAME_HEIGHT)
    return moved


def _rule(start: Point, end: Point) -> str:
    return f'<path class="line off" d="M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}"/>'


def _line(name: str, points: Sequence[tuple[Point, Point]], number: int) -> list[str]:
    colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for _, (x, y) in points)
    style = f'fill="none" stroke="currentColor" stroke-width="2.5" stroke-dasharray="{dash}"'
    dots = _dots(name, points) if len(points) <= _FEW_POINTS else ()
    title = f"<title>{escape(name)}</title>"
    return [f'<g class="{colour}"><path d="{path}" {style}>{title}</path>{"".join(dots)}</g>']


def _dots(name: str, points: Sequence[tuple[Point, Point]]) -> Iterator[str]:
    """A dot at each point, which says its values when a pointer rests on it."""
    for (across, up), (x, y) in points:
        title = f"<title>{escape(name)}: {up:,.3g} at {across:,g}</title>"
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="currentColor">{title}</circle>'
