"""Processes that end: in a container nobody may ask for their exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mailfanout.errors import SandboxEnded
from mailfanout.sandbox import control
from mailfanout.sandbox.control.endings import has_ended, kill_after, wait_until_ended
from support.waiting import wait_until

# Starts what it is told to, and does not ask what became of it.
CARELESS = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:])
print(child.pid, flush=True)
time.sleep(600)
"""
STARTS_A_SANDBOX = """
import time
from mailfanout.sandbox import control
print(control.start().pid, flush=True)
time.sleep(600)
"""


def child_of(*words: str) -> Iterator[psutil.Process]:
    """The process that another one says it has started, which goes on."""
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        yield psutil.Process(int(parent.stdout.readline()))
        parent.kill()


@pytest.fixture
def running() -> Iterator[psutil.Process]:
    yield from child_of("-c", CARELESS, sys.executable, "-c", "import time; time.sleep(600)")


@pytest.fixture
def sandbox_of_another(home: Path) -> Iterator[psutil.Process]:
    yield from child_of("-c", STARTS_A_SANDBOX)


def test_process_that_nobody_asks_for_its_exit_code_has_ended(running: psutil.Process) -> None:
    assert wait_until_ended([running], limit_seconds=0) == [running]

    running.kill()
    wait_until(lambda: has_ended(running))

    assert wait_until_ended([running], limit_seconds=0) == []


def test_own_child_is_asked_for_its_exit_code() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        process = psutil.Process(child.pid)

        wait_until(lambda: has_ended(process))

        assert process not in psutil.Process().children()


def test_what_does_not_end_by_itself_is_killed(running: psutil.Process) -> None:
    kill_after([running], limit_seconds=0.1)

    wait_until(lambda: has_ended(running))


@pytest.mark.slow
def test_sandbox_that_nobody_asks_for_its_exit_code_has_ended(
    sandbox_of_another: psutil.Process,
) -> None:
    sandbox = control.find()
    assert sandbox is not None

    sandbox_of_another.kill()
    wait_until(lambda: has_ended(sandbox_of_another))

    with pytest.raises(SandboxEnded):
        sandbox.settings()
    assert control.find() is None
