"""The books of experiments: a line for each, also of two designs side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from mailfanout.campaign import Tally

_COUNTED = ("mails", "lost", "doubled", "on record")
_ALARMING = ("lost", "doubled")
_NOTHING = "–"
# Translucent, and so legible on light and on dark pages; the number says the same without colour.
_STYLES = {
    # Small, to have room beside JupyterLab's side bar: also in a window of 800 pixels, or with two
    # designs side by side of 1,024.
    "table": "border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:11px",
    "left": "text-align:left;padding:.25em .4em .25em 0",
    "right": "text-align:right;padding:.25em .2em",
    "alarm": "text-align:right;padding:.25em .2em;font-weight:700;background:rgba(209,36,47,.22)",
    "line": "border-top:1px solid rgba(128,128,128,.3);background:none",
}
_GROUP = ";border-left:1px solid rgba(128,128,128,.5)"


@dataclass(frozen=True)
class BookTable:
    """Experiments as a table: `lines` of cells below `heads`, the first cell is the title.

    `groups` stand above the heads: each a name, and over how many columns it stands.
    """

    groups: tuple[tuple[str, int], ...]
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        rows = [self.heads, *self.lines]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        said = [_aligned(row, widths) for row in rows]
        return "\n".join([*self._said_groups(widths), *said])

    def _said_groups(self, widths: list[int]) -> Iterator[str]:
        if self.groups:
            spans, start = [], 0
            for name, columns in self.groups:
                width = sum(widths[start : start + columns]) + 2 * (columns - 1)
                spans.append(name.ljust(width) if not start else name.rjust(width))
                start += columns
            yield "  ".join(spans)

    def _repr_html_(self) -> str:
        rows = [_row(line, map(self._style, range(len(line)), line)) for line in self.lines]
        heads = "".join(
            f'<th scope="col" style="{_STYLES["right" if number else "left"]}">{escape(head)}</th>'
            for number, head in enumerate(self.heads)
        )
        return (
            f'<table style="{_STYLES["table"]}"><thead>{self._group_row()}<tr>{heads}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table>"
        )

    def _group_row(self) -> str:
        cells = (
            f'<th colspan="{columns}" style="text-align:center">{escape(name)}</th>'
            for name, columns in self.groups
        )
        return f"<tr>{''.join(cells)}</tr>" if self.groups else ""

    def _style(self, column: int, cell: str) -> str:
        if not column:
            return _STYLES["left"]
        is_alarm = self.heads[column] in _ALARMING and cell not in ("0", _NOTHING)
        begins_group = self.groups and self.heads[column] == _COUNTED[0]
        return _STYLES["alarm" if is_alarm else "right"] + (_GROUP if begins_group else "")


def books(tallies: Iterable[Tally]) -> BookTable:
    """Experiments one below the other; in the order in which they are given."""
    heads = ("experiment", "recipients", "due", *_COUNTED)
    lines = ((one.title, f"{one.recipients:,}", f"{one.due:,}", *_counts(one)) for one in tallies)
    return BookTable((), heads, tuple(lines))


def side_by_side(**designs: Iterable[Tally]) -> BookTable:
    """The same experiments of several designs: `side_by_side(simple=…, reliable=…)`.

    Those that the first design has, in its order; what another one lacks is a dash.
    """
    (_, first), *others = ((name, tuple(tallies)) for name, tallies in designs.items())
    found = [{one.title: one for one in tallies} for _, tallies in others]
    lines = (
        (one.title, f"{one.due:,}", *_counts(one), *_others(one.title, found)) for one in first
    )
    groups = (("", 2), *((name, len(_COUNTED)) for name in designs))
    return BookTable(groups, ("experiment", "due", *_COUNTED * len(designs)), tuple(lines))


def _others(title: str, found: list[dict[str, Tally]]) -> Iterator[str]:
    for tallies in found:
        yield from _counts(tallies[title]) if title in tallies else [_NOTHING] * len(_COUNTED)


def _counts(one: Tally) -> tuple[str, ...]:
    numbers = (one.mails, len(one.lost), len(one.doubled), len(one.on_record))
    return tuple(f"{number:,}" for number in numbers)


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    title, *numbers = cells
    said = (cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))
    return "  ".join([title.ljust(widths[0]), *said])


def _row(cells: tuple[str, ...], styles: Iterable[str]) -> str:
    title, *numbers = zip(cells, styles, strict=True)
    said = [f'<th scope="row" style="{title[1]};font-weight:400">{escape(title[0])}</th>']
    said += [f'<td style="{style}">{escape(cell)}</td>' for cell, style in numbers]
    return f'<tr style="{_STYLES["line"]}">{"".join(said)}</tr>'
