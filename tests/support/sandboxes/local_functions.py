"""Functions that run in this process's own environments, without the rest of the sandbox."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mailfanout.sandbox.runtime.configuration import Configuration, LogSettings
from mailfanout.sandbox.runtime.function import Execution, Function
from mailfanout.sandbox.runtime.pool import Functions
from support.parts.function_sources import ECHO
from support.parts.zips import zip_of


class FakeHost:
    """Keeps the log's events of every invocation in memory, by their stream."""

    def __init__(self) -> None:
        self.streams: dict[str, list[str]] = {}

    def variables(self, role_arn: str, function_name: str) -> Mapping[str, str]:
        return {"AWS_SESSION_TOKEN": f"of {role_arn}"}

    def write_log(self, configuration: Configuration, stream: str, events: list[str]) -> None:
        self.streams.setdefault(stream, []).extend(events)


def make_function(
    source: str = ECHO,
    *,
    handler: str = "lambda_function.lambda_handler",
    timeout_seconds: int = 10,
    variables: Mapping[str, str] | None = None,
    reserved_concurrency: int | None = None,
    region: str = "us-east-1",
    log: LogSettings | None = None,
) -> Function:
    code = zip_of(source)
    configuration = Configuration(
        function_name="echo",
        function_arn=f"arn:aws:lambda:{region}:123456789012:function:echo",
        version="$LATEST",
        handler=handler,
        runtime="python3.13",
        memory_mb=128,
        timeout_seconds=timeout_seconds,
        role_arn="arn:aws:iam::123456789012:role/echo",
        variables=tuple((variables or {}).items()),
        code_sha256=hashlib.sha256(code).hexdigest(),
        log=log or LogSettings("/aws/lambda/echo"),
    )
    return Function(configuration, code, configuration.function_arn, reserved_concurrency)


def run(functions: Functions, source: str, event: Any = None, **options: Any) -> Execution:
    return functions.invoke(make_function(source, **options), json.dumps(event).encode())


def answer_of(execution: Execution) -> Any:
    return json.loads(execution.result.payload)
