"""The tutorial's notebooks, read, and run in a kernel of their own.

`python tests/support/notebooks.py` executes them anew, or those that are named: `… 04 06`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import run_kernel
from nbclient import NotebookClient

from mailfanout.sandbox import control
from mailfanout.workshop import LESSONS

DIRECTORY = Path(__file__).parents[2] / "notebooks"
LIMIT_SECONDS = 120


def read(lesson: str) -> dict[str, Any]:
    """The notebook of a lesson, such as "04", in the JSON of its file."""
    notebook: dict[str, Any] = json.loads(path_of(lesson).read_text(encoding="utf-8"))
    return notebook


def path_of(lesson: str) -> Path:
    """Its file."""
    [path] = DIRECTORY.glob(f"{lesson}_*.ipynb")
    return path


def code_of(notebook: dict[str, Any]) -> list[str]:
    """The source of each code cell."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(sources: Iterable[str]) -> list[str]:
    """Run cells in one new kernel; returns the text that each put out. Fails where one raises."""
    with run_kernel(kernel_name="python3") as client:
        return [_put_out(client, source) for source in sources]


def run_to_error(sources: Iterable[str]) -> str:
    """Run cells in one new kernel, as far as the first that raises; what Jupyter shows of it.

    "" where none raises.
    """
    with run_kernel(kernel_name="python3") as client:
        for source in sources:
            reply, _ = _execute(client, source)
            if reply["status"] == "error":
                return "\n".join(reply["traceback"])
    return ""


def _put_out(client: Any, source: str) -> str:
    reply, text = _execute(client, source)
    assert reply["status"] == "ok", f"{source}\n\n{reply['ename']}: {reply['evalue']}"
    # What a carriage return has overwritten is not seen.
    return re.sub(r".*\r(?=[^\n])", "", text)


def _execute(client: Any, source: str) -> tuple[dict[str, Any], str]:
    """The kernel's reply, and the text that the cell put out."""
    texts = []

    def keep(message: dict[str, Any]) -> None:
        content = message["content"]
        texts.append(content.get("text") or content.get("data", {}).get("text/plain", ""))

    message = client.execute_interactive(
        source, allow_stdin=False, output_hook=keep, timeout=LIMIT_SECONDS
    )
    return message["content"], "".join(texts)


def execute_anew(path: Path) -> None:
    """Run a notebook in a new kernel, and store what it shows; nothing else of it changes."""
    notebook = nbformat.read(path, as_version=4)
    metadata = {**notebook.metadata}
    # What is printed comes in pieces, and a progress bar in many: only its end is stored.
    NotebookClient(notebook, record_timing=False, coalesce_streams=True).execute(cwd=DIRECTORY)
    notebook.metadata = metadata
    nbformat.write(notebook, path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["MAILFANOUT_HOME"] = home
        for chosen in sys.argv[1:] or LESSONS:
            print(path_of(chosen).name, flush=True)
            execute_anew(path_of(chosen))
        control.stop()
