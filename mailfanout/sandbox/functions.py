"""Lambda invocations: execution environments, reused warm, and what each run writes to the log.

See https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

import io
import math
import shutil
import tempfile
import threading
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mailfanout.sandbox.environment import (
    OWN_RUNTIME,
    Configuration,
    Environment,
    Invocation,
    Result,
    timeout_line,
)
from mailfanout.sandbox.runtime_api import RuntimeApi

MAX_ENVIRONMENTS = 50
IDLE_LIMIT_SECONDS = 600
LOG_TAIL_BYTES = 4096


class Throttled(Exception):
    """The function has as many invocations under way as its reserved concurrency allows."""


class NoSuchFunction(Exception):
    """The function, or its version or alias, does not exist (any more)."""


@dataclass(frozen=True)
class Function:
    """A deployed function: its configuration, its zip, and how often it may run at once."""

    configuration: Configuration
    code: bytes
    reserved_concurrency: int | None = None


@dataclass(frozen=True)
class Outcome:
    """One invocation, finished: its result and the log that it wrote."""

    request_id: str
    result: Result
    log: str

    @property
    def log_tail(self) -> bytes:
        """The last 4 KB of the log, as LogType=Tail returns them."""
        return self.log.encode()[-LOG_TAIL_BYTES:]


class Host(Protocol):
    """What an execution environment needs from the sandbox around it."""

    def variables(self, role_arn: str, function_name: str) -> Mapping[str, str]:
        """The endpoint, the Region and the execution role's temporary credentials."""

    def write_log(self, configuration: Configuration, stream: str, lines: list[str]) -> None:
        """Append to the function's CloudWatch log stream."""


