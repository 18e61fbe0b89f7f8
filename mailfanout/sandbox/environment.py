"""One Lambda execution environment: a child process that runs one event at a time.

See https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from mailfanout.sandbox.events import iso_time

INIT_LIMIT_SECONDS = 10
OWN_RUNTIME = (sys.executable, "-I", "-u", "-X", "utf8", str(Path(__file__).with_name("child.py")))


@dataclass(frozen=True)
class Configuration:
    """What an execution environment is made from. Two that differ never share one."""

    function_name: str
    function_arn: str
    version: str
    handler: str
    runtime: str
    memory_mb: int
    timeout_seconds: int
    role_arn: str
    variables: tuple[tuple[str, str], ...]
    code_sha256: str


@dataclass
class Invocation:
    """One event on its way through an execution environment."""

    payload: bytes
    function_arn: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_context: str | None = None
    deadline_ms: int = 0
    began: float = 0.0
    ended: float = 0.0
    result: Result | None = None
    delivered: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def finish(self, result: Result) -> None:
        """Set the result, unless there is one already."""
        if not self.done.is_set():
            self.ended = time.monotonic()
            self.result = result
            self.done.set()

    @property
    def duration_ms(self) -> float:
        """From the delivery of the event to the result; 0 where it was never delivered."""
        return (self.ended - self.began) * 1000 if self.began else 0.0


@dataclass(frozen=True)
class Result:
    """What an invocation came to. `status` is None where the handler returned."""

    payload: bytes
    status: str | None = None

    @property
    def error_type(self) -> str | None:
        """AWS's name of the error, for example `Runtime.ExitError`."""
        if self.status is None:
            return None
        error: dict[str, Any] = json.loads(self.payload)
        return str(error.get("errorType", ""))


