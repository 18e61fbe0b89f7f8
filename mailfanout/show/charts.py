"""Charts of a few numbers: bars for a terminal, and lines in a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from mailfanout.show.svg import Point, picture, text

Series = Mapping[str, Sequence[Point]]

SIZE = (860, 420)
_LEFT, _RIGHT, _TOP, _BOTTOM = 90.0, 700.0, 80.0, 360.0
_COLOURS = ("function", "table", "queue", "bucket")
_BAR_LEFT, _BAR_WIDTH = 230, 300
_DASHES = ("", "7 4", "2 4", "9 3 2 3")


def bars(values: Mapping[str, float], *, width: int = 40) -> str:
    """A line for each value: its name, a bar as long as it says, and the value."""
    longest, names = max(values.values()), max(map(len, values))
    return "\n".join(
        f"{name:<{names}}  {'█' * max(1, round(width * value / longest)):<{width}}  {value:,.1f}"
        for name, value in values.items()
    )


@dataclass(frozen=True)
class Bars:
    """A few numbers side by side: as bars of text in a terminal, and as a picture in Jupyter."""

    title: str
    values: Mapping[str, float]
    unit: str

    def __repr__(self) -> str:
        return f"{self.title} ({self.unit})\n{bars(self.values)}"

    def _repr_html_(self) -> str:
        longest = max([*self.values.values(), 1e-9])
        shapes = [text((20, 34), self.title, "title"), text((20, 54), self.unit, "quiet")]
        for number, (name, value) in enumerate(self.values.items()):
            y, width = 72 + 34 * number, max(2.0, _BAR_WIDTH * value / longest)
            shapes += [
                text((20, y + 16), name, "name"),
                f'<g class="table"><title>{escape(name)}: {value:,g} {escape(self.unit)}</title>'
                f'<rect x="{_BAR_LEFT}" y="{y}" width="{width:.1f}" height="24" rx="5" '
                'fill="currentColor" fill-opacity=".55"/></g>',
                text((round(_BAR_LEFT + width + 10, 1), y + 16), f"{value:,g}", "name"),
            ]
        told = "; ".join(f"{name}: {value:,g}" for name, value in self.values.items())
        size = (620, 84 + 34 * len(self.values))
        return picture(size, f"{self.title}, in {self.unit}", told, shapes)


def bar_chart(title: str, values: Mapping[str, float], unit: str) -> Bars:
    """A bar for each value, as long as it says: `show.bar_chart("Cost", {"scan": 8}, "units")`."""
    return Bars(title, values, unit)


def lines(title: str, series: Series, *, across: str, up: str) -> str:
    """SVG text: a line for each series of points above 0, on two logarithmic axes.

    `across` and `up` say what the axes are. Lines differ in colour and in dashes.
    """
    points = [point for one in series.values() for point in one]
    across_ends = _decades([x for x, _ in points])
    up_ends = _decades([y for _, y in points])

    def place(point: Point) -> Point:
        return (
            _LEFT + (_RIGHT - _LEFT) * _share(point[0], across_ends),
            _BOTTOM - (_BOTTOM - _TOP) * _share(point[1], up_ends),
        )

    shapes = [text((20, 36), title, "title"), text((20, 56), f"{up}, by {across}", "quiet")]
    for power in range(across_ends[0], across_ends[1] + 1):
        x, _ = place((10.0**power, 10.0 ** up_ends[0]))
        shapes += [_rule((x, _TOP), (x, _BOTTOM)), _label((x, _BOTTOM + 18), power, "middle")]
    for power in range(up_ends[0], up_ends[1] + 1):
        _, y = place((10.0 ** across_ends[0], 10.0**power))
        shapes += [_rule((_LEFT, y), (_RIGHT, y)), _label((_LEFT - 8, y + 4), power, "end")]
    for number, (name, one) in enumerate(series.items()):
        shapes += _line(name, [place(point) for point in sorted(one)], number)
    told = "; ".join(f"{name}: {_told(one)}" for name, one in series.items())
    return picture(SIZE, f"{title}: {up}, by {across}", told, shapes)


def _told(points: Sequence[Point]) -> str:
    return ", ".join(f"{y:.3g} at {x:,g}" for x, y in sorted(points))


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around the values, never the same one twice."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _share(value: float, ends: tuple[int, int]) -> float:
    return (math.log10(value) - ends[0]) / (ends[1] - ends[0])


def _rule(start: Point, end: Point) -> str:
    return f'<path class="line off" d="M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}"/>'


def _label(at: Point, power: int, css: str) -> str:
    return text(at, f"{10.0**power:,g}", f"quiet {css}")


def _line(name: str, places: Sequence[Point], number: int) -> list[str]:
    colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in places)
    style = f'fill="none" stroke="currentColor" stroke-width="2.5" stroke-dasharray="{dash}"'
    dots = [f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="currentColor"/>' for x, y in places]
    x, y = places[-1]
    return [
        f'<g class="{colour}"><path d="{path}" {style}/>{"".join(dots)}</g>',
        text((x + 12, y + 4), name, "name"),
    ]
