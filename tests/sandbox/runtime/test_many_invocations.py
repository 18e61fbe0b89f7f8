"""Many invocations leave nothing behind, and stay fast."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter

import psutil
import pytest

from mailfanout.sandbox.runtime.pool import Functions
from support.parts.function_sources import ECHO
from support.sandboxes.local_functions import make_function, run
from support.waiting import wait_until

pytestmark = pytest.mark.slow


def test_invocations_leave_no_thread_and_no_open_file_behind(functions: Functions) -> None:
    run(functions, ECHO)
    before = held()

    for _ in range(200):
        run(functions, ECHO)

    assert not Counter(held()) - Counter(before)


def test_environments_leave_no_thread_and_no_open_file_behind(functions: Functions) -> None:
    before = held()

    for _ in range(5):
        run(functions, ECHO)
        functions.retire("echo")

    # What an earlier test has left to end may have ended meanwhile.
    wait_until(lambda: not Counter(held()) - Counter(before))


def held() -> dict[str, int]:
    process = psutil.Process()
    return {
        "threads": threading.active_count(),
        "files": len(process.open_files()),
        "connections": len(process.net_connections()),
    }


@pytest.mark.benchmark
def test_ten_thousand_warm_invocations_take_a_millisecond_each_and_no_memory(
    functions: Functions,
) -> None:
    process, function = psutil.Process(), make_function()
    for _ in range(500):
        functions.invoke(function, b"{}")
    before_mb = process.memory_info().rss / 2**20

    durations_ms = []
    for _ in range(10_000):
        began = time.perf_counter()
        functions.invoke(function, b"{}")
        durations_ms.append((time.perf_counter() - began) * 1000)

    assert statistics.median(durations_ms) < 1
    assert process.memory_info().rss / 2**20 - before_mb < 5