class Functions:
    """Every execution environment of the sandbox."""

    def __init__(self, host: Host, *, runtime: tuple[str, ...] = OWN_RUNTIME) -> None:
        self._host = host
        self._runtime = runtime
        self._api = RuntimeApi()
        self._directory = Path(tempfile.mkdtemp(prefix="mailfanout-"))
        self._idle: dict[Configuration, list[Environment]] = {}
        self._busy: Counter[str] = Counter()
        self._environments: set[Environment] = set()
        self._changed = threading.Condition()
        self._closed = False

    def invoke(
        self,
        function: Function,
        payload: bytes,
        *,
        request_id: str | None = None,
        client_context: str | None = None,
    ) -> Outcome:
        """Run the function for one event and wait for the result. Raises Throttled."""
        configuration = function.configuration
        invocation = Invocation(
            payload,
            configuration.function_arn,
            request_id or str(uuid.uuid4()),
            client_context,
        )
        environment = self._acquire(function)
        try:
            result = environment.run(invocation)
            log = _log_of(environment, invocation, result)
        finally:
            self._release(environment)
        self._host.write_log(configuration, environment.log_stream_name, log)
        return Outcome(invocation.request_id, result, "".join(f"{line}\n" for line in log))

    def warm(self, function: Function) -> None:
        """Start one environment ahead of the first event, as AWS may do."""
        with self._changed:
            if self._closed or self._idle.get(function.configuration):
                return
        environment = self._create(function)
        with self._changed:
            self._idle.setdefault(function.configuration, []).append(environment)

    def retire(self, function_name: str) -> None:
        """End a function's idle environments; busy ones end when their event is done."""
        self._end_idle(lambda environment: environment.configuration.function_name == function_name)

    def retire_all(self) -> None:
        """End every idle environment."""
        self._end_idle(lambda environment: True)

    def retire_unused(self) -> None:
        """End the environments that have waited too long for an event."""
        limit = time.monotonic() - IDLE_LIMIT_SECONDS
        self._end_idle(lambda environment: environment.idle_since < limit)

    def close(self) -> None:
        """End every environment and remove what they left on the disk."""
        with self._changed:
            self._closed = True
            environments = list(self._environments)
        for environment in environments:
            environment.close()
        self._api.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _acquire(self, function: Function) -> Environment:
        configuration = function.configuration
        name, reserved = configuration.function_name, function.reserved_concurrency
        with self._changed:
            if reserved is not None and self._busy[name] >= reserved:
                raise Throttled(name)
            self._busy[name] += 1
            environment = self._wait_for_place(configuration)
        try:
            return environment or self._create(function)
        except BaseException:
            with self._changed:
                self._busy[name] -= 1
            raise

    def _wait_for_place(self, configuration: Configuration) -> Environment | None:
        """An idle environment, or None where there is room for another."""
        while True:
            idle = self._idle.get(configuration, [])
            while idle:
                environment = idle.pop()
                if environment.alive:
                    return environment
                self._forget(environment)
            if len(self._environments) < MAX_ENVIRONMENTS or self._evict():
                return None
            self._changed.wait()

    def _evict(self) -> bool:
        for idle in self._idle.values():
            if idle:
                self._forget(idle.pop(0))
                return True
        return False

    def _release(self, environment: Environment) -> None:
        with self._changed:
            self._busy[environment.configuration.function_name] -= 1
            if environment.alive and not self._closed:
                self._idle.setdefault(environment.configuration, []).append(environment)
            else:
                self._forget(environment)
            self._changed.notify_all()

    def _forget(self, environment: Environment) -> None:
        self._environments.discard(environment)
        self._api.remove(environment)
        environment.close()

    def _end_idle(self, ends: Callable[[Environment], bool]) -> None:
        with self._changed:
            for configuration, idle in list(self._idle.items()):
                for environment in [waiting for waiting in idle if ends(waiting)]:
                    idle.remove(environment)
                    self._forget(environment)
                if not idle:
                    del self._idle[configuration]
            self._changed.notify_all()

    def _create(self, function: Function) -> Environment:
        configuration = function.configuration
        environment = Environment(
            configuration,
            code=self._unzip(function),
            directory=self._directory / uuid.uuid4().hex,
            variables={
                **self._host.variables(configuration.role_arn, configuration.function_name),
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
            },
            runtime=self._runtime,
        )
        self._api.add(environment)
        with self._changed:
            self._environments.add(environment)
        return environment

    def _unzip(self, function: Function) -> Path:
        """The directory with the function's code, written once for each zip."""
        digest = function.configuration.code_sha256.replace("/", "_").rstrip("=")
        directory = self._directory / f"code-{digest}"
        if not directory.exists():
            unfinished = self._directory / uuid.uuid4().hex
            with zipfile.ZipFile(io.BytesIO(function.code)) as archive:
                archive.extractall(unfinished)
            try:
                unfinished.rename(directory)
            except OSError:
                shutil.rmtree(unfinished)
        return directory


def _log_of(environment: Environment, invocation: Invocation, result: Result) -> list[str]:
    """The lines of one invocation: START, the function's own, END, REPORT."""
    request_id, configuration = invocation.request_id, environment.configuration
    lines = [f"START RequestId: {request_id} Version: {configuration.version}"]
    lines += environment.read_log()
    if result.status == "timeout":
        lines.append(timeout_line(request_id, configuration.timeout_seconds))
    lines.append(f"END RequestId: {request_id}")
    lines.append(_report(environment, invocation, result))
    return lines


def _report(environment: Environment, invocation: Invocation, result: Result) -> str:
    """The REPORT line. AWS bills the initialization too, in whole milliseconds."""
    init_ms = environment.take_init_ms()
    duration_ms = invocation.duration_ms
    fields = [
        f"REPORT RequestId: {invocation.request_id}",
        f"Duration: {duration_ms:.2f} ms",
        f"Billed Duration: {math.ceil(duration_ms + (init_ms or 0))} ms",
        f"Memory Size: {environment.configuration.memory_mb} MB",
        f"Max Memory Used: {environment.max_memory_mb} MB",
    ]
    if init_ms is not None:
        fields.append(f"Init Duration: {init_ms:.2f} ms")
    if result.status is not None:
        fields.append(f"Status: {result.status}")
    return "\t".join(fields)
