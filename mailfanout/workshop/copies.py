"""The notebooks as a learner gets them: a copy of their own, without solutions."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from mailfanout.errors import InputError, MailfanoutError, writing_to
from mailfanout.workshop.course import require_lesson

FIRST_NOTEBOOK = "00_start_here.ipynb"

STUB = "# Your code here"

# nbgrader's markers: https://nbgrader.readthedocs.io/en/stable/user_guide/creating_and_grading_assignments.html
SOLUTION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*", re.DOTALL | re.MULTILINE
)
# The guess in a call of `workshop.predict`: a learner makes their own.
_GUESS = re.compile(r'^(workshop\.predict\("[^"]+"), .+\)$', re.MULTILINE)
_MARKER = re.compile(r"### (BEGIN|END) SOLUTION")


def source_notebooks() -> Path:
    """The directory of the tutorial's notebooks: in the installed package, or in a checkout.

    Raises MailfanoutError if they are in neither.
    """
    package = Path(__file__).parents[1]
    for directory in (package / "notebooks", package.parent / "notebooks"):
        if (directory / FIRST_NOTEBOOK).is_file():
            return directory
    raise MailfanoutError(
        "The notebooks are missing. Type: python -m pip install --force-reinstall mailfanout"
    )


def notebook_of(lesson: str) -> Path:
    """The file of a lesson's notebook, such as that of "04". Raises InputError for another one."""
    require_lesson(lesson)
    [path] = source_notebooks().glob(f"{lesson}_*.ipynb")
    return path


@dataclass(frozen=True)
class Copied:
    """How many files a copy added, and whether that was to others, which stayed as they were.

    `moved_to` is where an earlier copy is now, if it was moved aside.
    """

    added: int
    to_others: bool
    moved_to: Path | None


def make_copy(source: Path, destination: Path, *, fresh: bool = False) -> Copied:
    """Copy the notebooks for a learner: without solutions, guesses, outputs and counts of runs.

    May be repeated: files that are missing are added, and those that are there are left as they
    are. With `fresh`, an existing copy is first moved aside, to its name with a number. Nothing is
    ever deleted or overwritten. Raises InputError if the destination cannot be used, or if a
    notebook's solution has no end.
    """
    source, destination = source.resolve(), destination.resolve()
    if source.is_relative_to(destination) or destination.is_relative_to(source):
        raise InputError(f"{destination} is where the notebooks are. Name another directory.")
    if destination.exists() and not destination.is_dir():
        raise InputError(f"{destination} is a file. Name a directory for the notebooks.")
    mend = "Close what holds it open, or name another directory."
    with writing_to(destination, mend=mend):
        moved_to = _move_aside(destination) if fresh and destination.exists() else None
        to_others = destination.exists() and any(destination.iterdir())
        return Copied(_copy_files(source, destination), to_others, moved_to)


def student_version(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook, in the JSON of its file, without solutions, guesses, outputs and counts of runs.

    Raises InputError, which names the marker, if a solution lacks its begin or its end.
    """
    return {**notebook, "cells": [_student_cell(cell) for cell in notebook["cells"]]}


def _copy_files(source: Path, destination: Path) -> int:
    """How many were missing, and so were copied."""
    copies = {path: destination / path.relative_to(source) for path in _files(source)}
    # A link that leads nowhere is there, too.
    missing = {path: to for path, to in copies.items() if not os.path.lexists(to)}
    for path, to in missing.items():
        _copy_file(path, to)
    return len(missing)


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
    # A file is written whole or not at all: half a file would be kept as the learner's own.
    unfinished = to.with_name(f".{to.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(to)


def _student_cell(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] != "code":
        return cell
    source = SOLUTION.sub(rf"\1{STUB}", "".join(cell["source"]))
    source = _GUESS.sub(r"\1)", source)
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
