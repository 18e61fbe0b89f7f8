"""A process of its own, which runs one notebook by pytest and nbval, as CI does.

    python -m mailfanout.cells NOTEBOOK SECONDS [PATTERNS]

A cell may take so many seconds. What the patterns of that file match is no difference; they are
given for every place but a sandbox of its own. A line of JSON goes to standard output when a cell
begins, `{"begins": 3}`, and another one when it has ended: a `CellResult` without its source.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any, TextIO

import pytest
from nbval import plugin as nbval

from mailfanout.cells import Kernel
from mailfanout.wording import ESCAPES

OUR_CODE, SANDBOX_SHOWS = "our-code", "sandbox-shows"
_OPTIONS = (
    *("--nbval", "--nbval-current-env", "-p", "nbval.plugin", "-p", "no:cacheprovider"),
    *("--noconftest", "--capture=no", "--color=no", "--quiet", "--import-mode=importlib"),
)
_IN_VAIN = re.compile(r"Waited [\d.]+ s in vain")
_WORDS = {
    "Cell outputs differ": "its output differs",
    "Cell execution caused an exception": "it raised an error",
}

Output = dict[str, Any]


class Recorder:
    """A plugin of pytest: writes what becomes of each cell.

    With `foreign_handlers`, cells that are tagged as showing our code or our log lines may show
    anything, but that they waited in vain. `elsewhere` than in a sandbox of its own, cells that are
    tagged as showing what only the sandbox shows may show anything else, and no error; and of
    pictures and tables the text is compared alone, as names of another length move the rest.
    """

    def __init__(self, record: TextIO, *, foreign_handlers: bool, elsewhere: bool) -> None:
        self._record = record
        self._foreign_handlers = foreign_handlers
        self._elsewhere = elsewhere

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for cell in items:
            tags = cell.cell.metadata.get("tags", [])
            if self._elsewhere:
                cell.parent.skip_compare = (*cell.parent.skip_compare, "text/html")
                cell.options["check"] &= SANDBOX_SHOWS not in tags
            if self._foreign_handlers and OUR_CODE in tags:
                cell.options |= {"check": False, "check_exception": True}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: Any) -> None:
        """After a cell that took too long, nbval would run the others, and expect nothing."""
        if item.parent.timed_out:
            pytest.skip("a cell before it took too long")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write({"begins": int(nodeid.rpartition(" ")[2]) + 1})

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: Any, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if self._foreign_handlers and report.passed and not item.options["check"]:
            report.outcome = "failed" if _waited_in_vain(item.test_outputs or []) else "passed"
        # A cell's kernel is started in its setup: what fails there has no call.
        if call.when == "call" or (call.when == "setup" and not report.passed):
            self._write(_result(item, call, report))
        return report

    def _write(self, line: dict[str, Any]) -> None:
        print(json.dumps(line), file=self._record, flush=True)


def _result(item: Any, call: pytest.CallInfo[None], report: pytest.TestReport) -> dict[str, Any]:
    outputs: list[Output] = item.test_outputs or []
    outcome = "not run" if report.skipped else report.outcome
    because = ""
    if outcome == "failed":
        because = _reason(call.excinfo.value, outputs) if call.excinfo else _waited_in_vain(outputs)
    return {
        "number": item.cell_num + 1,
        "outcome": outcome,
        "compared": bool(item.options["check"] and item.cell.execution_count is not None),
        "seconds": 0.0 if outcome == "not run" else round(call.duration, 3),
        "because": because,
        "differences": _differences(item, outputs) if because == "its output differs" else [],
        "outputs": outputs,
    }


def _waited_in_vain(outputs: list[Output]) -> str:
    """What a cell that may raise anything raised because nothing came; "" if it did not."""
    raised = [output["evalue"] for output in outputs if output["output_type"] == "error"]
    return next((ESCAPES.sub("", said) for said in raised if _IN_VAIN.search(said)), "")


def _reason(error: BaseException, outputs: list[Output]) -> str:
    raised = [output for output in outputs if output["output_type"] == "error"]
    said = _WORDS.get(str(error), str(error))
    if raised and said == "it raised an error":
        return f"{said}: {ESCAPES.sub('', _words_of(raised[-1]))}"
    return said


def _words_of(error: Output) -> str:
    """What a lesson shows in one line, or else the last line of the traceback."""
    shown: list[str] = error["traceback"]
    return shown[0] if len(shown) == 1 else f"{error['ename']}: {error['evalue']}"


def _differences(item: Any, outputs: list[Output]) -> list[dict[str, str]]:
    """By kind of output, as nbval compares: what is committed, and what came."""
    expected = _by_kind(item, nbval.coalesce_streams(item.cell.outputs))
    shown = _by_kind(item, outputs)
    return [
        {"kind": kind, "expected": expected.get(kind, ""), "shown": shown.get(kind, "")}
        for kind in sorted(expected.keys() | shown.keys())
        if expected.get(kind) != shown.get(kind)
    ]


def _by_kind(item: Any, outputs: Iterable[Output]) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    for output in nbval.transform_streams_for_comparison(outputs):
        for kind, value in {**output, **output.get("data", {})}.items():
            if kind not in item.parent.skip_compare and kind != "data":
                text = value if isinstance(value, str) else json.dumps(value, indent=1)
                texts.setdefault(kind, []).append(item.sanitize(text))
    return {kind: "\n".join(found) for kind, found in texts.items()}


def main(notebook: str, limit_seconds: str, *patterns: str) -> int:
    """Run the notebook; returns pytest's exit code, 0 or 1 if it ran to its end."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as record:
        os.dup2(2, 1)  # what pytest and kernels print is no record
        nbval.RunningKernel = Kernel
        has_foreign_handlers = bool(os.environ.get("MAILFANOUT_HANDLERS"))
        recorder = Recorder(record, foreign_handlers=has_foreign_handlers, elsewhere=bool(patterns))
        options = [*_OPTIONS, f"--nbval-cell-timeout={limit_seconds}", f"--rootdir={Path.cwd()}"]
        options += [f"--nbval-sanitize-with={file}" for file in patterns]
        return int(pytest.main([*options, "-c", "pytest.ini", notebook], plugins=[recorder]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
