"""Two texts beside each other, line by line, as a table of HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape

from mailfanout.verify.records import Difference

CONTEXT_LINES = 3
# The sign says what the colour does.
_SIGNS = {"equal": "", "replace": "≠", "delete": "−", "insert": "+", "gap": "⋮"}


@dataclass(frozen=True)
class Row:
    """A line of each text; one of them may be missing. `kind` is difflib's, or `gap`."""

    kind: str
    left: str
    right: str


def rows(left: str, right: str) -> list[Row]:
    """The lines that differ, with a few equal ones around them."""
    found = list(_all_rows(left.splitlines(), right.splitlines()))
    changed = [number for number, row in enumerate(found) if row.kind != "equal"]
    near = {
        number
        for one in changed
        for number in range(one - CONTEXT_LINES, one + CONTEXT_LINES + 1)
        if 0 <= number < len(found)
    }
    kept: list[Row] = []
    for number, row in enumerate(found):
        if number in near:
            kept.append(row)
        elif not kept or kept[-1].kind != "gap":
            kept.append(Row("gap", "", ""))
    return kept


def table(difference: Difference) -> str:
    """The difference as a table of HTML: expected on the left, shown on the right."""
    found = rows(difference.expected, difference.shown)
    if all(row.kind == "gap" for row in found):
        found = [Row("gap", "", "the same lines, but for how they end")]
    lines = "".join(map(_line, found))
    return (
        f'<table class="difference"><caption>{escape(difference.kind)}</caption>'
        '<thead><tr><th scope="col">expected</th><td></td><th scope="col">shown</th></tr>'
        f"</thead><tbody>{lines}</tbody></table>"
    )


def _all_rows(left: list[str], right: list[str]) -> Iterator[Row]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for kind, begin, end, other_begin, other_end in matcher.get_opcodes():
        ours, theirs = left[begin:end], right[other_begin:other_end]
        for number in range(max(len(ours), len(theirs))):
            mine = ours[number] if number < len(ours) else None
            other = theirs[number] if number < len(theirs) else None
            one_kind = "delete" if other is None else "insert" if mine is None else kind
            yield Row(one_kind, mine or "", other or "")


def _line(row: Row) -> str:
    return (
        f'<tr class="{row.kind}"><td><code>{escape(row.left)}</code></td>'
        f"<td>{_SIGNS[row.kind]}</td><td><code>{escape(row.right)}</code></td></tr>"
    )
