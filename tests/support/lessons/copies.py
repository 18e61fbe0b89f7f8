"""A notebook, and the files of a learner's copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SOLVED = """\
def flag(item):
    ### BEGIN SOLUTION
    value = item["issend"]
    return value == {"N": "0"}
    ### END SOLUTION

flag({"issend": {"N": "0"}})
"""


def a_cell(source: str = "1 + 1") -> dict[str, Any]:
    """A code cell that was run."""
    return {
        "cell_type": "code",
        "execution_count": 7,
        "id": "abc",
        "metadata": {"tags": ["raises-exception"], "execution": {"iopub.status.busy": "now"}},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["2"]}],
        "source": source.splitlines(keepends=True),
    }


def a_notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": [*cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def files_below(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def a_tutorial(directory: Path) -> Path:
    """A folder as the tutorial's: two notebooks, a data file, and what an editor leaves."""
    write(directory / "00_start_here.ipynb", json.dumps(a_notebook(a_cell(SOLVED))))
    write(directory / "01_create_the_table.ipynb", json.dumps(a_notebook(a_cell())))
    write(directory / "data" / "people.csv", "email,username\n")
    write(directory / ".ipynb_checkpoints" / "00_start_here-checkpoint.ipynb", "{}")
    return directory
