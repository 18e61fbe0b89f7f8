"""Asynchronous invocation: an internal queue, two retries, then a dead letter.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from mailfanout.sandbox.events import FailedInvocation
from mailfanout.sandbox.functions import NoSuchFunction, Outcome, Throttled

log = logging.getLogger(__name__)

RETRY_WAITS_SECONDS = (60, 120)
THROTTLE_WAIT_SECONDS = 60
WORKERS = 8


@dataclass(frozen=True)
class Limits:
    """How often and how long an asynchronous event is tried (EventInvokeConfig)."""

    max_retries: int = 2
    max_age_seconds: int = 21600


@dataclass(frozen=True)
class _Task:
    function_arn: str
    payload: bytes
    request_id: str
    accepted_at: float
    attempts: int = 0


class AsynchronousInvocations:
    """Events that were accepted and not yet handled.

    `invoke` runs one attempt, `limits` says how often a function's events are tried, and
    `give_up` receives what is not tried again. `scale` turns AWS's waits into a lesson's.
    """

    def __init__(
        self,
        invoke: Callable[[str, bytes, str], Outcome],
        *,
        limits: Callable[[str], Limits],
        give_up: Callable[[FailedInvocation], None],
        scale: Callable[[], float],
    ) -> None:
        self._invoke = invoke
        self._limits = limits
        self._give_up = give_up
        self._scale = scale
        self._due: list[tuple[float, int, _Task]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._running = 0
        for _ in range(WORKERS):
            threading.Thread(target=self._work, daemon=True).start()

    @property
    def pending(self) -> int:
        """How many events wait or run."""
        with self._changed:
            return len(self._due) + self._running

    def clear(self) -> None:
        """Drop what waits."""
        with self._changed:
            self._due.clear()

    def submit(self, function_arn: str, payload: bytes) -> str:
        """Accept an event at once and return its request id."""
        task = _Task(function_arn, payload, str(uuid.uuid4()), time.monotonic())
        self._schedule(task, wait_seconds=0)
        return task.request_id

    def _schedule(self, task: _Task, *, wait_seconds: float) -> None:
        with self._changed:
            due_at = time.monotonic() + wait_seconds * self._scale()
            heapq.heappush(self._due, (due_at, next(self._order), task))
            self._changed.notify()

    def _work(self) -> None:
        while True:
            task = self._take()
            try:
                self._attempt(task)
            except NoSuchFunction:
                log.warning(
                    "%s is gone; its event %s is dropped", task.function_arn, task.request_id
                )
            except Exception:
                log.exception("The event %s is dropped", task.request_id)
            finally:
                with self._changed:
                    self._running -= 1

    def _take(self) -> _Task:
        with self._changed:
            while True:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._running += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)

    def _attempt(self, task: _Task) -> None:
        task = replace(task, attempts=task.attempts + 1)
        limits = self._limits(task.function_arn)
        age_seconds = (time.monotonic() - task.accepted_at) / max(self._scale(), 1e-9)
        try:
            outcome = self._invoke(task.function_arn, task.payload, task.request_id)
        except Throttled:
            if age_seconds < limits.max_age_seconds:
                task = replace(task, attempts=task.attempts - 1)
                return self._schedule(task, wait_seconds=THROTTLE_WAIT_SECONDS)
            return self._give_up(_failed(task, "EventAgeExceeded"))
        if outcome.result.status is None:
            return
        if task.attempts <= limits.max_retries:
            return self._schedule(task, wait_seconds=RETRY_WAITS_SECONDS[task.attempts - 1])
        self._give_up(_failed(task, "RetriesExhausted", outcome.result.payload))


def _failed(task: _Task, condition: str, response: bytes | None = None) -> FailedInvocation:
    return FailedInvocation(
        request_id=task.request_id,
        function_arn=task.function_arn,
        payload=task.payload,
        condition=condition,
        invoke_count=task.attempts,
        function_error=None if response is None else "Unhandled",
        response=response,
    )
