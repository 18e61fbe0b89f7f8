"""Charts of a few numbers: a bar for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from mailfanout.show.svg import picture, text

_BAR_LEFT, _BAR_WIDTH = 230, 300


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
