"""SVG that stands inline in HTML, reads well in light and in dark, and needs no scripts and fonts.

JupyterLab makes an image of an SVG output, without its titles, and cuts it off: inline, it shrinks
with the page, shows titles on hover, and is read aloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from math import atan2, degrees

Point = tuple[float, float]
# A letter's width, in the picture's units, below which nobody reads it.
_NARROWEST = 4.4

# `dark` follows the browser, and not the page around it: so each picture brings its own ground, and
# reads well on any page.
_STYLE = """
.mf{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Hiragino Sans',sans-serif}
.mf .ground{fill:#fafbfd;stroke:#dde2ea}.mf .card{fill:#fff}
.mf text{fill:#1c2434;font-size:11px}.mf .title{font-size:17px;font-weight:700}
.mf .number{font-size:20px;font-weight:700}.mf .name{font-weight:600}
.mf .quiet{fill:#5b667a}.mf .faint{fill:#667084}.mf .alert{fill:#c6262e}
.mf .small{font-size:10px}.mf .middle{text-anchor:middle}.mf .end{text-anchor:end}
.mf .line{stroke:#78849a;fill:none;stroke-width:1.6}.mf .head{fill:#78849a}
.mf .line.off{stroke:#b9c1ce;stroke-dasharray:3 4}.mf .head.off{fill:#b9c1ce}
.mf .bucket{color:#2b7f50}.mf .function{color:#bf5b08}.mf .queue{color:#b02d7a}
.mf .table{color:#3157cc}.mf .identity{color:#6941c6}.mf .role{color:#a8323e}
.mf .absent{color:#98a2b3}
@media (prefers-color-scheme:dark){
.mf .ground{fill:#141821;stroke:#2b3240}.mf .card{fill:#1d2330}
.mf text{fill:#eef1f7}.mf .quiet{fill:#aab4c6}.mf .faint{fill:#8d98ac}.mf .alert{fill:#ff8087}
.mf .line{stroke:#8d98ad}.mf .head{fill:#8d98ad}
.mf .line.off{stroke:#4b566a}.mf .head.off{fill:#4b566a}
.mf .bucket{color:#5fd096}.mf .function{color:#ffa057}.mf .queue{color:#f585c3}
.mf .table{color:#8aa8ff}.mf .identity{color:#bfa4ff}.mf .role{color:#ff929b}
.mf .absent{color:#6a758a}
}"""


def picture(size: Point, title: str, description: str, shapes: Iterable[str]) -> str:
    """A whole picture: the shapes, in these units, on their ground; its words are read aloud."""
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mf" role="img" '
        f'viewBox="0 0 {width:g} {height:g}" '
        f'style="display:block;width:100%;max-width:{width:g}px;height:auto">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
        f"<style>{_STYLE}</style>\n"
        f'<rect class="ground" x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" '
        'rx="16"/>\n' + "\n".join(shapes) + "\n</svg>\n"
    )


def text(at: Point, words: str, css: str = "") -> str:
    """A line of text; `css` names its classes."""
    return f'<text class="{css}" x="{at[0]:g}" y="{at[1]:g}">{escape(words)}</text>'


def fitted(at: Point, words: str, css: str, *, width: float, size: float) -> str:
    """A line of text that fits into a width; smaller or narrower than the size if it must be."""
    words = shorten(words, max(3, int(width / _NARROWEST)))
    size = min(size, width / (0.58 * len(words)))
    # A letter takes 0.55 of the size in the narrow fonts, and up to 0.7 of it in the wide ones.
    is_tight = width < 0.62 * size * len(words)
    fit = f' textLength="{width:g}" lengthAdjust="spacingAndGlyphs"' if is_tight else ""
    return (
        f'<text class="{css}" x="{at[0]:g}" y="{at[1]:g}" style="font-size:{size:.1f}px"{fit}>'
        f"{escape(words)}</text>"
    )


def halves(name: str) -> tuple[str, str]:
    """A name in two lines, parted where a word ends, as near to the middle as can be."""
    words = re.finditer(r"[^A-Za-z0-9](?=.)|[a-z](?=[A-Z0-9])", name)
    ends = [found.end() for found in words]
    middle = min(ends or [len(name) // 2], key=lambda end: abs(end - len(name) / 2))
    return name[:middle], name[middle:]


def shorten(words: str, limit: int) -> str:
    """The words, without their middle if they are longer than the limit."""
    half = (limit - 1) // 2
    return words if len(words) <= limit else f"{words[:half]}…{words[-half:]}"


def arrow(*points: Point, on: bool = True) -> str:
    """A line along the points, with a head at the last one; pale and dotted if not `on`."""
    off = "" if on else " off"
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    return f'<path class="line{off}" d="{path}"/>' + _head(points[-2], points[-1], off)


def _head(before: Point, tip: Point, off: str) -> str:
    angle = degrees(atan2(tip[1] - before[1], tip[0] - before[0]))
    place = f"translate({tip[0]:g} {tip[1]:g}) rotate({angle:g})"
    return f'<path class="head{off}" d="M0 0-8-4v8z" transform="{place}"/>'
