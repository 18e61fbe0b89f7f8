"""Waiting on a condition, with a limit that only a failure reaches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

LIMIT_SECONDS = 30.0


def wait_until(condition: Callable[[], object], *, limit_seconds: float = LIMIT_SECONDS) -> None:
    """Return as soon as the condition holds; fail the test when it does not within the limit."""
    pause = threading.Event()
    deadline = time.monotonic() + limit_seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come to hold"
        pause.wait(0.01)
