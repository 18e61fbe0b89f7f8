"""Rows and columns, as text and as HTML: words to the left, numbers to the right, all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from numbers import Number
from unicodedata import east_asian_width

Cell = object
# A longer word may be parted where words meet in it, before its column pushes others off the page;
# a piece that is longer than that, anywhere.
_LONG_WORD, _LONG_PIECE = 11, 22
_SEAM = re.compile(r"(?<=[@:._/-])(?=[^\W\d])|(?<=[a-z])(?=[A-Z])")
_CELL = "padding:.3em {};text-align:{}"
# With more columns than these, a table is drawn small, to fit beside JupyterLab's side bar.
_MANY = 7
_PARTED = ";overflow-wrap:anywhere"


def text_grid(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A line of names, and a line for each row; the columns as wide as what they hold."""
    cells = [list(row) for row in rows]
    texts = [[*columns], *([_text(cell) for cell in row] for row in cells)]
    to_the_right = _numeric(len(columns), cells)
    widths = [max(map(_width, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join(_padded(*one) for one in zip(line, widths, to_the_right, strict=True)).rstrip()
        for line in texts
    )


def html_grid(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The same as an HTML table."""
    cells = [list(row) for row in rows]
    sides = ["right" if one else "left" for one in _numeric(len(columns), cells)]
    padding, size = (".25em", ";font-size:11px") if len(columns) > _MANY else (".4em", "")

    def line(tag: str, texts: Iterable[str]) -> str:
        return "".join(
            f'<{tag} style="{_CELL.format(padding, side)}{_PARTED * _has_long_piece(text)}">'
            f"{'<wbr>'.join(map(escape, _pieces(text)))}</{tag}>"
            for text, side in zip(texts, sides, strict=True)
        )

    body = "".join(f"<tr>{line('td', map(_text, row))}</tr>" for row in cells)
    head = f"<thead><tr>{line('th', columns)}</tr></thead>"
    return f'<table style="vertical-align:top{size}">{head}<tbody>{body}</tbody></table>'


def _pieces(words: str) -> list[str]:
    """All of it, cut where a long word may be parted."""
    pieces = [""]
    for word in re.split(r"(\s+)", words):
        first, *others = _SEAM.split(word) if len(word) > _LONG_WORD else [word]
        pieces[-1] += first
        pieces += others
    return pieces


def _has_long_piece(words: str) -> bool:
    return any(len(word) > _LONG_PIECE for piece in _pieces(words) for word in piece.split())


def _text(cell: Cell) -> str:
    """What a cell holds; a dash if that is None."""
    if cell is None:
        return "–"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _numeric(number: int, rows: Sequence[Sequence[Cell]]) -> list[bool]:
    """Which columns hold numbers alone."""
    return [bool(rows) and all(isinstance(row[at], Number) for row in rows) for at in range(number)]


def _width(words: str) -> int:
    """In a terminal, where a letter of an Asian script takes two places."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)


def _padded(words: str, width: int, to_the_right: bool) -> str:
    padding = " " * (width - _width(words))
    return padding + words if to_the_right else words + padding
