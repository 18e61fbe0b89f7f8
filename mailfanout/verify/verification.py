"""All chosen notebooks, one after the other."""

from __future__ import annotations

import importlib.metadata
import platform
from datetime import UTC, datetime
from pathlib import Path

from mailfanout import provision
from mailfanout.verify.places import Place
from mailfanout.verify.records import NotebookRun, Verification
from mailfanout.verify.running import Progress, read_notebook, run_notebook

_PACKAGES = ("mailfanout", "boto3", "botocore", "moto", "nbval", "pytest", "ipykernel", "pandas")


def begin(where: Place) -> Verification:
    """A verification of which nothing has been run yet."""
    versions = {"Python": platform.python_version(), "system": platform.platform()}
    installed = {one.name: one.version for one in importlib.metadata.distributions()}
    versions |= {name: installed[name] for name in _PACKAGES if name in installed}
    handlers = {
        f"{source}, {design}": str(path)
        for (design, source), path in provision.own_handlers().items()
    }
    return Verification(where.words, handlers, versions, datetime.now(UTC))


def run_one(
    verification: Verification,
    where: Place,
    path: Path,
    *,
    limit_seconds: float,
    progress: Progress = lambda said: None,
) -> NotebookRun:
    """Run a notebook, remove what it made, and keep what came of it in the verification."""
    run = read_notebook(path)
    verification.runs.append(run)
    try:
        run_notebook(
            run,
            limit_seconds=limit_seconds,
            patterns=where.patterns,
            progress=progress,
        )
    finally:
        where.clean_up(lambda said: progress(f"{run.name}: {said}"))
    return run
