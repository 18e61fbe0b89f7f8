"""What came of verifying: of a cell, of a notebook, of all of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from mailfanout.wording import cut

Outcome = Literal["passed", "failed", "not run"]
Json = dict[str, Any]

# One output comes in several forms; these are the easiest to read.
_PLAIN = ("text/plain", "stdout", "stderr")


@dataclass(frozen=True)
class Difference:
    """A kind of output, such as `stdout` or `text/plain`: what is committed, and what came."""

    kind: str
    expected: str
    shown: str

    @property
    def first_lines(self) -> tuple[str, str]:
        """The first line that differs, as it should be and as it is; "" where there is none.

        Lines that differ only in how they end are quoted with their ends.
        """
        lines = zip_longest(self.expected.splitlines(), self.shown.splitlines(), fillvalue="")
        return next((pair for pair in lines if pair[0] != pair[1]), None) or self._ends()

    def excerpts(self, length: int) -> tuple[str, str]:
        """`first_lines`; of long ones, such as HTML, so many characters from where they part.

        If one has a line end there and the other goes on, it is shown as ␊, with what follows it.
        A value that was one line and is several now is shown with those that follow, too.
        """
        expected, shown = self.first_lines
        if max(len(expected), len(shown)) <= length:
            return expected, cut(f"{shown}{''.join(self._more_lines())}", length)
        pairs = enumerate(zip(self.expected, self.shown, strict=False))
        shortest = min(len(self.expected), len(self.shown))
        parting = next((place for place, (one, other) in pairs if one != other), shortest)
        return _excerpt(self.expected, parting, length), _excerpt(self.shown, parting, length)

    def _more_lines(self) -> list[str]:
        """The lines after the first one that differs, if no other was expected there."""
        expected, shown = self.expected.splitlines(), self.shown.splitlines()
        last = len(expected) - 1
        is_last = expected[:last] == shown[:last] and expected[last:] != shown[last : last + 1]
        return [f"␊{line}" for line in shown[last + 1 :]] if expected and is_last else []

    def _ends(self) -> tuple[str, str]:
        whole = (text.splitlines(keepends=True) for text in (self.expected, self.shown))
        pairs = zip_longest(*whole, fillvalue="")
        return next((repr(one), repr(other)) for one, other in pairs if one != other)


def _excerpt(text: str, parting: int, length: int) -> str:
    """Of the line at this place, so many characters, a quarter of them before it."""
    line_begin = text.rfind("\n", 0, parting) + 1
    begin = max(line_begin, parting - length // 4)
    line = text[begin : parting + 1].replace("\n", "␊") + text[parting + 1 :].partition("\n")[0]
    return ("…" if begin > line_begin else "") + line[:length] + ("…" if line[length:] else "")


@dataclass(frozen=True, kw_only=True)
class CellResult:
    """A code cell that was run. `number` counts from 1, as Jupyter's `[1]` does.

    `because` says why it failed. Not every cell is `compared`: some have no output that could be.
    `outputs` are as in a notebook's file.
    """

    number: int
    source: str
    outcome: Outcome
    compared: bool
    seconds: float
    because: str
    differences: tuple[Difference, ...]
    outputs: tuple[Json, ...]

    @property
    def title(self) -> str:
        """The first line of its last statement, which is what it shows."""
        lines = [line for line in self.source.splitlines() if line.strip()]
        try:
            last = ast.parse(self.source).body[-1].lineno
            return self.source.splitlines()[last - 1]
        except (SyntaxError, IndexError):  # a magic, or nothing but comments
            return lines[-1] if lines else ""

    @property
    def told(self) -> list[Difference]:
        """The differences that are read: those of plain text, if it differs in that, too."""
        plain = [one for one in self.differences if one.kind in _PLAIN]
        return plain or list(self.differences)


@dataclass
class NotebookRun:
    """A notebook and its cells, as far as they have been run.

    `broken` says why it ended before its last cell, and why cleaning up after it failed.
    """

    path: Path
    notebook: Json
    cells: list[CellResult] = field(default_factory=list)
    broken: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def results(self) -> dict[int, CellResult]:
        """The cells that were run, by their numbers."""
        return {cell.number: cell for cell in self.cells if cell.outcome != "not run"}

    @property
    def cell_count(self) -> int:
        return sum(cell["cell_type"] == "code" for cell in self.notebook["cells"])

    @property
    def failed(self) -> list[CellResult]:
        return [cell for cell in self.cells if cell.outcome == "failed"]

    @property
    def ok(self) -> bool:
        """Whether every cell was run, and none failed."""
        passed = sum(cell.outcome == "passed" for cell in self.cells)
        return not self.broken and passed == self.cell_count

    @property
    def seconds(self) -> float:
        return sum(cell.seconds for cell in self.cells)

    def executed(self) -> Json:
        """The notebook with what its cells showed in this run, in the JSON of a notebook's file."""
        results = self.results
        number, cells = 0, []
        for cell in self.notebook["cells"]:
            if cell["cell_type"] == "code":
                number += 1
                shown = list(results[number].outputs) if number in results else []
                count = number if number in results else None
                # A kernel that keeps no history, as nbval's, counts none of its results.
                counted = [
                    {**one, "execution_count": count} if "execution_count" in one else one
                    for one in shown
                ]
                cell = {**cell, "execution_count": count, "outputs": counted}
            cells.append(cell)
        return {**self.notebook, "cells": cells}


@dataclass
class Verification:
    """Notebooks that were run on a target: where, since when, with whose handlers.

    `versions` are of what may matter, by name; `problem` is what kept some from being run.
    """

    place: str
    handlers: dict[str, str]
    versions: dict[str, str]
    began: datetime
    runs: list[NotebookRun] = field(default_factory=list)
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem and all(run.ok for run in self.runs)

    @property
    def seconds(self) -> float:
        return sum(run.seconds for run in self.runs)

    @property
    def verdict(self) -> str:
        """In one line."""
        cells = sum(len(run.cells) for run in self.runs)
        failed = sum(len(run.failed) for run in self.runs)
        if self.ok:
            return f"All {cells} cells show what they should"
        if failed:
            return f"{failed} of {cells} cells failed"
        return "Not every cell was run"

    def to_dict(self) -> Json:
        """All of it but the outputs, as JSON has it."""
        return {
            "ok": self.ok,
            "verdict": self.verdict,
            "problem": self.problem,
            "place": self.place,
            "handlers": self.handlers,
            "versions": self.versions,
            "began": self.began.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "notebooks": [
                {
                    "notebook": run.name,
                    "ok": run.ok,
                    "broken": run.broken,
                    "cells": [
                        {
                            "cell": cell.number,
                            "outcome": cell.outcome,
                            "compared": cell.compared,
                            "seconds": cell.seconds,
                            "because": cell.because,
                        }
                        for cell in run.cells
                    ],
                }
                for run in self.runs
            ],
        }
