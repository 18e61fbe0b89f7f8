"""Invocations of real child processes, without the rest of the sandbox."""

from __future__ import annotations

import io
import json
import os
import statistics
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from local_functions import ECHO, HOLD, PROCESS_ID, FakeHost, answer_of, make_function, run
from waiting import wait_until

from mailfanout.sandbox.runtime.pool import Functions, Outcome, Throttled


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def functions(host: FakeHost) -> Iterator[Functions]:
    functions = Functions(host)
    yield functions
    functions.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


@pytest.fixture
def hold(
    functions: Functions, pool: ThreadPoolExecutor, tmp_path: Path
) -> Callable[..., tuple[Future[Outcome], Path]]:
    """Invoke a function that runs until its file is deleted; it runs when this returns."""

    def hold(**options: object) -> tuple[Future[Outcome], Path]:
        file = tmp_path / "held"
        function = make_function(HOLD, **options)  # type: ignore[arg-type]
        invoked = pool.submit(functions.invoke, function, json.dumps(str(file)).encode())
        wait_until(file.exists)
        return invoked, file

    return hold


@pytest.fixture
def children() -> Callable[[], list[psutil.Process]]:
    """The environments that this process started since the test began."""
    before = psutil.Process().children(recursive=True)

    def children() -> list[psutil.Process]:
        found = psutil.Process().children(recursive=True)
        return [child for child in found if child not in before and child.ppid() != os.getpid()]

    return children


def test_handler_gets_the_event_and_its_result_comes_back(functions: Functions) -> None:
    outcome = functions.invoke(make_function(), '{"to": "山田太郎"}'.encode())

    assert outcome.result.status is None
    assert answer_of(outcome) == {"to": "山田太郎"}


def test_second_event_finds_the_environment_warm(functions: Functions) -> None:
    count = "n = 0\ndef lambda_handler(event, context):\n    global n\n    n += 1\n    return n\n"

    assert [answer_of(run(functions, count)) for _ in range(3)] == [1, 2, 3]


def test_changed_code_runs_in_a_fresh_environment(functions: Functions) -> None:
    old = run(functions, "def lambda_handler(event, context):\n    return 'old'\n")
    new = run(functions, "def lambda_handler(event, context):\n    return 'new'\n")

    assert (answer_of(old), answer_of(new)) == ("old", "new")


def test_changed_variable_runs_in_a_fresh_environment(functions: Functions) -> None:
    source = "import os\nX = os.environ['X']\ndef lambda_handler(event, context):\n    return X\n"

    answers = [answer_of(run(functions, source, variables={"X": x})) for x in ("1", "2")]

    assert answers == ["1", "2"]


def test_context_says_by_which_arn_the_function_was_invoked(functions: Functions) -> None:
    source = "def lambda_handler(event, context):\n    return context.invoked_function_arn\n"
    function = make_function(source)
    alias = replace(function, arn=f"{function.arn}:live")

    answers = [answer_of(functions.invoke(one, b"{}")) for one in (function, alias)]

    assert answers == [function.arn, f"{function.arn}:live"]


def test_host_environment_stays_outside(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "hunter2")
    source = "import os\ndef lambda_handler(event, context):\n    return dict(os.environ)\n"

    variables = answer_of(run(functions, source, variables={"TABLE_NAME": "mailaddress"}))

    assert "MY_SECRET" not in variables
    assert variables["TABLE_NAME"] == "mailaddress"
    assert variables["AWS_SESSION_TOKEN"] == "of arn:aws:iam::123456789012:role/echo"
    assert variables["HOME"] != os.environ.get("HOME")


def test_boto3_can_be_imported(functions: Functions) -> None:
    source = "import boto3\ndef lambda_handler(event, context):\n    return boto3.__name__\n"

    assert answer_of(run(functions, source)) == "boto3"


