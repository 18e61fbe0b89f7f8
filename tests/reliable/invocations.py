"""Invocations that stop before each call of AWS, and go on when, and as, they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from memory_aws import MemoryAws
from memory_errors import client_error

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
    """One run of a function or a command, in a thread that runs while `resume` waits for it.

    When it is made, it runs up to its first call. `at` is the call that it stands before.
    """

    def __init__(self, aws: MemoryAws, name: str, run: Callable[[Context], Any], timeout: float):
        self.name, self.context = name, Context(aws, timeout)
        self.at, self.is_over = "", False
        self.result: Any = None
        self.error: BaseException | None = None
        self.end: Callable[[Invocation], None] = lambda invocation: None
        self._aws, self._run, self._fault = aws, run, ""
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._body, daemon=True)
        self._thread.start()
        self._let_run()

    def resume(self, fault: str = "") -> None:
        """Make the call that it stands before, with this fault, and run up to the next one."""
        self._fault = fault
        self._aws.note(f"{self.name}: {self.at}{fault and ', but '}{fault}")
        self._let_run()

    def finish(self) -> None:
        """Run to its end without a fault."""
        while not self.is_over:
            self.resume()

    def kill(self) -> None:
        if not self.is_over:
            self.resume(DIES_BEFORE)

    def _let_run(self) -> None:
        self._aws.interrupt = self._interrupt
        self._go.release()
        self._stopped.acquire()
        self._aws.interrupt = make_call
        if self.is_over:
            self._thread.join()

    def _body(self) -> None:
        self._go.acquire()
        try:
            self.result = self._run(self.context)
        except Died as error:
            self.error = error
        except Exception as error:
            self.error = error
        finally:
            self.is_over = True
            self._stopped.release()

    def _interrupt(self, service: str, operation: str, call: Callable[[], Any]) -> Any:
        self.at = f"{service} {operation}"
        self._stopped.release()
        self._go.acquire()
        # Lambda kills at the timeout.
        is_late = self._aws.now > self.context.deadline
        return _with_fault(DIES_BEFORE if is_late else self._fault, service, call)


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
