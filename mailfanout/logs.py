"""What the functions wrote to CloudWatch Logs, read back as invocations and their outcomes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mailfanout.calls import unless_missing
from mailfanout.stack import Stack
from mailfanout.target import Target

Outcome = dict[str, Any]

_REPORT = re.compile(r"REPORT RequestId: (\S+).*?\tDuration: ([\d.]+) ms")


@dataclass(frozen=True)
class Line:
    """One line of a log: when it was written, by which execution environment, and its text."""

    timestamp_ms: int
    stream: str
    text: str


@dataclass(frozen=True)
class Invocation:
    """One run of a function that has ended, and what it did to whom, in its order."""

    stream: str
    began_ms: float
    duration_ms: float
    outcomes: tuple[Outcome, ...] = field(default=())


def read_lines(target: Target, stack: Stack, function_name: str) -> list[Line]:
    """Every line of a function's log, in order of time; none where it never ran."""
    pages = target.client("logs").get_paginator("filter_log_events").paginate
    name = stack.log_group_name(function_name)
    found = unless_missing(lambda: list(pages(logGroupName=name))) or []
    return [
        Line(event["timestamp"], event["logStreamName"], event["message"].rstrip("\n"))
        for page in found
        for event in page["events"]
    ]


def outcomes(lines: list[Line]) -> list[Outcome]:
    """The structured lines: JSON objects that name an `outcome`."""
    return [outcome for line in lines if (outcome := _outcome(line.text))]


def invocations(lines: list[Line]) -> list[Invocation]:
    """The runs that have ended, in order of their begin; the REPORT line says how long each took."""
    return sorted(_finished(lines), key=lambda run: (run.began_ms, run.stream))


def _finished(lines: list[Line]) -> Iterator[Invocation]:
    pending: dict[str, list[Outcome]] = {}
    for line in lines:
        seen = pending.setdefault(line.stream, [])
        if outcome := _outcome(line.text):
            seen.append(outcome)
        elif report := _REPORT.match(line.text):
            duration_ms = float(report[2])
            yield Invocation(line.stream, line.timestamp_ms - duration_ms, duration_ms, tuple(seen))
            pending[line.stream] = []


def _outcome(text: str) -> Outcome | None:
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if "outcome" in found else None
