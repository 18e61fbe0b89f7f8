"""The committed notebooks run, alone and one after the other, and show what they showed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mailfanout.target import Target

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def code_cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_was_executed_in_order_from_a_fresh_kernel(path: Path) -> None:
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_cell_is_longer_than_twelve_lines(path: Path) -> None:
    assert all(len("".join(cell["source"]).splitlines()) <= 12 for cell in code_cells(path))


def test_outputs_are_the_committed_ones(mailfanout_target: Target) -> None:
    """Strict nbval, over all notebooks on one sandbox."""
    options = (
        "-q",
        "-p",
        "no:cacheprovider",
        "--nbval",
        "--nbval-cell-timeout=60",
        "-o",
        "addopts=",
    )
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "notebooks"],
        cwd=ROOT,
        env={**os.environ, "PYTEST_XDIST_WORKER": ""},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    assert finished.returncode == 0, finished.stdout[-4000:]
