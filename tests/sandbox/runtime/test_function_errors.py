"""What becomes of a function that raises, runs too long or ends its process."""

from __future__ import annotations

import sys

import psutil
import pytest

from mailfanout.sandbox.runtime.pool import Functions
from support.parts.function_sources import ECHO
from support.sandboxes.local_functions import answer_of, run

pytestmark = pytest.mark.slow


def test_exception_is_reported_as_aws_does(functions: Functions) -> None:
    source = "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n"

    execution = run(functions, source)

    assert execution.result.status == "error"
    assert answer_of(execution) == {
        "errorMessage": "no such mail",
        "errorType": "ValueError",
        "requestId": execution.request_id,
        "stackTrace": [
            '  File "/var/task/lambda_function.py", line 2, in lambda_handler\n'
            "    raise ValueError('no such mail')\n"
        ],
    }


@pytest.mark.parametrize(
    ("failing", "module"),
    [("json.loads('no JSON')", ["json"]), ("boto3.client('nope')", ["site-packages", "boto3"])],
)
def test_a_trace_names_libraries_as_they_lie_on_aws(
    functions: Functions, failing: str, module: list[str]
) -> None:
    execution = run(functions, f"import boto3, json\n{failing}\n")

    trace = answer_of(execution)["stackTrace"]
    named = {line.split('"')[1] for line in trace if "<frozen" not in line}
    library = "/var/lang/lib/python3.13"
    assert {"/var/task/lambda_function.py", "/".join([library, *module, "__init__.py"])} < named
    assert all(one.startswith(("/var/task/", f"{library}/")) for one in named)


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
    execution = run(functions, source, handler=handler)

    error = answer_of(execution)
    assert execution.result.status == "error"
    assert (error["errorType"], error["errorMessage"]) == (error_type, message)
    assert error["requestId"] == ""  # it is of no event


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
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).",
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

    execution = run(functions, source)

    assert answer_of(execution) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {execution.request_id} Error: {reason}",
    }
    assert execution.log.endswith("\tStatus: error\tError Type: Runtime.ExitError\n")
