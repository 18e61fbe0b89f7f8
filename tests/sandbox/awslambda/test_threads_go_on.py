"""Threads that serve everybody survive an error that nobody foresaw, and say so in the log."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailfanout.sandbox.awslambda.asynchronous import AsynchronousInvocations, Limits, _Task
from mailfanout.sandbox.awslambda.finished import FinishedInvocation
from mailfanout.sandbox.awslambda.repeated_events import RepeatedEvents
from mailfanout.sandbox.control import Fault, Faults
from mailfanout.sandbox.event_sources.pollers import EventSourceMapping, Poller, Surroundings
from mailfanout.sandbox.runtime import Execution
from mailfanout.sandbox.runtime.invocation import Result
from support.waiting import wait_until

ARN = "arn:aws:lambda:us-east-1:123456789012:function:recorder"
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:queue"


def succeed(function_arn: str, payload: bytes, request_id: str = "") -> Execution:
    return Execution(request_id, "$LATEST", Result(b"null"), "")


def invocations(finished: list[FinishedInvocation], *, scale: float) -> AsynchronousInvocations:
    return AsynchronousInvocations(
        succeed, limits=lambda arn: Limits(), finished=finished.append, scale=lambda: scale
    )


def test_an_event_is_handed_out_after_one_that_could_not_be(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finished: list[FinishedInvocation] = []
    asynchronous = invocations(finished, scale=1)
    with monkeypatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "submit", lambda *_: 1 / 0)
        asynchronous.submit(ARN, b"{}")
        wait_until(lambda: "handed out later" in caplog.text)

    asynchronous.submit(ARN, b"{}")

    wait_until(lambda: finished)
    assert "ZeroDivisionError" in caplog.text


def test_a_wait_longer_than_any_thread_can_ends_no_thread() -> None:
    finished: list[FinishedInvocation] = []
    asynchronous = invocations(finished, scale=1)
    far_away = _Task(ARN, b"{}", "id", time.monotonic(), epoch=0)
    asynchronous._schedule(far_away, wait_seconds=2 * threading.TIMEOUT_MAX)

    asynchronous.submit(ARN, b"{}")

    wait_until(lambda: finished)


def test_an_event_that_cannot_be_delivered_twice_keeps_nobody_waiting() -> None:
    faults = Faults()
    faults.add(Fault(kind="s3-event-twice"))
    deliveries: list[int] = []

    def submit() -> None:
        deliveries.append(1)
        if len(deliveries) == 2:
            raise ValueError

    repeated = RepeatedEvents(faults, is_quiet=lambda: True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda *_: None)
        repeated.deliver("arn:aws:s3:::bucket", submit)
        wait_until(lambda: repeated.pending == 0)

    assert len(deliveries) == 2


def test_a_poller_goes_on_after_an_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mailfanout.sandbox.event_sources.pollers.LOOK_SECONDS", 0.01)
    looks: list[str] = []

    def find_queue(queue_arn: str) -> None:
        looks.append(queue_arn)
        if len(looks) == 1:
            raise ZeroDivisionError

    around = Surroundings(find_queue, lambda *_: True, succeed, lambda: 1)
    poller = Poller(EventSourceMapping("uuid", ARN, QUEUE_ARN), around)
    wait_until(lambda: len(looks) > 2)
    poller.stop()

    assert "goes on" in caplog.text
