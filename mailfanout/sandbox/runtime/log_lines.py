"""The log lines that AWS Lambda itself writes around what a function writes.

See https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from mailfanout.sandbox.events import iso_time
from mailfanout.sandbox.runtime.environment import Environment
from mailfanout.sandbox.runtime.invocation import Invocation, Result


def log_lines(environment: Environment, invocation: Invocation, result: Result) -> list[str]:
    """The lines of one invocation: START, the function's own, END, REPORT."""
    request_id, configuration = invocation.request_id, environment.configuration
    lines = [f"START RequestId: {request_id} Version: {configuration.version}"]
    lines += environment.read_log()
    if result.status == "timeout":
        at, seconds = iso_time(datetime.now(UTC)), configuration.timeout_seconds
        lines.append(f"{at} {request_id} Task timed out after {seconds:.2f} seconds")
    lines.append(f"END RequestId: {request_id}")
    lines.append(_report(environment, invocation, result))
    return lines


def _report(environment: Environment, invocation: Invocation, result: Result) -> str:
    """The REPORT line. AWS bills the initialization too, in whole milliseconds."""
    init_ms = environment.take_init_ms()
    duration_ms = invocation.duration_ms
    memory_mb = environment.configuration.memory_mb
    fields = [
        f"REPORT RequestId: {invocation.request_id}",
        f"Duration: {duration_ms:.2f} ms",
        f"Billed Duration: {math.ceil(duration_ms + (init_ms or 0))} ms",
        f"Memory Size: {memory_mb} MB",
        f"Max Memory Used: {min(environment.max_memory_mb, memory_mb)} MB",
    ]
    if init_ms is not None:
        fields.append(f"Init Duration: {init_ms:.2f} ms")
    if result.status is not None:
        fields.append(f"Status: {result.status}")
    if result.status == "error":
        fields.append(f"Error Type: {result.error_type}")
    return "\t".join(fields) + ("\t" if result.status is None else "")