def test_exception_is_reported_as_aws_does(functions: Functions) -> None:
    source = "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n"

    outcome = run(functions, source)

    assert outcome.result.status == "error"
    assert answer_of(outcome) == {
        "errorMessage": "no such mail",
        "errorType": "ValueError",
        "requestId": outcome.request_id,
        "stackTrace": [
            '  File "/var/task/lambda_function.py", line 2, in lambda_handler\n'
            "    raise ValueError('no such mail')\n"
        ],
    }


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        (
            ECHO,
            "missing.lambda_handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'missing': No module named 'missing'",
        ),
        (
            "import nowhere\n",
            "lambda_function.lambda_handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'lambda_function': No module named 'nowhere'",
        ),
        (
            ECHO,
            "lambda_function.other",
            "Runtime.HandlerNotFound",
            "Handler 'other' missing on module 'lambda_function'",
        ),
        (
            "1 / 0\n",
            "lambda_function.lambda_handler",
            "ZeroDivisionError",
            "division by zero",
        ),
        (
            ECHO,
            "nonsense",
            "Runtime.MalformedHandlerName",
            "Bad handler 'nonsense': not enough values to unpack (expected 2, got 1)",
        ),
    ],
)
def test_handler_that_cannot_be_loaded_is_named(
    functions: Functions, source: str, handler: str, error_type: str, message: str
) -> None:
    outcome = run(functions, source, handler=handler)

    error = answer_of(outcome)
    assert outcome.result.status == "error"
    assert (error["errorType"], error["errorMessage"]) == (error_type, message)
    assert error["requestId"] == outcome.request_id


def test_syntax_error_is_reported_with_its_line(functions: Functions) -> None:
    error = answer_of(run(functions, "x = 1\ndef (\n"))

    assert error["errorType"] == "Runtime.UserCodeSyntaxError"
    assert error["errorMessage"].startswith("Syntax error in module 'lambda_function': ")
    assert error["stackTrace"] == ['  File "/var/task/lambda_function.py" Line 2\n    def (\n']


def test_result_that_json_cannot_hold_is_a_marshal_error(functions: Functions) -> None:
    error = answer_of(run(functions, "def lambda_handler(event, context):\n    return {1, 2}\n"))

    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"] == (
        "Unable to marshal response: Object of type set is not JSON serializable"
    )


def test_result_of_more_than_six_megabytes_is_an_error(functions: Functions) -> None:
    source = "def lambda_handler(event, context):\n    return 'x' * event\n"

    fits = run(functions, source, 6_291_556 - len('""'))
    too_large = run(functions, source, 6_291_556 - len('""') + 1)

    assert fits.result.status is None
    assert answer_of(too_large) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size (6291557 bytes) exceeded maximum allowed payload "
        "size (6291556 bytes).",
    }


def test_timeout_ends_the_process_and_the_next_event_gets_a_fresh_one(
    functions: Functions,
) -> None:
    source = "import os, time\ndef lambda_handler(event, context):\n"
    source += "    time.sleep(event)\n    return os.getpid()\n"
    first = answer_of(run(functions, source, 0, timeout_seconds=1))

    timed_out = run(functions, source, 60, timeout_seconds=1)

    assert timed_out.result.status == "timeout"
    assert answer_of(timed_out) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {timed_out.request_id} "
        "Error: Task timed out after 1.00 seconds",
    }
    assert not psutil.pid_exists(first)
    assert answer_of(run(functions, source, 0, timeout_seconds=1)) != first


def test_initialization_does_not_count_towards_the_timeout(functions: Functions) -> None:
    source = f"import time\ntime.sleep(1.1)\n{ECHO}"

    assert answer_of(run(functions, source, "in time", timeout_seconds=1)) == "in time"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(4)", "Runtime exited with error: exit status 4"),
        pytest.param(
            "os.kill(os.getpid(), 9)",
            "Runtime exited with error: signal: killed",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals"),
        ),
    ],
)
def test_process_that_exits_is_reported(functions: Functions, statement: str, reason: str) -> None:
    source = f"import os, sys\ndef lambda_handler(event, context):\n    {statement}\n"

    outcome = run(functions, source)

    assert answer_of(outcome) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {outcome.request_id} Error: {reason}",
    }
    assert outcome.log.endswith("\tStatus: error\tError Type: Runtime.ExitError\n")