class Environment:
    """A child process with the function's code, its variables and its log file."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        code: Path,
        directory: Path,
        variables: Mapping[str, str],
        runtime: tuple[str, ...] = OWN_RUNTIME,
    ) -> None:
        self.configuration = configuration
        self.log_stream_name = _log_stream_name(configuration.version)
        self.init_ms: float | None = None
        self.max_memory_mb = 0
        self.idle_since = time.monotonic()
        self.started = threading.Event()
        self._inbox: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: Invocation | None = None
        self._init_error: str | None = None
        self._code = code
        self._directory = directory
        directory.mkdir()
        log_path = directory / "log"
        with log_path.open("wb") as log:
            self._began = time.monotonic()
            self._process = subprocess.Popen(
                runtime,
                cwd=code,
                env={**self._own_variables(code, directory), **variables},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._log = log_path.open("rb")
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def run(self, invocation: Invocation) -> Result:
        """Hand over the event and wait for what comes of it; the process ends at the timeout."""
        self._current = invocation
        self._inbox.put(invocation)
        if not self.alive:
            self._finish_dead()
        seconds = self.configuration.timeout_seconds
        if not invocation.delivered.wait(INIT_LIMIT_SECONDS) and not invocation.done.is_set():
            seconds = 0
        if not invocation.done.wait(seconds):
            invocation.finish(_timed_out(invocation, self.configuration.timeout_seconds))
            self.stop()
        self._measure_memory()
        self._current = None
        self.idle_since = time.monotonic()
        assert invocation.result is not None
        return invocation.result

    def read_log(self) -> list[str]:
        """The lines that the function wrote since the last call."""
        text = self._as_on_aws(self._log.read().decode("utf-8", errors="replace"))
        return [line.replace("\r", "\n").rstrip() for line in text.split("\n") if line.strip()]

    def take_init_ms(self) -> float | None:
        """How long the initialization took; None from the second call on."""
        init_ms, self.init_ms = self.init_ms, None
        return init_ms

    def stop(self) -> None:
        """End the process, whatever it is doing. Safe to repeat."""
        if self.alive:
            self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the process and remove what it left on the disk."""
        self.stop()
        self._log.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def next_invocation(self) -> Invocation | None:
        """For the Runtime API: wait for an event; None when the environment has ended."""
        if not self.started.is_set():
            self.init_ms = (time.monotonic() - self._began) * 1000
            self._measure_memory()
            self.started.set()
        invocation = self._inbox.get()
        if invocation is not None:
            invocation.began = time.monotonic()
            invocation.deadline_ms = int((time.time() + self.configuration.timeout_seconds) * 1000)
            invocation.delivered.set()
        return invocation

    def report(self, request_id: str, result: Result) -> bool:
        """For the Runtime API: the result of the current event; False where it is another's."""
        invocation = self._current
        if invocation is None or invocation.request_id != request_id:
            return False
        if result.status is not None:
            payload = self._as_on_aws(result.payload.decode("utf-8", errors="replace"))
            result = Result(payload.encode(), result.status)
        invocation.finish(result)
        return True

    def report_init_error(self, payload: bytes) -> None:
        """For the Runtime API: the handler could not be loaded."""
        self._init_error = self._as_on_aws(payload.decode("utf-8", errors="replace"))

    def _watch(self) -> None:
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self.started.set()
        self._inbox.put(None)
        self._finish_dead()

    def _finish_dead(self) -> None:
        invocation = self._current
        if invocation is None:
            return
        if self._init_error is not None:
            error = {**json.loads(self._init_error), "requestId": invocation.request_id}
            result = Result(json.dumps(error).encode(), "error")
        else:
            result = _exited(invocation, self._process.returncode)
        invocation.finish(result)
        invocation.delivered.set()

    def _measure_memory(self) -> None:
        try:
            used_mb = psutil.Process(self.pid).memory_info().rss // 2**20
        except psutil.Error:
            return
        self.max_memory_mb = max(self.max_memory_mb, used_mb)

    def _as_on_aws(self, text: str) -> str:
        """A function's code lies in /var/task on AWS; traces name it so, plain or as JSON."""
        path = str(self._code)
        return text.replace(json.dumps(path)[1:-1], "/var/task").replace(path, "/var/task")

    def _own_variables(self, code: Path, directory: Path) -> dict[str, str]:
        """AWS's defined environment variables, and no more of the host than a process needs.

        HOME is the environment's own, so that no SDK finds the user's AWS configuration.
        See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        made_from = self.configuration
        return {
            **_HOST_NEEDS,
            **dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(directory)),
            "LANG": "en_US.UTF-8",
            "PATH": os.defpath,
            "TZ": "UTC",
            **dict(made_from.variables),
            "LAMBDA_TASK_ROOT": str(code),
            "_HANDLER": made_from.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{made_from.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": made_from.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": made_from.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(made_from.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{made_from.function_name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream_name,
        }


# Windows opens no socket without SYSTEMROOT.
_HOST_NEEDS = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


def _log_stream_name(version: str) -> str:
    return f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"


def _timed_out(invocation: Invocation, timeout_seconds: int) -> Result:
    message = f"Task timed out after {timeout_seconds:.2f} seconds"
    return _failed("Sandbox.Timedout", f"RequestId: {invocation.request_id} Error: {message}")


def _exited(invocation: Invocation, return_code: int) -> Result:
    if return_code == 0:
        reason = "Runtime exited without providing a reason"
    elif return_code < 0:
        reason = f"Runtime exited with error: signal: {-return_code}"
    else:
        reason = f"Runtime exited with error: exit status {return_code}"
    return _failed("Runtime.ExitError", f"RequestId: {invocation.request_id} Error: {reason}")


def _failed(error_type: str, message: str) -> Result:
    status = "timeout" if error_type == "Sandbox.Timedout" else "error"
    payload = json.dumps({"errorType": error_type, "errorMessage": message}).encode()
    return Result(payload, status)


def timeout_line(request_id: str, timeout_seconds: int) -> str:
    """The log line that AWS writes when a function runs into its timeout."""
    at = iso_time(datetime.now(UTC))
    return f"{at} {request_id} Task timed out after {timeout_seconds:.2f} seconds"
