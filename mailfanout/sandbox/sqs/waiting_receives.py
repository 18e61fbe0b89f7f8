"""Receives that wait for a message of a queue: woken one by one, when there is something to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mailfanout.sandbox.sqs.message_store import clock_ms


class WaitingReceives:
    """Those of one queue. Its methods are called by who holds the lock.

    One of those that wait watches for the time at which the next message becomes visible, which
    `next_look_ms` tells; None if there is none to come.
    """

    def __init__(self, lock: threading.RLock, *, next_look_ms: Callable[[], float | None]) -> None:
        self.changed = threading.Condition(lock)
        self._next_look_ms = next_look_ms
        self._watched_ms: float | None = None

    def wait(self, deadline: float) -> None:
        """Wait to be woken, for the time that is watched, or for a moment of time.monotonic."""
        wait_seconds = deadline - time.monotonic()
        watch_ms = self._unwatched_ms()
        if watch_ms is not None:
            self._watched_ms = watch_ms
            wait_seconds = min(wait_seconds, (watch_ms - clock_ms()) / 1000)
        self.changed.wait(wait_seconds)
        if watch_ms is not None:
            self._watched_ms = None

    def wake_next(self, *, is_something_there: bool) -> None:
        """Wake one, if there is something to take or to watch for."""
        if is_something_there or self._unwatched_ms() is not None:
            self.changed.notify()

    def wake_all(self) -> None:
        self.changed.notify_all()

    def _unwatched_ms(self) -> float | None:
        next_ms = self._next_look_ms()
        if next_ms is None or self._watched_ms is None or next_ms < self._watched_ms:
            return next_ms
        return None
