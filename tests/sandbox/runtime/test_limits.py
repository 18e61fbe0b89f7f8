"""What bounds a run on AWS bounds it here: the initialization's ten seconds, and the memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mailfanout.sandbox.runtime import environment
from mailfanout.sandbox.runtime.pool import Functions
from support.sandboxes.local_functions import answer_of, make_function, run

pytestmark = pytest.mark.slow

# Takes too long to initialize, but for the second time.
SLOW_ONCE = """
import pathlib, time
marker = pathlib.Path({marker!r})
if not marker.exists():
    marker.touch()
    time.sleep(600)
def lambda_handler(event, context):
    return "initialized again"
"""
GREEDY = """
import time
def lambda_handler(event, context):
    held = b"x" * (event * 2**20)
    time.sleep(2 if event > 128 else 0)
    return len(held)
"""


def test_slow_initialization_is_begun_again(
    functions: Functions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "INIT_LIMIT_SECONDS", 0.5)
    source = SLOW_ONCE.format(marker=str(tmp_path / "marker"))

    assert answer_of(run(functions, source)) == "initialized again"


def test_initialization_that_is_slow_again_counts_towards_the_timeout(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "INIT_LIMIT_SECONDS", 0.5)
    began = time.monotonic()

    outcome = run(functions, "import time\ntime.sleep(600)\n", timeout_seconds=1)

    assert outcome.result.status == "timeout"
    assert time.monotonic() - began >= 1.5


def test_a_function_that_takes_more_than_its_memory_is_killed(functions: Functions) -> None:
    outcome = run(functions, GREEDY, 256)

    assert answer_of(outcome) == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": f"RequestId: {outcome.request_id} "
        "Error: Runtime exited with error: signal: killed",
    }
    assert "Memory Size: 128 MB\tMax Memory Used: 128 MB" in outcome.log


def test_a_function_that_keeps_to_its_memory_is_not(functions: Functions) -> None:
    assert answer_of(run(functions, GREEDY, 16)) == 16 * 2**20


def test_a_function_that_ends_at_once_is_not_begun_again(functions: Functions) -> None:
    function = make_function("import os\nos._exit(7)\n")

    outcome = functions.invoke(function, b"{}")

    assert "exit status 7" in answer_of(outcome)["errorMessage"]
