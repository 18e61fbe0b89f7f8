"""Execution environments: reused, side by side, throttled, and ended."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from mailfanout.sandbox.runtime.environment import Environment
from mailfanout.sandbox.runtime.function import CannotStart, Execution, Throttled
from mailfanout.sandbox.runtime.pool import Functions
from support.parts.function_sources import ECHO, HOLD, PROCESS_ID
from support.sandboxes.local_functions import FakeHost, answer_of, make_function, run
from support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


@pytest.fixture
def hold(
    functions: Functions, pool: ThreadPoolExecutor, tmp_path: Path
) -> Callable[..., tuple[Future[Execution], Path]]:
    """Invoke a function that runs until its file is deleted; it runs when this returns."""

    def hold(**options: object) -> tuple[Future[Execution], Path]:
        file = tmp_path / "held"
        function = make_function(HOLD, **options)  # type: ignore[arg-type]
        invoked = pool.submit(functions.invoke, function, json.dumps(str(file)).encode())
        wait_until(file.exists)
        return invoked, file

    return hold


@pytest.fixture
def children() -> Callable[[], list[psutil.Process]]:
    """The processes that this one started since the test began."""
    before = psutil.Process().children(recursive=True)

    def children() -> list[psutil.Process]:
        found = psutil.Process().children(recursive=True)
        return [child for child in found if child not in before and child.ppid() != os.getpid()]

    return children


def test_a_function_finds_pythons_own_library_where_the_sandbox_found_it() -> None:
    asked = "from mailfanout.sandbox.runtime.processes import HOST_NEEDS; print(HOST_NEEDS)"
    finished = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, "LD_LIBRARY_PATH": "/opt/python/lib", "LD_PRELOAD": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "'LD_LIBRARY_PATH': '/opt/python/lib'" in finished.stdout
    assert "LD_PRELOAD" not in finished.stdout


def test_warmed_environment_takes_the_first_event(
    functions: Functions, children: Callable[[], list[psutil.Process]]
) -> None:
    functions.warm(make_function(PROCESS_ID))

    (child,) = children()
    assert answer_of(run(functions, PROCESS_ID)) == child.pid


def test_warm_function_is_not_warmed_twice(
    functions: Functions, children: Callable[[], list[psutil.Process]]
) -> None:
    functions.warm(make_function())
    functions.warm(make_function())

    assert len(children()) == 1


def test_events_at_once_run_in_environments_of_their_own(
    functions: Functions, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    files = [tmp_path / str(number) for number in range(4)]
    invoked = [pool.submit(run, functions, HOLD, str(file)) for file in files]
    wait_until(lambda: all(file.exists() for file in files))
    for file in files:
        file.unlink()

    assert len({answer_of(future.result()) for future in invoked}) == 4


def test_event_above_the_reserved_concurrency_is_throttled(
    functions: Functions, hold: Callable[..., tuple[Future[Execution], Path]]
) -> None:
    held, file = hold(reserved_concurrency=1)

    with pytest.raises(Throttled):
        functions.invoke(make_function(reserved_concurrency=1), b"{}")

    file.unlink()
    held.result()
    functions.invoke(make_function(reserved_concurrency=1), b"{}")


def test_reserved_concurrency_of_zero_throttles_every_event(functions: Functions) -> None:
    with pytest.raises(Throttled):
        functions.invoke(make_function(reserved_concurrency=0), b"{}")


def test_idle_environment_makes_room_for_another_function(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailfanout.sandbox.runtime.pool.MAX_ENVIRONMENTS", 1)
    process_id = answer_of(run(functions, PROCESS_ID))

    assert answer_of(run(functions, ECHO, "has room")) == "has room"

    assert not psutil.pid_exists(process_id)


def test_event_waits_while_every_environment_is_busy(
    functions: Functions,
    hold: Callable[..., tuple[Future[Execution], Path]],
    pool: ThreadPoolExecutor,
    children: Callable[[], list[psutil.Process]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mailfanout.sandbox.runtime.pool.MAX_ENVIRONMENTS", 1)
    held, file = hold()
    waiting = pool.submit(run, functions, ECHO, "had to wait")

    file.unlink()

    assert held.result().result.status is None
    assert answer_of(waiting.result()) == "had to wait"
    assert len(children()) == 1


def test_retired_environment_finishes_its_event_and_ends(
    functions: Functions, hold: Callable[..., tuple[Future[Execution], Path]]
) -> None:
    held, file = hold()

    functions.retire("echo")
    file.unlink()

    process_id = answer_of(held.result())
    wait_until(lambda: not psutil.pid_exists(process_id))


def test_idle_environment_ends_when_its_function_is_retired(functions: Functions) -> None:
    process_id = answer_of(run(functions, PROCESS_ID))

    functions.retire("another")
    assert psutil.pid_exists(process_id)
    functions.retire("echo")

    assert not psutil.pid_exists(process_id)


def test_clear_ends_a_function_in_the_middle_of_its_event(
    functions: Functions, hold: Callable[..., tuple[Future[Execution], Path]]
) -> None:
    held, _file = hold()

    functions.clear()

    assert answer_of(held.result())["errorType"] == "Runtime.ExitError"
    assert answer_of(run(functions, ECHO, "runs again")) == "runs again"


def test_what_the_machine_lacks_is_named_and_the_next_event_runs(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Environment, "start", start)
        with pytest.raises(CannotStart, match=r"Too many open files\. Mend that; what waits"):
            run(functions, ECHO)

    assert answer_of(run(functions, ECHO, "runs again")) == "runs again"


def test_no_process_is_left_after_close(
    host: FakeHost, children: Callable[[], list[psutil.Process]]
) -> None:
    functions = Functions(host)
    run(functions, ECHO)
    assert children()

    functions.close()

    assert not children()
