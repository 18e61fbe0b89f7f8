"""What a class on one machine needs: `python -m pytest -m benchmark -s` and this file.

Nothing here fails because a machine is slow, or large. What is asserted is that the work was done.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from mailfanout.sandbox import control
from mailfanout.target import Target
from support import notebooks
from support.figures import show_figures
from support.ports import free_port
from support.waiting import wait_until

pytestmark = pytest.mark.benchmark

TOURS = 10


def megabytes(processes: Iterable[psutil.Process]) -> str:
    """What they take together. What they share with others is counted in part, or not at all."""
    found = [one.memory_full_info() for one in processes]
    return f"{sum(getattr(one, 'pss', one.uss) for one in found) / 1e6:8.0f} MB"


def test_memory_of_a_learner_after_lesson_06(mailfanout_target: Target, tmp_path: Path) -> None:
    assert mailfanout_target.sandbox
    sandbox = psutil.Process(mailfanout_target.sandbox.pid)
    port = free_port()
    words = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    words += [f"--ServerApp.port={port}", f"--ServerApp.root_dir={tmp_path}"]
    with (
        notebooks.kernel() as kernel,
        subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as jupyterlab,
    ):
        [number] = notebooks.run(kernel, ["import os; print(os.getpid())"])
        notebooks.run(kernel, notebooks.code_of(notebooks.read("06")))
        wait_until(lambda: is_answered(f"http://127.0.0.1:{port}/api"))
        family = {
            "sandbox": [sandbox, *sandbox.children(recursive=True)],
            "kernel": [psutil.Process(int(number))],
            "JupyterLab": [psutil.Process(jupyterlab.pid)],
        }
        show_figures("A learner", {name: megabytes(those) for name, those in family.items()})
        jupyterlab.terminate()


def is_answered(url: str) -> bool:
    try:
        with urlopen(url) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_ten_begin_at_once(tmp_path: Path) -> None:
    tour = [sys.executable, "-m", "mailfanout", "tour", "--json"]
    homes = [tmp_path / str(number) for number in range(TOURS)]
    began = time.monotonic()
    processes = []
    for home in homes:
        with control.variables_set(MAILFANOUT_HOME=str(home)):
            processes.append(subprocess.Popen(tour, stdout=subprocess.DEVNULL))
    codes = [one.wait() for one in processes]
    seconds = time.monotonic() - began
    for home in homes:
        with control.variables_set(MAILFANOUT_HOME=str(home)):
            control.stop()

    assert codes == [0] * TOURS
    show_figures("A class", {f"{TOURS} tours at once": f"{seconds:8.1f} s"})
