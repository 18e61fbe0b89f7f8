"""What the functions wrote to CloudWatch Logs, read back as invocations and their outcomes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from mailfanout.stack import Stack
from mailfanout.target import Target, unless_missing

Outcome = dict[str, Any]

_DURATION = re.compile(r"\tDuration: ([\d.]+) ms")
# What Lambda writes of a function that raised, ran out of time, or ended its process.
_ERROR = re.compile(r"^\[ERROR\]|Task timed out|Runtime exited|Runtime\.\w+Error")
# Of a process that ended, nothing else is logged.
_EXIT = re.compile(r"^REPORT .*(Runtime\.ExitError)")
_INIT_DURATION = re.compile(r"\tInit Duration: ([\d.]+) ms")
# AWS says late, by up to an hour, when something was last written to a stream.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html
_LAG_MS = 3_600_000
_LARGEST_PAGE = 10_000


@dataclass(frozen=True)
class Line:
    """One line of a log: when it was written, by which execution environment, and its text."""

    timestamp_ms: int
    stream: str
    text: str


@dataclass(frozen=True)
class LoggedInvocation:
    """One run of a function that has ended, and what it did to whom, in its order.

    `init_ms` is how long the cold start before it took: 0 if the environment was warm.
    """

    stream: str
    began_ms: float
    duration_ms: float
    init_ms: float = 0.0
    outcomes: tuple[Outcome, ...] = ()


def read_lines(
    target: Target, stack: Stack, function_name: str, *, since_ms: float = 0
) -> list[Line]:
    """Every line of a function's log, or those since then, in order of time; none if it never ran.

    `since_ms` is in milliseconds of the epoch.
    """
    pages = target.client("logs").get_paginator("filter_log_events").paginate
    name = stack.log_group_name(function_name)
    found = unless_missing(lambda: list(pages(logGroupName=name, startTime=int(since_ms)))) or []
    lines = (
        Line(event["timestamp"], event["logStreamName"], event["message"].rstrip("\n"))
        for page in found
        for event in page["events"]
    )
    return sorted(lines, key=lambda line: line.timestamp_ms)


def read_end(target: Target, stack: Stack, function_name: str, *, last: int) -> list[Line]:
    """The last lines of a function's log, in order of time; none if it never ran.

    What stands before them is not read, however much it is.
    """
    logs, group = target.client("logs"), stack.log_group_name(function_name)
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, orderBy="LastEventTime", descending=True
    )
    streams = unless_missing(lambda: [one for page in pages for one in page["logStreams"]]) or []
    lines: list[Line] = []
    for stream in streams:
        newest_ms = stream.get("lastEventTimestamp", stream["creationTime"])
        if len(lines) == last and newest_ms + _LAG_MS < lines[0].timestamp_ms:
            break
        found = [*_end_of(logs, group, stream["logStreamName"], last), *lines]
        lines = sorted(found, key=lambda line: line.timestamp_ms)[-last:]
    return lines


def _end_of(logs: Any, group: str, stream: str, last: int) -> list[Line]:
    """The last lines of one stream; a page has a mebibyte at the most."""
    lines: list[Line] = []
    before: dict[str, str] = {}
    while len(lines) < last:
        page = logs.get_log_events(
            logGroupName=group,
            logStreamName=stream,
            limit=min(last - len(lines), _LARGEST_PAGE),
            startFromHead=False,
            **before,
        )
        lines = [*_lines_of(stream, page["events"]), *lines]
        if page["nextBackwardToken"] == before.get("nextToken"):
            break
        before = {"nextToken": page["nextBackwardToken"]}
    return lines


def _lines_of(stream: str, events: list[dict[str, Any]]) -> list[Line]:
    return [Line(one["timestamp"], stream, one["message"].rstrip("\n")) for one in events]


def last_error(
    target: Target, stack: Stack, *function_names: str, since_ms: float
) -> tuple[str, str] | None:
    """Which of these functions logged an error last, and that line; None if none has, since then.

    Of a traceback it is the first line.
    """
    found = [
        (line.timestamp_ms, name, line.text)
        for name in function_names
        for line in read_lines(target, stack, name, since_ms=since_ms)
        if _is_error(line.text)
    ]
    if not found:
        return None
    _, name, text = max(found)
    first_line = _EXIT.sub(r"\1: its process ended before it answered.", text.splitlines()[0])
    return name, shorten(first_line, 300)


def how_to_read_log(function_name: str | None) -> str:
    """What to type to read a function's log; of all functions, if nobody knows which one failed."""
    if function_name is None:
        return "To read the logs, type: mailfanout log."
    return f"To read the log of {function_name}, type: mailfanout log {function_name}."


def outcomes(lines: list[Line]) -> list[Outcome]:
    """The structured lines: JSON objects that name an `outcome`."""
    return [outcome for line in lines if (outcome := _outcome(line.text))]


def invocations(lines: list[Line]) -> list[LoggedInvocation]:
    """The runs that have ended, in the order in which they began; a REPORT line ends each."""
    return sorted(_finished(lines), key=lambda run: (run.began_ms, run.stream))


def _finished(lines: list[Line]) -> Iterator[LoggedInvocation]:
    pending: dict[str, list[Line]] = {}
    for line in lines:
        said = pending.setdefault(line.stream, [])
        said.append(line)
        if line.text.startswith("REPORT"):
            duration_ms = _milliseconds(_DURATION, line.text)
            yield LoggedInvocation(
                line.stream,
                line.timestamp_ms - duration_ms,
                duration_ms,
                _milliseconds(_INIT_DURATION, line.text),
                tuple(outcomes(said)),
            )
            said.clear()


def _milliseconds(pattern: re.Pattern[str], report: str) -> float:
    found = pattern.search(report)
    return float(found[1]) if found else 0.0


def _is_error(text: str) -> bool:
    outcome = _outcome(text)
    return outcome["outcome"] == "failed" if outcome else bool(_ERROR.search(text))


def _outcome(text: str) -> Outcome | None:
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if "outcome" in found else None
