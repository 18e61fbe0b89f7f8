"""What AWS's runtime writes to a function's log: records of `logging`, and errors.

It is text, or JSON if the function's log is. Each is one event, however many lines it has, and
between two marks here, whereas of what is printed, each line is one. `child` loads it, so it needs
nothing but the standard library.
See https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html and
https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from itertools import chain
from types import SimpleNamespace
from typing import Any

_BEGIN, _END = "\x02", "\x03"
_MARK = re.compile(f"[{_BEGIN}{_END}]")
_EVENT = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}|([^\n{_BEGIN}]+)")
# What every record has. What else one has came as `extra`.
_OF_RECORDS = {*vars(logging.makeLogRecord({})), "asctime", "aws_request_id", "message"}


def set_up() -> SimpleNamespace:
    """AWS's log format on the root logger; what comes back carries the current request id."""
    current = SimpleNamespace(aws_request_id="")

    def add_request_id(record: logging.LogRecord) -> bool:
        record.aws_request_id = current.aws_request_id
        return True

    handler, root = _Handler(sys.stdout), logging.getLogger()
    handler.setFormatter(_JsonFormatter() if _is_json() else _text_formatter())
    handler.addFilter(add_request_id)
    root.addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        for one in (root, handler):  # the handler stands for Lambda, which drops what is below
            one.setLevel({"TRACE": "DEBUG"}.get(level, level))
    return current


def as_one_event(text: str) -> str:
    """A text as one event of the log, however many lines it has; it loses marks of its own."""
    return f"{_BEGIN}{_MARK.sub('', text)}{_END}"


def events_of(output: str) -> list[str]:
    """What a function wrote, event by event, with the line ends; Windows has its own."""
    found = (match.groups() for match in _EVENT.finditer(output.replace("\r\n", "\n")))
    return [event or f"{line.rstrip()}\n" for event, line in found if event or (line or "").strip()]


def log_error(error: Mapping[str, Any]) -> None:
    """One event of the log, as AWS's client writes it."""
    flush()
    text = as_one_event(_as_json(error) if _is_json() else _as_text(error))
    with suppress(OSError):
        os.write(1, text.encode("utf-8", "backslashreplace"))


def flush() -> None:
    """What the handler printed is in the log; it may have closed the stream, or replaced it."""
    with suppress(Exception):
        sys.stdout.flush()


def _is_json() -> bool:
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"


def _as_json(error: Mapping[str, Any]) -> str:
    return json.dumps({"timestamp": _time(time.time()), "level": "ERROR", **error})


def _as_text(error: Mapping[str, Any]) -> str:
    """Its lines are indented by no-break spaces."""
    said = f": {error['errorMessage']}" if error["errorMessage"] else ""
    lines = [f"[ERROR] {error['errorType']}{said}", "Traceback (most recent call last):"]
    for line in chain.from_iterable(map(str.splitlines, error["stackTrace"])):
        text = line.lstrip(" ")
        lines.append("\u00a0" * (len(line) - len(text)) + text)
    return "\n".join(lines)


class _Handler(logging.StreamHandler[Any]):
    terminator = ""

    def format(self, record: logging.LogRecord) -> str:
        return as_one_event(super().format(record))


def _text_formatter() -> logging.Formatter:
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
        "%Y-%m-%dT%H:%M:%S",
    )
    formatter.converter = time.gmtime
    return formatter


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        is_object = isinstance(record.msg, dict) and not record.args
        described = {
            "timestamp": _time(record.created),
            "level": record.levelname,
            "message": record.msg if is_object else record.getMessage(),
            "logger": record.name,
            **_error(record),
            "requestId": vars(record)["aws_request_id"],
        }
        if record.exc_info:
            described["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        taken = _OF_RECORDS | described.keys()
        more = {name: one for name, one in vars(record).items() if name not in taken}
        return json.dumps({**described, **more}, ensure_ascii=False, default=str) + "\n"


def _error(record: logging.LogRecord) -> dict[str, Any]:
    if not record.exc_info or not record.exc_info[0]:
        return {}
    kind, error, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": kind.__name__,
        "errorMessage": str(error),
    }


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
