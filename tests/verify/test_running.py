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


def test_only_with_other_handlers_our_code_may_be_shown_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [code("print('theirs')", "ours", "our-code"), code("print('theirs')", "ours")]
    assert [cell.outcome for cell in run_of(tmp_path, *cells).cells] == ["failed", "failed"]

    monkeypatch.setenv("MAILFANOUT_HANDLERS", str(tmp_path))

    assert [cell.outcome for cell in run_of(tmp_path, *cells).cells] == ["passed", "failed"]


def test_only_elsewhere_may_what_the_sandbox_shows_be_shown_otherwise(tmp_path: Path) -> None:
    picture = "from IPython.display import HTML\nHTML('<p>theirs</p>')"
    drawn = code(picture, None) | {"execution_count": 1}
    data = {"text/html": "<p>ours</p>", "text/plain": "<IPython.core.display.HTML object>"}
    drawn["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": {}}]
    cells = [
        code("print('theirs')", "ours", "sandbox-shows"),
        code("print('theirs')", "ours"),
        code("1 / 0", "ours", "sandbox-shows"),
        drawn,
    ]

    here = run_of(tmp_path, *cells, patterns={})
    assert [cell.outcome for cell in here.cells] == ["failed"] * 4
    there = run_of(tmp_path, *cells)
    assert [cell.outcome for cell in there.cells] == ["passed", "failed", "failed", "passed"]


def test_with_other_handlers_a_cell_that_waited_in_vain_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = (
        "from mailfanout.target import wait_until\n"
        "wait_until(lambda: False, description='no mail', sleep=print, timeout_seconds=0)"
    )
    monkeypatch.setenv("MAILFANOUT_HANDLERS", str(tmp_path))

    run = run_of(tmp_path, code(waits, "ours", "our-code"), code("1 / 0", "ours", "our-code"))

    assert [cell.outcome for cell in run.cells] == ["failed", "passed"]
    assert run.failed[0].because.startswith("Waited 0 s in vain: no mail.")


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
