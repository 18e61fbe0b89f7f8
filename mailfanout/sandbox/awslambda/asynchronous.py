"""Asynchronous invocation: an internal queue, two retries, then a record of how it ended.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from mailfanout.sandbox.awslambda.finished import FinishedInvocation, InvocationCondition
from mailfanout.sandbox.runtime import (
    MAX_ENVIRONMENTS,
    CannotStart,
    Execution,
    NoSuchFunction,
    RecursiveInvocation,
    Throttled,
)
from mailfanout.sandbox.tracing import current, following

log = logging.getLogger(__name__)

RETRY_WAITS_SECONDS = (60, 120)
MAX_WAIT_SECONDS = 300
# How long a thread that has to go on waits after an error that nobody foresaw.
PAUSE_SECONDS = 0.1
# How often it is asked whether an event's next try would still come too early.
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Limits:
    """How often and how long an asynchronous event is tried (EventInvokeConfig)."""

    max_retries: int = 2
    max_age_seconds: float = 21600


@dataclass(frozen=True)
class _Task:
    """An accepted event. `saved_seconds` is what the scale took from AWS's waits so far.

    `schedule` names the schedule that it is of, if any. Before `due_on_aws_at`, of the monotonic
    clock, AWS would not try it.
    """

    function_arn: str
    payload: bytes
    request_id: str
    accepted_at: float
    epoch: int
    trace_header: str = ""
    schedule: str | None = None
    runs: int = 0
    waits: int = 0
    saved_seconds: float = 0.0
    due_on_aws_at: float = 0.0

    def age_seconds(self) -> float:
        """The age that the event would have on AWS."""
        return time.monotonic() - self.accepted_at + self.saved_seconds


class AsynchronousInvocations:
    """Events that were accepted and not yet handled.

    `invoke` runs an event once, `limits` says how often a function's events are tried, and
    `finished` is called with the end of each. `scale` is the factor by which AWS's waits are
    shortened. A shortened wait goes on until `is_idle`, at most as long as AWS's: what an event
    has set off before it failed is worked off when it is tried again, as after AWS's minute.
    """

    def __init__(
        self,
        invoke: Callable[[str, bytes, str], Execution],
        *,
        limits: Callable[[str], Limits],
        finished: Callable[[FinishedInvocation], None],
        scale: Callable[[], float],
        is_idle: Callable[[], bool] = lambda: True,
    ) -> None:
        self._invoke = invoke
        self._limits = limits
        self._finished = finished
        self._scale = scale
        self._is_idle = is_idle
        self._due: list[tuple[float, int, _Task]] = []
        self._order = itertools.count()
        self._epoch = 0
        self._open: Counter[str | None] = Counter()
        self._changed = threading.Condition()
        self._workers = ThreadPoolExecutor(MAX_ENVIRONMENTS, thread_name_prefix="asynchronous")
        threading.Thread(target=self._hand_out, daemon=True).start()

    @property
    def pending(self) -> int:
        """How many events wait or run. A schedule's do not count: there is always a next one."""
        with self._changed:
            return self._open[None]

    def is_under_way(self, schedule: str) -> bool:
        """Whether an event of this schedule waits or runs."""
        with self._changed:
            return self._open[schedule] > 0

    def clear(self) -> None:
        """Drop every event; one that runs is neither tried again nor reported."""
        with self._changed:
            self._epoch += 1
            self._open.subtract(task.schedule for _, _, task in self._due)
            self._due.clear()

    def submit(self, function_arn: str, payload: bytes, *, schedule: str | None = None) -> str:
        """Accept an event, also one of a schedule, at once and return its request id."""
        request_id, now = str(uuid.uuid4()), time.monotonic()
        task = _Task(function_arn, payload, request_id, now, self._epoch, current(), schedule)
        self._schedule(task, wait_seconds=0)
        return request_id

    def _schedule(self, task: _Task, *, wait_seconds: float) -> None:
        scaled_seconds, now = wait_seconds * self._scale(), time.monotonic()
        saved_seconds = task.saved_seconds + wait_seconds - scaled_seconds
        task = replace(task, saved_seconds=saved_seconds, due_on_aws_at=now + wait_seconds)
        self._hold(task, now + scaled_seconds)

    def _hold(self, task: _Task, due_at: float) -> None:
        with self._changed:
            if task.epoch == self._epoch:
                heapq.heappush(self._due, (due_at, next(self._order), task))
                self._open[task.schedule] += 1
                self._changed.notify()

    def _hand_out(self) -> None:
        """For ever: without this thread no event is ever tried again."""
        while True:
            try:
                task = self._take()
                self._workers.submit(self._run, task)
            except Exception:
                log.exception("An asynchronous event is handed out later")
                time.sleep(PAUSE_SECONDS)

    def _take(self) -> _Task:
        with self._changed:
            while True:
                wait_seconds = self._due[0][0] - time.monotonic() if self._due else None
                if wait_seconds is not None and wait_seconds <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait_seconds and min(wait_seconds, threading.TIMEOUT_MAX))

    def _run(self, task: _Task) -> None:
        try:
            with following(task.trace_header):
                self._attempt(task)
        except NoSuchFunction:
            log.warning("%s is gone: its event %s is dropped", task.function_arn, task.request_id)
        except Exception:
            log.exception("The event %s is dropped", task.request_id)
        finally:
            with self._changed:
                self._open[task.schedule] -= 1

    def _attempt(self, task: _Task) -> None:
        limits, now = self._limits(task.function_arn), time.monotonic()
        if task.runs and now < task.due_on_aws_at and not self._is_idle():
            return self._hold(task, now + LOOK_SECONDS)
        try:
            execution = self._invoke(task.function_arn, task.payload, task.request_id)
        except RecursiveInvocation:
            return self._report(task, "RecursiveInvocation")
        except Throttled as throttled:
            if throttled.reserved_concurrency == 0:
                return self._report(task, "ZeroReservedConcurrency")
            return self._try_again_later(task, limits)
        except CannotStart as error:
            # This counts as an error of AWS's own, which uses up none of the event's retries.
            log.warning("The event %s waits: %s", task.request_id, error)
            return self._try_again_later(task, limits)
        task = replace(task, runs=task.runs + 1)
        if execution.result.status is None:
            self._report(task, "Success", execution)
        elif task.runs > limits.max_retries:
            self._report(task, "RetriesExhausted", execution)
        else:
            self._try_again(task, limits, RETRY_WAITS_SECONDS[task.runs - 1], execution)

    def _try_again_later(self, task: _Task, limits: Limits) -> None:
        wait_seconds = min(2**task.waits, MAX_WAIT_SECONDS)
        self._try_again(replace(task, waits=task.waits + 1), limits, wait_seconds)

    def _try_again(
        self, task: _Task, limits: Limits, wait_seconds: float, execution: Execution | None = None
    ) -> None:
        if task.age_seconds() + wait_seconds > limits.max_age_seconds:
            self._report(task, "EventAgeExceeded", execution)
        else:
            self._schedule(task, wait_seconds=wait_seconds)

    def _report(
        self, task: _Task, condition: InvocationCondition, execution: Execution | None = None
    ) -> None:
        if task.epoch == self._epoch:
            self._finished(
                FinishedInvocation(
                    request_id=task.request_id,
                    function_arn=task.function_arn,
                    payload=task.payload,
                    condition=condition,
                    invoke_count=task.runs,
                    version=execution.version if execution else None,
                    response=execution.result.payload if execution else None,
                )
            )
