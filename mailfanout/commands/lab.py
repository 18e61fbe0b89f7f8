"""A learner's own copy of the notebooks, and JupyterLab opened on it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import util
from itertools import count
from pathlib import Path
from typing import Any

from mailfanout.errors import InputError, MailfanoutError

FIRST_NOTEBOOK = "00_start_here.ipynb"

# nbgrader's markers: https://nbgrader.readthedocs.io/en/stable/user_guide/creating_and_grading_assignments.html
_SOLUTION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*", re.DOTALL | re.MULTILINE
)
_MARKER = re.compile(r"### (BEGIN|END) SOLUTION")


@dataclass(frozen=True)
class Copy:
    """What became of a copy: the files that were added, and those that were left as they are.

    `moved_to` is where an earlier copy lies now, if a fresh one was made in its place.
    """

    directory: Path
    added: tuple[str, ...]
    kept: tuple[str, ...]
    moved_to: Path | None = None


def source_notebooks() -> Path:
    """The directory of the tutorial's notebooks: in the installed package, or in a checkout.

    Raises MailfanoutError where they are in neither.
    """
    package = Path(__file__).parents[1]
    for directory in (package / "notebooks", package.parent / "notebooks"):
        if (directory / FIRST_NOTEBOOK).is_file():
            return directory
    raise MailfanoutError(
        "The notebooks are missing. Type: python -m pip install --force-reinstall mailfanout"
    )


def make_copy(source: Path, destination: Path, *, fresh: bool = False) -> Copy:
    """Copy the notebooks for a learner: without solutions, outputs and execution counts.

    May be repeated: files that are missing are added, and those that are there are left as they
    are. With `fresh`, the copy that is there is first moved aside, to its name with a number.
    Nothing is ever deleted. Raises InputError where the destination cannot be used, or where a
    notebook's solution begins and does not end.
    """
    source, destination = source.resolve(), destination.resolve()
    if source.is_relative_to(destination) or destination.is_relative_to(source):
        raise InputError(f"{destination} is where the notebooks are. Name another directory.")
    try:
        moved_to = _move_aside(destination) if fresh and destination.exists() else None
        return _copy_files(source, destination, moved_to)
    except OSError as error:
        raise InputError(
            f"{error.filename or destination} cannot be written: {error.strerror}. Close what "
            "holds it open, or name another directory."
        ) from error


def student_version(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook, in the JSON of its file, without solutions, outputs and execution counts.

    Raises InputError, naming the marker, where a solution has only one of its two.
    """
    return {**notebook, "cells": [_student_cell(cell) for cell in notebook["cells"]]}


def run(
    directory: Path,
    *,
    browser: bool = True,
    port: int | None = None,
    private_sandbox: bool = False,
) -> int:
    """Run JupyterLab on a copy until it is ended; returns the code that it ended with.

    It opens at the first notebook, later where the learner left off. With `private_sandbox`
    the notebooks use a sandbox of this copy alone, which ends with JupyterLab. Raises
    InputError inside JupyterHub, MailfanoutError where JupyterLab is not installed.
    """
    _require_jupyterlab(directory)
    write_workspace(directory)
    variables = {"JUPYTERLAB_WORKSPACES_DIR": str(_workspaces(directory))}
    if private_sandbox:
        variables["MAILFANOUT_HOME"] = str(directory.resolve() / ".sandbox")
    environment = {**os.environ, **variables}
    code = _run(command(directory, browser=browser, port=port), environment)
    if private_sandbox:
        _run([sys.executable, "-c", _STOP_SANDBOX], environment)
    return code


def command(directory: Path, *, browser: bool = True, port: int | None = None) -> list[str]:
    """The command that starts JupyterLab on a directory, by this Python.

    A port that is named is the only one tried; else JupyterLab takes one that is free.
    """
    words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={directory.resolve()}"]
    if port is not None:
        words += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "getuid") and os.getuid() == 0:
        words.append("--allow-root")  # in a container that is who one usually is
    return words if browser else [*words, "--no-browser"]


def write_workspace(directory: Path) -> None:
    """Have JupyterLab open the first notebook beside its table of contents, on a first start.

    The learner's own arrangement of the windows, which takes its place, is left as it is.
    """
    # JupyterLab keeps its default workspace in a file of this name, which ends in a checksum.
    path = _workspaces(directory) / "default-37a8.jupyterlab-workspace"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_WORKSPACE), encoding="utf-8")


_STOP_SANDBOX = "from mailfanout.sandbox import control; control.stop()"
_NOTEBOOK = f"notebook:{FIRST_NOTEBOOK}"
_WORKSPACE = {
    "data": {
        "layout-restorer:data": {
            "main": {
                "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [_NOTEBOOK]},
                "current": _NOTEBOOK,
            },
            "left": {
                "collapsed": False,
                "visible": True,
                "current": "@jupyterlab/toc:plugin",
                "widgets": ["filebrowser", "@jupyterlab/toc:plugin"],
            },
            "relativeSizes": [0.2, 0.8, 0],
        },
        _NOTEBOOK: {"data": {"path": FIRST_NOTEBOOK, "factory": "Notebook"}},
    },
    "metadata": {"id": "default"},
}


def _workspaces(directory: Path) -> Path:
    return directory.resolve() / ".jupyterlab"


def _require_jupyterlab(directory: Path) -> None:
    if "JUPYTERHUB_API_TOKEN" in os.environ:
        raise InputError(
            f"JupyterHub runs here already. Open {directory / FIRST_NOTEBOOK} in its file browser."
        )
    if util.find_spec("jupyterlab") is None:
        raise MailfanoutError(
            'JupyterLab is missing. Type: python -m pip install "mailfanout[lab]"'
        )


def _run(words: list[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen(words, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # JupyterLab has been interrupted, too, and asks whether to end


def _copy_files(source: Path, destination: Path, moved_to: Path | None) -> Copy:
    added, kept = [], []
    for path in _files(source):
        name = path.relative_to(source)
        if (destination / name).exists():
            kept.append(name.as_posix())
        else:
            _copy_file(path, destination / name)
            added.append(name.as_posix())
    return Copy(destination, tuple(added), tuple(kept), moved_to)


def _files(source: Path) -> Iterator[Path]:
    """The files below a directory, in order, but for those of hidden directories."""
    for path in sorted(source.rglob("*")):
        hidden = any(part.startswith((".", "__")) for part in path.relative_to(source).parts)
        if path.is_file() and not hidden:
            yield path


def _copy_file(path: Path, to: Path) -> None:
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            notebook = student_version(json.loads(content))
        except InputError as error:
            raise InputError(f"{path.name}: {error}") from error
        content = (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
    to.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: half a file would be kept as the learner's own.
    unfinished = to.with_name(f".{to.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(to)


def _student_cell(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] != "code":
        return cell
    source = _SOLUTION.sub(r"\1# Your code here", "".join(cell["source"]))
    if stray := _MARKER.search(source):
        raise InputError(f"a solution has no other marker than {stray[0]!r}.")
    return {
        **cell,
        "execution_count": None,
        "metadata": {key: value for key, value in cell["metadata"].items() if key != "execution"},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def _move_aside(destination: Path) -> Path:
    if not (destination / FIRST_NOTEBOOK).is_file():
        raise InputError(
            f"{destination} is there and holds no copy of the notebooks, so it is not moved "
            "aside. Name another directory."
        )
    names = (destination.with_name(f"{destination.name}-{number}") for number in count(1))
    free = next(path for path in names if not path.exists())
    return destination.rename(free)
