"""A deployed function, what an invocation of it gives, and why there may be none."""

from __future__ import annotations

from dataclasses import dataclass

from mailfanout.sandbox.runtime.configuration import Configuration
from mailfanout.sandbox.runtime.invocation import Result

LOG_TAIL_BYTES = 4096


class Throttled(Exception):
    """The function has as many invocations under way as its reserved concurrency allows."""

    def __init__(self, function_name: str, reserved_concurrency: int) -> None:
        super().__init__(f"{function_name} may run {reserved_concurrency} times at once")
        self.reserved_concurrency = reserved_concurrency


class RecursiveInvocation(Exception):
    """A chain of requests leads back to the function again and again."""


class CannotStart(Exception):
    """This machine has no room for one more execution environment, most likely on its disk."""


class NoSuchFunction(Exception):
    """The function, or its version or alias, does not exist (any more)."""


@dataclass(frozen=True)
class Function:
    """A deployed function: its configuration, its zip, and how often it may run at once.

    `arn` is the one that it is invoked by, with the qualifier if there is one.
    """

    configuration: Configuration
    code: bytes
    arn: str
    reserved_concurrency: int | None = None


@dataclass(frozen=True)
class Execution:
    """One invocation, finished: the version that ran, its result and the log that it wrote."""

    request_id: str
    version: str
    result: Result
    log: str

    @property
    def log_tail(self) -> bytes:
        """The last 4 KB of the log, as LogType=Tail returns them."""
        return self.log.encode()[-LOG_TAIL_BYTES:]