def test_log_has_start_output_end_and_report(functions: Functions, host: FakeHost) -> None:
    source = """
import logging
logging.getLogger().setLevel("INFO")
def lambda_handler(event, context):
    print("printed")
    logging.info("logged")
"""

    outcome = run(functions, source)

    start, printed, logged, end, report = outcome.log.splitlines()
    assert start == f"START RequestId: {outcome.request_id} Version: $LATEST"
    assert printed == "printed"
    level, _time, request_id, message = logged.split("\t")
    assert (level, request_id, message) == ("[INFO]", outcome.request_id, "logged")
    assert end == f"END RequestId: {outcome.request_id}"
    assert report.startswith(f"REPORT RequestId: {outcome.request_id}\tDuration: ")
    assert list(host.streams.values()) == [outcome.log.splitlines()]


def test_traceback_is_one_event_of_the_log(functions: Functions, host: FakeHost) -> None:
    run(functions, "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n")

    (events,) = host.streams.values()
    assert events[1] == (
        "[ERROR] ValueError: no such mail\n"
        "Traceback (most recent call last):\n"
        '\xa0\xa0File "/var/task/lambda_function.py", line 2, in lambda_handler\n'
        "\xa0\xa0\xa0\xa0raise ValueError('no such mail')"
    )


def test_timeout_is_a_line_of_the_log(functions: Functions) -> None:
    source = "import time\ndef lambda_handler(event, context):\n    time.sleep(60)\n"

    outcome = run(functions, source, timeout_seconds=1)

    _start, line, _end, report = outcome.log.splitlines()
    assert line.endswith(f"Z {outcome.request_id} Task timed out after 1.00 seconds")
    assert report.endswith("\tStatus: timeout")


def test_tail_of_the_log_is_its_last_four_kilobytes(functions: Functions) -> None:
    outcome = run(functions, "def lambda_handler(event, context):\n    print('x' * 10_000)\n")

    assert len(outcome.log_tail) == 4096
    assert outcome.log.encode().endswith(outcome.log_tail)


def test_only_a_cold_start_reports_its_initialization(functions: Functions) -> None:
    reports = [run(functions, ECHO).log.splitlines()[-1] for _ in range(2)]

    assert ["Init Duration" in report for report in reports] == [True, False]


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
    functions: Functions, hold: Callable[..., tuple[Future[Outcome], Path]]
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
    hold: Callable[..., tuple[Future[Outcome], Path]],
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
    functions: Functions, hold: Callable[..., tuple[Future[Outcome], Path]]
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
    functions: Functions, hold: Callable[..., tuple[Future[Outcome], Path]]
) -> None:
    held, _file = hold()

    functions.clear()

    assert answer_of(held.result())["errorType"] == "Runtime.ExitError"
    assert answer_of(run(functions, ECHO, "runs again")) == "runs again"


def test_no_process_is_left_after_close(
    host: FakeHost, children: Callable[[], list[psutil.Process]]
) -> None:
    functions = Functions(host)
    run(functions, ECHO)
    assert children()

    functions.close()

    assert not children()


def test_zip_entry_cannot_leave_the_task_directory(functions: Functions, tmp_path: Path) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("../escaped.py", "")
        archive.writestr(
            "lambda_function.py",
            "import os\ndef lambda_handler(event, context):\n    return os.listdir()\n",
        )

    outcome = functions.invoke(replace(make_function(), code=zipped.getvalue()), b"{}")

    assert "escaped.py" in answer_of(outcome)


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
