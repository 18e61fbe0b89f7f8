"""The tutorial's notebooks, read, and run in a kernel of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_client.manager import run_kernel

DIRECTORY = Path(__file__).parents[1] / "notebooks"
LIMIT_SECONDS = 120


def read(lesson: str) -> dict[str, Any]:
    """The notebook of a lesson, such as "04", in the JSON of its file."""
    [path] = DIRECTORY.glob(f"{lesson}_*.ipynb")
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def code_of(notebook: dict[str, Any]) -> list[str]:
    """The source of each code cell."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(sources: Iterable[str]) -> list[str]:
    """Run cells in one new kernel; returns the text that each put out. Fails where one raises."""
    with run_kernel(kernel_name="python3") as client:
        return [_execute(client, source) for source in sources]


def _execute(client: Any, source: str) -> str:
    texts = []

    def keep(message: dict[str, Any]) -> None:
        content = message["content"]
        texts.append(content.get("text") or content.get("data", {}).get("text/plain", ""))

    reply = client.execute_interactive(
        source, allow_stdin=False, output_hook=keep, timeout=LIMIT_SECONDS
    )["content"]
    assert reply["status"] == "ok", f"{source}\n\n{reply['ename']}: {reply['evalue']}"
    return "".join(texts)
