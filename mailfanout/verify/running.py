"""One notebook, run in a process of its own, which ends with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mailfanout.errors import InputError
from mailfanout.sandbox import control
from mailfanout.verify.records import CellResult, Difference, NotebookRun

END_LIMIT_SECONDS = 10
# pytest's exit codes: all passed, some failed.
_TO_THE_END = (0, 1)

Progress = Callable[[str], None]


def read_notebook(path: Path) -> NotebookRun:
    """A notebook of which no cell has been run yet. Raises InputError if the file is none."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell["cell_type"] for cell in notebook["cells"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no notebook of Jupyter's format 4.") from error
    if "code" not in cells:
        raise InputError(f"{path} has no cell with code.")
    return NotebookRun(path, notebook)


def run_notebook(
    run: NotebookRun,
    *,
    limit_seconds: float,
    patterns: Mapping[str, str] | None = None,
    progress: Progress = lambda said: None,
) -> None:
    """Run every code cell in a new kernel, and keep what became of each in `run`.

    The kernel has this process's environment, and the notebook's directory as its own. A cell may
    take `limit_seconds`. Before outputs are compared, each pattern (a regular expression) is
    replaced in both. Whatever ends this function ends the kernel, too.
    """
    sources = [
        "".join(cell["source"]) for cell in run.notebook["cells"] if cell["cell_type"] == "code"
    ]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        work = Path(directory)
        for line in _lines(work, _words(work, run.path, limit_seconds, patterns or {})):
            if number := line.get("begins"):
                progress(f"{run.name}: cell {number} of {len(sources)}")
            elif "number" in line:
                run.cells.append(_cell(line, sources[line["number"] - 1]))
            else:
                run.broken = line["broken"]


def _words(work: Path, path: Path, limit_seconds: float, patterns: Mapping[str, str]) -> list[str]:
    """The command, and the files that it reads."""
    (work / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    module = [sys.executable, "-m", "mailfanout.cells"]
    words = [*module, str(path.resolve()), f"{limit_seconds:g}"]
    if not patterns:
        return words
    file = work / "patterns"
    pairs = (f"regex: {pattern}\nreplace: {text}\n" for pattern, text in patterns.items())
    file.write_text("".join(pairs), encoding="utf-8")
    return [*words, str(file)]


def _lines(work: Path, words: list[str]) -> Iterator[dict[str, Any]]:
    """What the process writes; in the end `{"broken": reason}` if it did not run to its end."""
    with (work / "log").open("w+", encoding="utf-8", errors="replace") as log:
        with _process(work, words, log) as process:
            assert process.stdout
            for line in process.stdout:
                yield json.loads(line)
            exit_code = process.wait()
        if exit_code not in _TO_THE_END:
            log.seek(0)
            said = log.read().strip().splitlines()[-1:]
            yield {"broken": f"it ended with {exit_code}: {' '.join(said) or 'no reason given'}"}


@contextmanager
def _process(work: Path, words: list[str], log: Any) -> Iterator[subprocess.Popen[str]]:
    # Plugins of other packages, and options for other tests, would change what is run. A kernel
    # that is ended leaves its temporary files.
    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    variables |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    variables |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(work))
    process = subprocess.Popen(
        words,
        cwd=work,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End it with its kernel and all that this has started."""
    import psutil

    try:
        program = psutil.Process(process.pid)
        family = [program, *program.children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    if process.poll() is None:
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        control.kill_after(family, limit_seconds=END_LIMIT_SECONDS)
    process.wait()
    if process.stdout:
        process.stdout.close()


def _cell(line: dict[str, Any], source: str) -> CellResult:
    differences = tuple(Difference(**one) for one in line.pop("differences"))
    outputs = tuple(line.pop("outputs"))
    return CellResult(source=source, differences=differences, outputs=outputs, **line)
