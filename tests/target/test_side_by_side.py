"""Calls side by side: all are done, and their results keep their order."""

from __future__ import annotations

import _thread
import signal
import threading

import pytest

from mailfanout.target import in_order, side_by_side
from mailfanout.target.side_by_side import AT_ONCE


def test_results_come_in_the_order_of_the_items_and_not_of_their_ends() -> None:
    second_is_done = threading.Event()

    def do(item: int) -> int:
        if item == 1:
            assert second_is_done.wait(10)
        else:
            second_is_done.set()
        return item * 10

    assert side_by_side(do, [1, 2]) == [10, 20]


def test_first_failure_is_raised_once_what_has_begun_is_done() -> None:
    second_has_begun = threading.Event()
    done: list[int] = []

    def do(item: int) -> None:
        if item == 1:
            assert second_has_begun.wait(10)
            raise ValueError(item)
        second_has_begun.set()
        done.append(item)

    with pytest.raises(ValueError, match="^1$"):
        side_by_side(do, [1, 2])
    assert done == [2]


def test_what_is_in_need_of_nothing_else_waits_for_nothing_else() -> None:
    third_is_done = threading.Event()

    def do(key: str) -> str:
        if key == "slow":
            assert third_is_done.wait(10)
        if key == "third":
            third_is_done.set()
        return key.upper()

    needs = {"third": ["second"], "slow": [], "second": ["first"], "first": []}
    told: list[str] = []

    done = in_order(do, needs, progress=told.append)

    assert told == ["slow", "first", "second", "third"]
    assert list(done.items()) == [(key, key.upper()) for key in needs]


def test_nothing_begins_after_a_failure() -> None:
    begun: list[str] = []

    def do(key: str) -> None:
        begun.append(key)
        if key == "second":
            raise ValueError(key)

    needs: dict[str, list[str]] = {"first": [], "second": ["first"], "third": ["second"]}
    with pytest.raises(ValueError, match="^second$"):
        in_order(do, needs)
    assert begun == ["first", "second"]


def test_what_does_not_need_what_failed_is_done_if_that_is_asked_for() -> None:
    done: list[str] = []

    def do(key: str) -> None:
        if key == "failing":
            raise ValueError(key)
        done.append(key)

    needs = {"failing": [], "in need": ["failing"], "last": ["beside"], "beside": []}
    with pytest.raises(ValueError, match="^failing$"):
        in_order(do, needs, despite_failures=True)
    assert done == ["beside", "last"]


def test_interruption_waits_for_nothing_that_has_begun() -> None:
    """A thread of this process cannot be interrupted from outside: the main thread is.

    Who runs tests in the background may have them ignore Ctrl-C, and Python with them.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    has_ended, begun = threading.Event(), threading.Barrier(AT_ONCE)
    done: list[int] = []

    def do(item: int) -> None:
        if begun.wait(10) == 0:
            _thread.interrupt_main()
        has_ended.wait(10)
        done.append(item)

    try:
        with pytest.raises(KeyboardInterrupt):
            side_by_side(do, range(2 * AT_ONCE))
        assert done == []
    finally:
        signal.signal(signal.SIGINT, before)
        has_ended.set()
        for worker in threading.enumerate():
            if worker.name.startswith("side-by-side"):
                worker.join(10)
    assert len(done) == AT_ONCE
