"""Asynchronous events are tried again, until they are given up."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from mailfanout.sandbox.awslambda import asynchronous
from mailfanout.sandbox.awslambda.asynchronous import AsynchronousInvocations, Limits
from mailfanout.sandbox.awslambda.finished import FinishedInvocation
from mailfanout.sandbox.runtime.function import Execution, NoSuchFunction, Throttled
from mailfanout.sandbox.runtime.invocation import Result
from support.waiting import wait_until

ARN = "arn:aws:lambda:us-east-1:123456789012:function:recorder"
SUCCESS = Result(b'"done"')
FAILURE = Result(b'{"errorType": "ValueError", "errorMessage": "no such mail"}', "error")
ALMOST_NOTHING = 1e-9


class Function:
    """Answers as it is told, the last answer again and again; keeps what it was asked.

    With `may_finish` cleared, it runs until that is set.
    """

    def __init__(self, *answers: Result | Exception) -> None:
        self._answers = list(answers)
        self.request_ids: list[str] = []
        self.may_finish = threading.Event()
        self.may_finish.set()

    def __call__(self, function_arn: str, payload: bytes, request_id: str) -> Execution:
        self.request_ids.append(request_id)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        self.may_finish.wait()
        if isinstance(answer, Exception):
            raise answer
        return Execution(request_id, "$LATEST", answer, "")


class Events:
    """Asynchronous events of one function: submitted, then waited for."""

    def __init__(
        self,
        function: Function,
        limits: Limits | None = None,
        *,
        scale: float = ALMOST_NOTHING,
        is_idle: Callable[[], bool] = lambda: True,
    ) -> None:
        self.finished: list[FinishedInvocation] = []
        self.queue = AsynchronousInvocations(
            function,
            limits=lambda arn: limits or Limits(),
            finished=self.finished.append,
            scale=lambda: scale,
            is_idle=is_idle,
        )

    def submit(self) -> str:
        return self.queue.submit(ARN, b'{"n": 1}')

    def conditions(self) -> list[str]:
        """How each event ended, once all have."""
        wait_until(lambda: self.queue.pending == 0)
        return [one.condition for one in self.finished]


def test_event_that_succeeds_is_tried_once() -> None:
    function = Function(SUCCESS)
    events = Events(function)

    request_id = events.submit()

    assert events.conditions() == ["Success"]
    assert function.request_ids == [request_id]


def test_event_that_fails_is_tried_twice_more_with_its_request_id() -> None:
    function = Function(FAILURE)
    events = Events(function)

    request_id = events.submit()

    assert events.conditions() == ["RetriesExhausted"]
    assert function.request_ids == [request_id] * 3
    assert events.finished == [
        FinishedInvocation(
            request_id=request_id,
            function_arn=ARN,
            payload=b'{"n": 1}',
            condition="RetriesExhausted",
            invoke_count=3,
            version="$LATEST",
            response=FAILURE.payload,
        )
    ]


def test_event_is_tried_again_when_what_it_has_set_off_is_worked_off() -> None:
    function, looks, worked_off = Function(FAILURE, SUCCESS), [0], threading.Event()

    def is_idle() -> bool:
        looks[0] += 1
        return worked_off.is_set()

    events = Events(function, is_idle=is_idle)
    events.submit()
    wait_until(lambda: looks[0] > 2)
    assert len(function.request_ids) == 1

    worked_off.set()
    assert events.conditions() == ["Success"]
    assert len(function.request_ids) == 2


def test_event_is_tried_again_after_awss_own_wait_whatever_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asynchronous, "RETRY_WAITS_SECONDS", (0.05, 0.05))
    events = Events(Function(FAILURE, SUCCESS), is_idle=lambda: False)

    events.submit()

    assert events.conditions() == ["Success"]


def test_event_that_succeeds_in_the_end_is_not_given_up() -> None:
    events = Events(Function(FAILURE, FAILURE, SUCCESS))

    events.submit()

    assert events.conditions() == ["Success"]


@pytest.mark.parametrize("max_retries", [0, 1])
def test_event_is_retried_as_often_as_the_function_says(max_retries: int) -> None:
    function = Function(FAILURE)
    events = Events(function, Limits(max_retries=max_retries))

    events.submit()

    assert events.conditions() == ["RetriesExhausted"]
    assert len(function.request_ids) == max_retries + 1


def test_event_whose_next_try_would_come_too_late_is_given_up() -> None:
    function = Function(FAILURE)
    events = Events(function, Limits(max_age_seconds=100))

    events.submit()

    assert events.conditions() == ["EventAgeExceeded"]
    assert len(function.request_ids) == 2


def test_throttled_event_is_tried_until_it_is_too_old_and_keeps_its_retries() -> None:
    function = Function(Throttled("recorder", 1), Throttled("recorder", 1), FAILURE)
    events = Events(function)

    events.submit()

    assert events.conditions() == ["RetriesExhausted"]
    assert len(function.request_ids) == 5


def test_event_that_is_always_throttled_is_given_up_when_it_is_too_old() -> None:
    function = Function(Throttled("recorder", 1))
    events = Events(function, Limits(max_age_seconds=60))

    events.submit()

    assert events.conditions() == ["EventAgeExceeded"]
    assert events.finished[0].response is None
    # The waits of 1, 2, 4, 8 and 16 seconds fit into a minute; the next would not.
    assert len(function.request_ids) == 6


def test_event_for_a_function_without_any_concurrency_is_given_up_at_once() -> None:
    function = Function(Throttled("recorder", 0))
    events = Events(function)

    events.submit()

    assert events.conditions() == ["ZeroReservedConcurrency"]
    assert len(function.request_ids) == 1


def test_event_of_a_deleted_function_is_dropped() -> None:
    events = Events(Function(NoSuchFunction(ARN)))

    events.submit()

    assert events.conditions() == []


def test_wait_before_a_retry_is_scaled() -> None:
    function = Function(FAILURE)
    events = Events(function, scale=1)

    events.submit()
    wait_until(lambda: len(function.request_ids) == 1)

    # The retry is a minute away: nothing else can be due.
    assert events.queue.pending == 1
    assert len(function.request_ids) == 1


def test_dropped_event_that_runs_is_neither_tried_again_nor_reported() -> None:
    function = Function(FAILURE)
    function.may_finish.clear()
    events = Events(function)
    events.submit()
    wait_until(lambda: len(function.request_ids) == 1)

    events.queue.clear()
    function.may_finish.set()

    assert events.conditions() == []
    assert len(function.request_ids) == 1


def test_slow_function_holds_up_no_other_event() -> None:
    slow = Function(SUCCESS)
    slow.may_finish.clear()
    events = Events(slow)
    for _ in range(20):
        events.submit()

    wait_until(lambda: len(slow.request_ids) == 20)

    slow.may_finish.set()
    assert events.conditions() == ["Success"] * 20
