"""A notebook runs in a process of its own, and what became of each cell is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailfanout import verify
from mailfanout.errors import InputError

pytestmark = pytest.mark.slow


def code(source: str, shown: str | None = "", *tags: str) -> dict[str, Any]:
    """A code cell that has printed this; None, if it was never run."""
    printed = {"output_type": "stream", "name": "stdout", "text": f"{shown}\n"}
    return {
        "cell_type": "code",
        "execution_count": None if shown is None else 1,
        "id": f"cell{abs(hash(source))}",
        "metadata": {"tags": list(tags)},
        "outputs": [printed] if shown else [],
        "source": source,
    }


ELSEWHERE = {r"account \d+": "account 1"}


def run_of(
    directory: Path,
    *cells: dict[str, Any],
    limit_seconds: float = 30,
    patterns: dict[str, str] = ELSEWHERE,
) -> verify.NotebookRun:
    path = directory / "own.ipynb"
    document = {"cells": [*cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(document), encoding="utf-8")
    run = verify.read_notebook(path)
    verify.run_notebook(run, limit_seconds=limit_seconds, patterns=patterns)
    return run


def test_each_cell_is_compared_and_the_first_that_hangs_is_the_last(tmp_path: Path) -> None:
    run = run_of(
        tmp_path,
        {"cell_type": "markdown", "id": "text", "metadata": {}, "source": "# A title"},
        code("print(1)", "1"),
        code("print(2)", "3"),
        code("1 / 0"),
        code("print(4)", None),
        code("print('account 22')", "account 1"),
        code("import time; time.sleep(60)"),
        code("open('ran', 'w').close()"),
        limit_seconds=2,
    )

    assert [cell.outcome for cell in run.cells] == [
        *("passed", "failed", "failed", "passed", "passed", "failed", "not run")
    ]
    assert [cell.because for cell in run.failed] == [
        "its output differs",
        "it raised an error: ZeroDivisionError: division by zero",
        "Timeout of 2 seconds exceeded executing cell",
    ]
    assert [cell.seconds > 0 for cell in run.cells] == [*[True] * 6, False]
    assert run.failed[0].differences == (verify.Difference("stdout", "3\n", "2\n"),)
    assert [cell.compared for cell in run.cells][:4] == [True, True, True, False]
    assert not (tmp_path / "ran").exists()
    assert not run.ok
    executed = run.executed()["cells"]
    assert executed[0]["source"] == "# A title"
    assert [cell["outputs"][0]["text"] for cell in executed[1:3]] == ["1\n", "2\n"]
    assert [cell["execution_count"] for cell in executed[-2:]] == [6, None]


def test_an_error_is_told_in_the_line_that_a_lesson_shows(tmp_path: Path) -> None:
    lesson = code("from mailfanout.workshop import kernel\nkernel.prepare_kernel()")

    run = run_of(tmp_path, lesson, code("{}['Messages']"))

    assert [cell.because for cell in run.failed] == [
        "it raised an error: There is no 'Messages': AWS's answers leave out what is empty. No "
        "message is there to be received: all are gone, or hidden for a while."
    ]


PICTURE = "from IPython.display import HTML\nHTML('<p>theirs</p>')"
HTML = {"text/html": "<p>ours</p>", "text/plain": "<IPython.core.display.HTML object>"}
WAITS = (
    "from mailfanout.target import wait_until\n"
    "wait_until(lambda: False, description='no mail', sleep=print, timeout_seconds=0)"
)
# Cells that show something else than what stands there, and where that is let pass.
SHOWN_OTHERWISE = {
    "what differs": (code("print('theirs')", "ours"), ""),
    "our code's words": (code("print('theirs')", "ours", "our-code"), "other handlers"),
    "our code's error": (code("1 / 0", "ours", "our-code"), "other handlers"),
    "our code waited in vain": (code(WAITS, "ours", "our-code"), ""),
    "the sandbox's words": (code("print('theirs')", "ours", "sandbox-shows"), "elsewhere"),
    "the sandbox's error": (code("1 / 0", "ours", "sandbox-shows"), ""),
    "a picture": (
        code(PICTURE)
        | {"outputs": [{"output_type": "execute_result", "data": HTML, "metadata": {}}]},
        "elsewhere",
    ),
}


@pytest.mark.parametrize("place", ["here", "elsewhere", "other handlers"])
def test_what_is_shown_otherwise_passes_in_its_place_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "other handlers":
        monkeypatch.setenv("MAILFANOUT_HANDLERS", str(tmp_path))
    cells = [cell for cell, _ in SHOWN_OTHERWISE.values()]

    run = run_of(tmp_path, *cells, patterns=ELSEWHERE if place == "elsewhere" else {})

    found = {what: cell.outcome for what, cell in zip(SHOWN_OTHERWISE, run.cells, strict=True)}
    assert found == {
        what: "passed" if place == passes else "failed"
        for what, (_, passes) in SHOWN_OTHERWISE.items()
    }
    [why] = [cell.because for cell in run.failed if "Waited 0 s in vain: no mail." in cell.because]
    assert why.startswith("Waited") == (place == "other handlers")


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no notebook"), ("[]", "no notebook"), ('{"cells": []}', "no cell with code")],
)
def test_a_file_that_is_no_notebook_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "own.ipynb").write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=said):
        verify.read_notebook(tmp_path / "own.ipynb")


def test_what_nbval_cannot_read_is_told(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"cell_type": "code", "source": "1"})

    assert run.broken.startswith("it ended with ")
    assert not run.ok
