"""Many invocations leave nothing behind, and stay fast."""

from __future__ import annotations

import statistics
import threading
import time

import psutil
import pytest

from mailfanout.sandbox.runtime.pool import Functions
from support.function_sources import ECHO
from support.local_functions import make_function, run
from support.waiting import wait_until

pytestmark = pytest.mark.slow


def test_invocations_leave_no_thread_and_no_open_file_behind(functions: Functions) -> None:
    process = psutil.Process()
    run(functions, ECHO)
    before = (threading.active_count(), len(process.open_files()), len(process.net_connections()))

    for _ in range(200):
        run(functions, ECHO)

    assert before == (
        threading.active_count(),
        len(process.open_files()),
        len(process.net_connections()),
    )


def test_environments_leave_no_thread_and_no_open_file_behind(functions: Functions) -> None:
    process = psutil.Process()
    before = (threading.active_count(), len(process.open_files()), len(process.net_connections()))

    for _ in range(5):
        run(functions, ECHO)
        functions.retire("echo")

    wait_until(
        lambda: (
            before
            == (threading.active_count(), len(process.open_files()), len(process.net_connections()))
        )
    )


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
