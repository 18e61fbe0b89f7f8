"""One event on its way through an execution environment, and what comes of it."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

MAX_RESPONSE_BYTES = 6_291_556


@dataclass(frozen=True)
class Result:
    """What an invocation came to. `status` is None if the handler returned."""

    payload: bytes
    status: Literal["error", "timeout"] | None = None

    @property
    def error_type(self) -> str | None:
        """AWS's name of the error, for example `Runtime.ExitError`; None if there is none."""
        if self.status is None:
            return None
        error: dict[str, Any] = json.loads(self.payload)
        return str(error.get("errorType", ""))


@dataclass
class Invocation:
    """One event. `function_arn` is the ARN that was invoked, with its qualifier if it had one."""

    payload: bytes
    function_arn: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_context: str | None = None
    trace_header: str = ""
    deadline_ms: int = 0
    began: float = 0.0
    ended: float = 0.0
    result: Result | None = None
    delivered: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    call_numbers: Iterator[int] = field(default_factory=partial(itertools.count, 1))

    def deliver(self, *, timeout_seconds: int) -> None:
        """The environment takes the event: from now on the time counts."""
        self.began = time.monotonic()
        self.deadline_ms = int((time.time() + timeout_seconds) * 1000)
        self.delivered.set()

    def finish(self, result: Result) -> None:
        """Set the result, unless there is one already."""
        if not self.done.is_set():
            self.ended = time.monotonic()
            self.result = result
            self.done.set()
            self.delivered.set()

    @property
    def duration_ms(self) -> float:
        """From the delivery of the event to the result; 0 if it was never delivered."""
        return (self.ended - self.began) * 1000 if self.began else 0.0


def timed_out(request_id: str, timeout_seconds: int) -> Result:
    """The result of an invocation that ran into the function's timeout."""
    message = f"Task timed out after {timeout_seconds:.2f} seconds"
    return _failure("Sandbox.Timedout", f"RequestId: {request_id} Error: {message}", "timeout")


def exited(request_id: str, return_code: int) -> Result:
    """The result of an invocation whose process ended in the middle of it."""
    reason = "Runtime exited without providing a reason"
    if return_code > 0:
        reason = f"Runtime exited with error: exit status {return_code}"
    elif return_code < 0:
        reason = f"Runtime exited with error: signal: {_signal_name(-return_code)}"
    return _failure("Runtime.ExitError", f"RequestId: {request_id} Error: {reason}")


def out_of_memory(request_id: str) -> Result:
    """The result of an invocation that used more memory than the function has."""
    reason = "Runtime exited with error: signal: killed"
    return _failure("Runtime.OutOfMemory", f"RequestId: {request_id} Error: {reason}")


def unstarted(reason: str) -> str:
    """An initialization's error, as JSON: the function's process could not even be started."""
    return json.dumps({"errorType": "Runtime.Unknown", "errorMessage": reason})


def checked(result: Result) -> Result:
    """The result itself, or the error that AWS makes of one that is too large."""
    if len(result.payload) <= MAX_RESPONSE_BYTES:
        return result
    return _failure(
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size "
        f"({MAX_RESPONSE_BYTES} bytes).",
    )


def _failure(
    error_type: str, message: str, status: Literal["error", "timeout"] = "error"
) -> Result:
    payload = json.dumps({"errorType": error_type, "errorMessage": message})
    return Result(payload.encode(), status)


def _signal_name(number: int) -> str:
    """As Go prints it: `killed`, not `Killed` or, on macOS, `Killed: 9`."""
    return (signal.strsignal(number) or str(number)).partition(":")[0].lower()
