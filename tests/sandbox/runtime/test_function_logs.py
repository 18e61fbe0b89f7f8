"""The lines that an invocation leaves in the log."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mailfanout.sandbox.runtime import LogSettings
from mailfanout.sandbox.runtime.pool import Functions
from support.parts.function_sources import ECHO
from support.sandboxes.local_functions import FakeHost, run

pytestmark = pytest.mark.slow

INIT_START = (
    r"INIT_START Runtime Version: python:3\.\d+\.v1\t"
    r"Runtime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}"
)


def test_log_has_start_output_end_and_report(functions: Functions, host: FakeHost) -> None:
    source = """
import logging
logging.getLogger().setLevel("INFO")
def lambda_handler(event, context):
    print("printed")
    logging.info("logged")
"""

    execution = run(functions, source)

    start, printed, logged, end, report = execution.log.splitlines()
    assert start == f"START RequestId: {execution.request_id} Version: $LATEST"
    assert printed == "printed"
    level, _time, request_id, message = logged.split("\t")
    assert (level, request_id, message) == ("[INFO]", execution.request_id, "logged")
    assert end == f"END RequestId: {execution.request_id}"
    assert report.startswith(f"REPORT RequestId: {execution.request_id}\tDuration: ")
    [(begun, *others)] = host.streams.values()
    assert "".join(others) == execution.log
    assert re.fullmatch(f"{INIT_START}\n", begun)


def test_traceback_is_one_event_of_the_log(functions: Functions, host: FakeHost) -> None:
    run(functions, "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n")

    (events,) = host.streams.values()
    assert events[2] == (
        "[ERROR] ValueError: no such mail\n"
        "Traceback (most recent call last):\n"
        '\xa0\xa0File "/var/task/lambda_function.py", line 2, in lambda_handler\n'
        "\xa0\xa0\xa0\xa0raise ValueError('no such mail')"
    )


def test_what_is_logged_is_one_event_and_what_is_printed_one_of_each_line(
    functions: Functions, host: FakeHost
) -> None:
    source = """
import logging
def lambda_handler(event, context):
    print("printed\\nas two, the second\\rby two")
    logging.warning("logged\\nas \\x02one\\x03")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("caught")
    context.log("told\\nas one")
    raise ValueError("raised\\nas one")
