"""The tutorial's notebooks, read, and run in kernels.

`python tests/support/notebooks.py` executes them anew, or those that are named: `… 04 06`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import run_kernel

from mailfanout.cells import started
from mailfanout.sandbox import control
from mailfanout.verify import read_notebook, run_notebook
from mailfanout.workshop import LESSONS, notebook_of

DIRECTORY = Path(__file__).parents[2] / "notebooks"
LIMIT_SECONDS = 120

Kernel = Any  # a client of jupyter_client, connected to a kernel

# What a notebook finds in a new kernel: no name, none of our modules, and these variables.
KEEP = "import os\nget_ipython().variables = dict(os.environ)"
FORGET = """
import os, sys
os.environ.clear()
os.environ.update(get_ipython().variables)
for name in [name for name in sys.modules if name.partition(".")[0] == "mailfanout"]:
    del sys.modules[name]
%reset -f
"""


def read(lesson: str) -> dict[str, Any]:
    """The notebook of a lesson, such as "04", in the JSON of its file."""
    notebook: dict[str, Any] = json.loads(notebook_of(lesson).read_text(encoding="utf-8"))
    return notebook


def code_of(notebook: dict[str, Any]) -> list[str]:
    """The source of each code cell."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


@contextmanager
def kernel(directory: Path | None = None) -> Iterator[Kernel]:
    """One that several notebooks are run in, one after the other."""
    # Which cells were run, nobody will ask.
    options = {"extra_arguments": ["--HistoryManager.enabled=False"], "cwd": directory}
    with ExitStack() as block:
        new = partial(run_kernel, kernel_name="python3", **options)
        client = started(lambda: block.enter_context(new()))
        _put_out(client, KEEP)
        yield client


def run(kernel: Kernel, sources: Iterable[str]) -> list[str]:
    """Run cells in a kernel that has forgotten what was run before, but for what it has loaded.

    Returns the text that each put out. Fails if one raises.
    """
    _put_out(kernel, FORGET)
    return run_on(kernel, sources)


def run_on(kernel: Kernel, sources: Iterable[str]) -> list[str]:
    """The same in a kernel that forgets nothing."""
    return [_put_out(kernel, source) for source in sources]


def _put_out(kernel: Kernel, source: str) -> str:
    reply, text = _execute(kernel, source)
    assert reply["status"] == "ok", f"{source}\n\n{reply['ename']}: {reply['evalue']}"
    # What a carriage return has overwritten is not seen.
    return re.sub(r".*\r(?=[^\n])", "", text)


def _execute(kernel: Kernel, source: str) -> tuple[dict[str, Any], str]:
    """The kernel's reply, and the text that the cell put out."""
    texts = []

    def keep(message: dict[str, Any]) -> None:
        content = message["content"]
        texts.append(content.get("text") or content.get("data", {}).get("text/plain", ""))

    message = kernel.execute_interactive(
        source, allow_stdin=False, output_hook=keep, timeout=LIMIT_SECONDS
    )
    return message["content"], "".join(texts)


def execute_anew(path: Path) -> None:
    """Run a notebook in a new kernel, and store what it shows; nothing else of it changes."""
    found = read_notebook(path)
    run_notebook(found, limit_seconds=LIMIT_SECONDS)
    raised = [cell for cell in found.failed if not cell.differences]
    assert not (found.broken or raised), f"{path.name}: {found.broken or raised[0].because}"
    nbformat.write(nbformat.from_dict(found.executed()), path)


if __name__ == "__main__":
    with control.private_home():
        for chosen in sys.argv[1:] or LESSONS:
            print(notebook_of(chosen).name, flush=True)
            execute_anew(notebook_of(chosen))
