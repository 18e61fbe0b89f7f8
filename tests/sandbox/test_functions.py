"""Invocations of real child processes, without the rest of the sandbox."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psutil
import pytest

from mailfanout.sandbox.environment import Configuration
from mailfanout.sandbox.functions import Function, Functions, Outcome, Throttled

ECHO = "def lambda_handler(event, context):\n    return event\n"


class FakeHost:
    """Keeps the log lines of every invocation in memory."""

    def __init__(self) -> None:
        self.streams: dict[str, list[str]] = {}

    def variables(self, role_arn: str, function_name: str) -> Mapping[str, str]:
        return {"AWS_REGION": "us-east-1", "AWS_SESSION_TOKEN": f"of {role_arn}"}

    def write_log(self, configuration: Configuration, stream: str, lines: list[str]) -> None:
        self.streams.setdefault(stream, []).extend(lines)


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def functions(host: FakeHost) -> Iterator[Functions]:
    functions = Functions(host)
    yield functions
    functions.close()


def make_function(
    source: str = ECHO,
    *,
    handler: str = "lambda_function.lambda_handler",
    timeout_seconds: int = 10,
    variables: Mapping[str, str] | None = None,
    reserved_concurrency: int | None = None,
) -> Function:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(zipfile.ZipInfo("lambda_function.py"), source)
    code = zipped.getvalue()
    configuration = Configuration(
        function_name="echo",
        function_arn="arn:aws:lambda:us-east-1:123456789012:function:echo",
        version="$LATEST",
        handler=handler,
        runtime="python3.13",
        memory_mb=128,
        timeout_seconds=timeout_seconds,
        role_arn="arn:aws:iam::123456789012:role/echo",
        variables=tuple((variables or {}).items()),
        code_sha256=hashlib.sha256(code).hexdigest(),
    )
    return Function(configuration, code, configuration.function_arn, reserved_concurrency)


def answer_of(outcome: Outcome) -> Any:
    return json.loads(outcome.result.payload)


def run(functions: Functions, source: str, event: Any = None, **options: Any) -> Outcome:
    return functions.invoke(make_function(source, **options), json.dumps(event).encode())


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


def test_context_carries_what_aws_puts_into_it(functions: Functions) -> None:
    source = """
def lambda_handler(event, context):
    return {
        "id": context.aws_request_id,
        "name": context.function_name,
        "version": context.function_version,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "group": context.log_group_name,
        "left": context.get_remaining_time_in_millis(),
        "custom": context.client_context.custom,
    }
"""
    outcome = functions.invoke(
        make_function(source), b"{}", client_context=json.dumps({"custom": {"k": "v"}})
    )
    answer = answer_of(outcome)
    assert 0 < answer.pop("left") <= 10_000
    assert answer == {
        "id": outcome.request_id,
        "name": "echo",
        "version": "$LATEST",
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:echo",
        "memory": "128",
        "group": "/aws/lambda/echo",
        "custom": {"k": "v"},
    }


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


def test_exception_is_reported_as_aws_does(functions: Functions) -> None:
    source = "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n"
    outcome = run(functions, source)
    error = answer_of(outcome)
    assert outcome.result.status == "error"
    assert error["errorType"] == "ValueError"
    assert error["errorMessage"] == "no such mail"
    assert error["requestId"] == outcome.request_id
    assert '"/var/task/lambda_function.py", line 2, in lambda_handler' in error["stackTrace"][0]


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        (ECHO, "missing.lambda_handler", "Runtime.ImportModuleError", "No module named 'missing'"),
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
        ("def (", "lambda_function.lambda_handler", "Runtime.UserCodeSyntaxError", "Syntax error"),
        ("1 / 0\n", "lambda_function.lambda_handler", "ZeroDivisionError", "division by zero"),
        (ECHO, "nonsense", "Runtime.MalformedHandlerName", "Bad handler 'nonsense'"),
    ],
)
def test_handler_that_cannot_be_loaded_is_named(
    functions: Functions, source: str, handler: str, error_type: str, message: str
) -> None:
    outcome = run(functions, source, handler=handler)
    error = answer_of(outcome)
    assert outcome.result.status == "error"
    assert error["errorType"] == error_type
    assert message in error["errorMessage"]


def test_result_that_json_cannot_hold_is_a_marshal_error(functions: Functions) -> None:
    outcome = run(functions, "def lambda_handler(event, context):\n    return {1, 2}\n")
    assert answer_of(outcome)["errorType"] == "Runtime.MarshalError"


def test_timeout_ends_the_process_and_the_next_event_gets_a_fresh_one(functions: Functions) -> None:
    source = """
import os, time
def lambda_handler(event, context):
    if event == "hang":
        time.sleep(60)
    return os.getpid()
"""
    first = answer_of(run(functions, source, timeout_seconds=1))
    timed_out = run(functions, source, "hang", timeout_seconds=1)
    second = answer_of(run(functions, source, timeout_seconds=1))
    assert timed_out.result.status == "timeout"
    assert answer_of(timed_out)["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert first != second
    assert not psutil.pid_exists(first)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(4)", "Runtime exited with error: exit status 4"),
    ],
)
def test_process_that_exits_is_reported(functions: Functions, statement: str, reason: str) -> None:
    source = f"import os, sys\ndef lambda_handler(event, context):\n    {statement}\n"
    error = answer_of(run(functions, source))
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(reason)


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


def test_only_a_cold_start_reports_its_initialization(functions: Functions) -> None:
    reports = [run(functions, ECHO).log.splitlines()[-1] for _ in range(2)]
    assert ["Init Duration" in report for report in reports] == [True, False]


def test_warmed_environment_takes_the_first_event(functions: Functions) -> None:
    source = "import os\ndef lambda_handler(event, context):\n    return os.getpid()\n"
    functions.warm(make_function(source))
    (child,) = psutil.Process().children()
    assert answer_of(run(functions, source)) == child.pid


def test_events_at_once_run_in_environments_of_their_own(functions: Functions) -> None:
    source = "import os, time\ndef lambda_handler(event, context):\n    time.sleep(0.2)\n"
    source += "    return os.getpid()\n"
    with ThreadPoolExecutor(4) as pool:
        pids = {answer_of(o) for o in pool.map(lambda _: run(functions, source), range(4))}
    assert len(pids) == 4


def test_reserved_concurrency_of_zero_throttles(functions: Functions) -> None:
    with pytest.raises(Throttled):
        functions.invoke(make_function(reserved_concurrency=0), b"{}")


def test_event_above_the_reserved_concurrency_is_throttled(functions: Functions) -> None:
    hold = "import time\ndef lambda_handler(event, context):\n    print('in')\n    time.sleep(2)\n"
    function = make_function(hold, reserved_concurrency=1)
    first = threading.Thread(target=functions.invoke, args=(function, b"{}"))
    first.start()
    while not psutil.Process().children():
        first.join(0.01)
    with pytest.raises(Throttled):
        functions.invoke(function, b"{}")
    first.join()


def test_no_process_is_left_after_close(host: FakeHost) -> None:
    functions = Functions(host)
    run(functions, ECHO)
    children = psutil.Process().children()
    functions.close()
    assert children
    assert not any(child.is_running() for child in children)


def test_zip_entry_cannot_leave_the_task_directory(functions: Functions) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("../escaped.py", "")
        archive.writestr("lambda_function.py", ECHO)
    function = make_function()
    outcome = functions.invoke(replace(function, code=zipped.getvalue()), b"1")
    assert answer_of(outcome) == 1
