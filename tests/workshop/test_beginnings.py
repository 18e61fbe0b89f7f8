"""A notebook is told when another one, or whoever emptied the sandbox, ended its lesson."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout import workshop
from mailfanout.sandbox.control import Sandbox
from support import notebooks

pytestmark = pytest.mark.slow

FIRST_CELL = "from mailfanout import workshop\nlesson = workshop.start('01')"


def warnings_of(kernel: notebooks.Kernel, cell: str) -> str:
    """What the cell, and whatever runs before it, says beside its output."""
    said: list[str] = []

    def listen(message: Any) -> None:
        if message["content"].get("name") == "stderr":
            said.append(message["content"]["text"])

    kernel.execute_interactive(cell, output_hook=listen)
    return "".join(said)


def test_each_cell_warns_once_another_notebook_has_begun_a_lesson(
    kernel: notebooks.Kernel, sandbox: Sandbox
) -> None:
    assert warnings_of(kernel, FIRST_CELL) == warnings_of(kernel, "lesson") == ""

    workshop.start("01")
    for _ in range(2):
        assert "Another notebook has begun lesson 01 since" in warnings_of(kernel, "lesson")

    assert warnings_of(kernel, FIRST_CELL) == warnings_of(kernel, "lesson") == ""


def test_a_cell_warns_if_the_sandbox_was_emptied(
    kernel: notebooks.Kernel, sandbox: Sandbox
) -> None:
    warnings_of(kernel, FIRST_CELL)

    sandbox.reset()

    assert "was emptied, or started anew" in warnings_of(kernel, "lesson")
