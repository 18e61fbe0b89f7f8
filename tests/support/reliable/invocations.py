"""Invocations that stop before each call of AWS, and go on when, and as, they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from support.reliable.memory_aws import MemoryAws
from support.reliable.memory_errors import client_error

# What may happen to a call. Of SES's calls boto3 makes one; others it makes again.
DIES_BEFORE = "dies before it"
DIES_AFTER = "dies after it"
REPLY_LOST = "its reply is lost"
REFUSED = "it is throttled"
NOT_CONNECTED = "no connection is made"
FAULTS = (DIES_BEFORE, DIES_AFTER, REPLY_LOST, REFUSED, NOT_CONNECTED)


class Died(BaseException):
    """The process that ran an invocation has ended: nothing in the function runs any more."""


class Context:
    """What Lambda gives a function beside the event."""

    def __init__(self, aws: MemoryAws, timeout_seconds: float) -> None:
        self._aws = aws
        self.deadline = aws.now + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self.deadline - self._aws.now) * 1000)


class Invocation:
    """One run of a function or a command, which `resume` lets go on for some calls.

    It runs in a thread of its own, and that thread runs while `resume` waits for it, never else.
    """

    def __init__(self, aws: MemoryAws, name: str, run: Callable[[Context], Any], timeout: float):
        self.name, self.context = name, Context(aws, timeout)
        self.is_over = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.end: Callable[[Invocation], None] = lambda invocation: None
        self._aws, self._run = aws, run
        self._calls_left, self._fault, self._stops = 0, "", True
        self._is_dead = False
        self._thread: threading.Thread | None = None
        self._go, self._stopped = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._stopped.acquire()

    def resume(self, calls: int = 1, fault: str = "", *, stops: bool = True) -> None:
        """Make so many calls, the last of them with this fault; then stop before the next one.

        Unless it `stops`, it runs to its end.
        """
        if self.is_over:
            return
        self._calls_left, self._fault, self._stops = calls, fault, stops
        self._aws.interrupt = self._interrupt
        if self._thread:
            self._go.release()
            self._stopped.acquire()
        elif stops:
            self._thread = threading.Thread(target=self._run_in_thread, daemon=True)
            self._thread.start()
            self._stopped.acquire()
        else:
            self._run_to_the_end()
        self._aws.interrupt = make_call
        if self.is_over and self._thread:
            self._thread.join()

    def finish(self) -> None:
        """Run to its end without a fault."""
        self.resume(stops=False)

    def kill(self) -> None:
        """Let it die where it stands."""
        if self._thread and not self.is_over:
            self.resume(fault=DIES_BEFORE)
        self.is_over = True

    def _run_in_thread(self) -> None:
        self._run_to_the_end()
        self._stopped.release()

    def _run_to_the_end(self) -> None:
        try:
            self.result = self._run(self.context)
        except (Died, Exception) as error:
            self.error = error
        self.is_over = True

    def _interrupt(self, service: str, operation: str, call: Callable[[], Any]) -> Any:
        if self._is_dead:  # what runs in a `finally` here runs in no process that has ended
            raise Died
        if self._calls_left == 0 and self._stops:
            self._stopped.release()
            self._go.acquire()
        self._calls_left -= 1
        fault = "" if self._calls_left else self._fault
        # Lambda kills at the timeout.
        if self._aws.now > self.context.deadline:
            fault = DIES_BEFORE
        self._is_dead = fault in (DIES_BEFORE, DIES_AFTER)
        self._aws.note(f"{self.name}: {service} {operation}{fault and ', but '}{fault}")
        return _with_fault(fault, service, call)


def make_call(service: str, operation: str, call: Callable[[], Any]) -> Any:
    """What happens to calls outside of invocations: nothing."""
    return call()


def _with_fault(fault: str, service: str, call: Callable[[], Any]) -> Any:
    if fault == DIES_BEFORE:
        raise Died
    if fault == DIES_AFTER:
        call()
        raise Died
    if fault == REPLY_LOST and service == "sesv2":
        call()
        raise ReadTimeoutError(endpoint_url="https://email.us-east-1.amazonaws.com")
    if fault == REPLY_LOST:
        call()
        return call()
    if fault == REFUSED:
        code = "TooManyRequestsException" if service == "sesv2" else "ThrottlingException"
        raise client_error(code, "Rate exceeded")
    if fault == NOT_CONNECTED:
        raise EndpointConnectionError(endpoint_url="https://us-east-1.amazonaws.com")
    return call()