"""

    execution = run(functions, source)

    (events,) = host.streams.values()
    first, second, logged, caught, told, raised = events[2:-2]
    assert (first, second) == ("printed\n", "as two, the second\rby two\n")
    assert logged.endswith("\tlogged\nas one\n")
    assert "\tcaught\nTraceback (most" in caught and caught.endswith(": division by zero")
    assert told == "told\nas one"
    assert raised.startswith("[ERROR] ValueError: raised\nas one\nTraceback (most")
    assert f"{raised}END RequestId: " in execution.log


def test_timeout_is_a_line_of_the_log(functions: Functions) -> None:
    source = "import time\ndef lambda_handler(event, context):\n    time.sleep(60)\n"

    execution = run(functions, source, timeout_seconds=1)

    _start, line, _end, report = execution.log.splitlines()
    assert line.endswith(f"Z {execution.request_id} Task timed out after 1.00 seconds")
    assert report.endswith("\tStatus: timeout")


def test_tail_of_the_log_is_its_last_four_kilobytes(functions: Functions) -> None:
    execution = run(functions, "def lambda_handler(event, context):\n    print('x' * 10_000)\n")

    assert len(execution.log_tail) == 4096
    assert execution.log.encode().endswith(execution.log_tail)


def test_what_the_initialization_writes_comes_before_the_first_start(
    functions: Functions, host: FakeHost
) -> None:
    source = f"print('loaded')\n{ECHO}"

    for _ in range(2):
        run(functions, source)

    (events,) = host.streams.values()
    words = [event.split()[0] for event in events]
    assert words == ["INIT_START", "loaded", "START", "END", "REPORT", "START", "END", "REPORT"]


@pytest.mark.parametrize(("level", "is_told"), [("DEBUG", True), ("INFO", True), ("WARN", False)])
def test_an_initialization_is_told_of_as_json_at_the_level_of_information(
    functions: Functions, host: FakeHost, level: str, is_told: bool
) -> None:
    run(functions, ECHO, log=LogSettings("/aws/lambda/echo", "JSON", system_level=level))

    (events,) = host.streams.values()
    told = [json.loads(one) for one in events if "platform.initStart" in one]
    assert len(told) == is_told
    for one in told:
        assert one["record"].keys() == {
            *("initializationType", "phase", "runtimeVersion", "runtimeVersionArn")
        }


def test_only_a_cold_start_reports_its_initialization(functions: Functions) -> None:
    reports = [run(functions, ECHO).log.splitlines()[-1] for _ in range(2)]

    assert ["Init Duration" in report for report in reports] == [True, False]


def json_log(functions: Functions, source: str, **levels: str) -> list[Any]:
    """What an invocation logs as JSON; what is no JSON stays text. An error has no line end."""
    log = LogSettings("/aws/lambda/echo", "JSON", **levels)
    lines = run(functions, source, log=log).log.replace("}{", "}\n{").splitlines()
    return [json.loads(line) if line.startswith("{") else line for line in lines]


LOGS = """
import logging
log, chatty = logging.getLogger("mail"), logging.getLogger("chatty")
chatty.setLevel("DEBUG")
def lambda_handler(event, context):
    print("printed")
    chatty.debug("too much")
    log.info("sent to %s", "a", extra={"count": 1})
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception({"is": "an object"})
"""


def test_a_log_may_be_json(functions: Functions) -> None:
    start, printed, sent, failed, report = json_log(functions, LOGS)

    assert (start["type"], start["record"]["version"]) == ("platform.start", "$LATEST")
    request_id = start["record"]["requestId"]
    assert printed == "printed"
    assert sent.pop("timestamp").endswith("Z")
    assert sent == {
        "level": "INFO",
        "message": "sent to a",
        "logger": "mail",
        "requestId": request_id,
        "count": 1,
    }
    assert (failed["message"], failed["level"]) == ({"is": "an object"}, "ERROR")
    assert (failed["errorType"], failed["errorMessage"]) == (
        "ZeroDivisionError",
        "division by zero",
    )
    assert failed["location"] == "/var/task/lambda_function.py:lambda_handler:12"
    assert failed["stackTrace"][0].startswith('  File "/var/task/lambda_function.py", line 10')
    assert (report["type"], report["record"]["status"]) == ("platform.report", "success")
    assert report["record"]["metrics"]["memorySizeMB"] == 128


def test_a_json_log_has_what_its_levels_let_through(functions: Functions) -> None:
    def types(source: str, **levels: str) -> list[str]:
        found = json_log(functions, source, **levels)
        return [one.get("type") or one["level"] for one in found if one != "printed"]

    assert types(LOGS, application_level="ERROR", system_level="WARN") == ["ERROR"]
    assert types(LOGS, application_level="TRACE", system_level="DEBUG") == [
        "platform.start",
        *("DEBUG", "INFO", "ERROR"),
        *("platform.runtimeDone", "platform.report"),
    ]
    failing = "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n"
    assert types(failing, system_level="WARN") == [
        "ERROR",
        *("platform.runtimeDone", "platform.report"),
    ]


def test_an_error_is_an_object_of_a_json_log(functions: Functions) -> None:
    failing = "def lambda_handler(event, context):\n    raise ValueError('no such mail')\n"

    _start, error, _done, report = json_log(functions, failing)

    assert (error["level"], error["errorMessage"]) == ("ERROR", "no such mail")
    assert error["requestId"] == report["record"]["requestId"]
    assert report["record"]["errorType"] == "ValueError"


@pytest.mark.parametrize(
    "change", ["sys.stdout.close()", "sys.stdout = None", "sys.stdout = io.StringIO()"]
)
def test_a_function_may_lose_its_output(functions: Functions, change: str) -> None:
    source = f"""
import io, sys
def lambda_handler(event, context):
    {change}
    if event:
        raise ValueError("no such mail")
    return "done"
"""

    assert run(functions, source, event=[]).result.payload == b'"done"'
    failed = run(functions, source + "#", event=[1])

    assert b"no such mail" in failed.result.payload
    if "close" not in change:
        assert "[ERROR] ValueError: no such mail" in failed.log
