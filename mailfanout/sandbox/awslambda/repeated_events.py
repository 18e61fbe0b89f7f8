"""S3 events that are delivered twice, if a fault says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mailfanout.sandbox.control import Faults

LOOK_SECONDS = 0.02


class RepeatedEvents:
    """Delivers S3 events a second time: as on AWS, some time after the first.

    The second delivery waits until `is_quiet` says that all work of the first is done. So the
    result is the same in every run.
    """

    def __init__(self, faults: Faults, *, is_quiet: Callable[[], bool]) -> None:
        self._faults = faults
        self._is_quiet = is_quiet
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._waiting: list[Callable[[], object]] = []

    @property
    def pending(self) -> int:
        """How many events are still to be delivered again."""
        return len(self._waiting)

    def deliver(self, source_arn: str, submit: Callable[[], object]) -> None:
        """Submit an event; submit it again later if a fault says so."""
        _, _, service, _, _, name = source_arn.split(":", 5)
        if service != "s3" or not self._faults.take("s3-event-twice", name):
            submit()
            return
        with self._lock:
            self._waiting.append(submit)
            submit()
        threading.Thread(target=self._deliver_again, daemon=True).start()

    def clear(self) -> None:
        """Deliver nothing again."""
        with self._lock:
            self._waiting.clear()

    def _deliver_again(self) -> None:
        with self._one_at_a_time:
            try:
                while self._waiting and not self._is_quiet():
                    time.sleep(LOOK_SECONDS)
            finally:
                with self._lock:
                    self._deliver_oldest()

    def _deliver_oldest(self) -> None:
        if self._waiting:
            try:
                self._waiting[0]()
            finally:
                del self._waiting[0]
