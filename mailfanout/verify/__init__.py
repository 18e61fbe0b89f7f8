"""Notebooks as integration tests: run on any target, compared with what is committed, reported.

    with notebook_files(["04", "05"]) as paths, place("sandbox") as where:
        verification = begin(where)
        for path in paths:
            run_one(verification, where, path, limit_seconds=where.limit_seconds)
    write_report(verification, Path("report"))

Each notebook runs in a process of its own, in which pytest and nbval compare its cells' outputs, as
continuous integration does. On another target than the sandbox, what a notebook made is removed
before the next one begins.
"""

from __future__ import annotations

from mailfanout.verify.choosing import notebook_files
from mailfanout.verify.places import Pace, Place, place
from mailfanout.verify.records import CellResult, Difference, NotebookRun, Verification
from mailfanout.verify.report import make_directory, write_report
from mailfanout.verify.running import read_notebook, run_notebook
from mailfanout.verify.verification import begin, run_one

__all__ = [
    "CellResult",
    "Difference",
    "NotebookRun",
    "Pace",
    "Place",
    "Verification",
    "begin",
    "make_directory",
    "notebook_files",
    "place",
    "read_notebook",
    "run_notebook",
    "run_one",
    "write_report",
]
