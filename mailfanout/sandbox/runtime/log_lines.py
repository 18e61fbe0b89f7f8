"""The log lines that AWS Lambda itself writes around what a function writes.

See https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html and, if they are JSON,
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from mailfanout.sandbox.events import iso_time
from mailfanout.sandbox.json_objects import Json, compact
from mailfanout.sandbox.runtime.environment import Environment
from mailfanout.sandbox.runtime.invocation import Invocation, Result
from mailfanout.sandbox.runtime.runtimes import runtime_version_arn

# Of the platform's events, from the least important one on.
_LEVELS = ("DEBUG", "INFO", "WARN")


def init_lines(environment: Environment) -> tuple[list[str], list[str]]:
    """What the platform says of an initialization, and what the function's code wrote in it.

    Both are before the first invocation's lines; the tail of its log has the code's alone.
    """
    if (own := environment.take_init_log()) is None:
        return [], []
    configuration = environment.configuration
    region = configuration.function_arn.split(":")[3]
    version = f"python:{configuration.runtime.removeprefix('python')}.v1"
    arn = runtime_version_arn(configuration.runtime, region)
    if configuration.log.format != "JSON":
        return [f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"], own
    named = {"initializationType": "on-demand", "phase": "init"}
    record = named | {"runtimeVersion": version, "runtimeVersionArn": arn}
    is_wanted = configuration.log.system_level != "WARN"
    return [_event("initStart", record, at=datetime.now(UTC))] if is_wanted else [], own


def log_lines(environment: Environment, invocation: Invocation, result: Result) -> list[str]:
    """The lines of one invocation: START, the function's own, END, REPORT."""
    request_id, configuration = invocation.request_id, environment.configuration
    if configuration.log.format == "JSON":
        return _json_lines(environment, invocation, result)
    lines = [f"START RequestId: {request_id} Version: {configuration.version}\n"]
    lines += environment.read_log()
    if result.status == "timeout":
        at, seconds = iso_time(datetime.now(UTC)), configuration.timeout_seconds
        lines.append(f"{at} {request_id} Task timed out after {seconds:.2f} seconds\n")
    lines.append(f"END RequestId: {request_id}\n")
    lines.append(_report(environment, invocation, result))
    return lines


def _json_lines(environment: Environment, invocation: Invocation, result: Result) -> list[str]:
    """What happened on the platform, as far as its level is wanted, around the function's own."""
    configuration, now = environment.configuration, datetime.now(UTC)
    begun = {"requestId": invocation.request_id, "version": configuration.version}
    started = _event("start", begun, at=now - timedelta(milliseconds=invocation.duration_ms))
    own = environment.read_log()
    ended: Json = {"requestId": invocation.request_id, "status": result.status or "success"}
    if result.status == "error":
        ended["errorType"] = result.error_type
    duration = {"durationMs": round(invocation.duration_ms, 3)}
    done = _event("runtimeDone", {**ended, "metrics": duration}, at=now)
    metrics = duration | _metrics(environment, invocation)
    report = _event("report", {**ended, "metrics": metrics}, at=now)
    is_fine = result.status is None
    leveled = [(done, "DEBUG" if is_fine else "WARN"), (report, "INFO" if is_fine else "WARN")]
    least = _LEVELS.index(configuration.log.system_level)
    wanted = [line for line, level in leveled if _LEVELS.index(level) >= least]
    return [*([started] if least <= _LEVELS.index("INFO") else []), *own, *wanted]


def _event(kind: str, record: Json, *, at: datetime) -> str:
    told = compact({"time": iso_time(at), "type": f"platform.{kind}", "record": record})
    return f"{told}\n"


def _metrics(environment: Environment, invocation: Invocation) -> Json:
    init_ms, memory_mb = environment.take_init_ms(), environment.configuration.memory_mb
    return {
        "billedDurationMs": math.ceil(invocation.duration_ms + (init_ms or 0)),
        "memorySizeMB": memory_mb,
        "maxMemoryUsedMB": min(environment.max_memory_mb, memory_mb),
        **({} if init_ms is None else {"initDurationMs": round(init_ms, 3)}),
    }


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
    return "\t".join(fields) + ("\t\n" if result.status is None else "\n")
