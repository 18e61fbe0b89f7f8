"""Waiting on a condition, with a limit that only a failure reaches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from mailfanout.sandbox.states import DURATIONS

LIMIT_SECONDS = 30.0
# A function, a mapping or a table changes for so long: who asks before that asks in vain.
CHANGE_SECONDS = DURATIONS["function created"].lesson_seconds


def wait_until(
    condition: Callable[[], object],
    *,
    limit_seconds: float = LIMIT_SECONDS,
    least_pause_seconds: float = 0.01,
) -> None:
    """Return as soon as the condition holds; fail the test when it does not within the limit.

    It is asked at once, then ever more rarely: asking, too, takes time from what is waited for.
    """
    pause = threading.Event()
    began_at = time.monotonic()
    while not condition():
        passed_seconds = time.monotonic() - began_at
        assert passed_seconds < limit_seconds, "the condition did not come to hold"
        pause.wait(max(least_pause_seconds, min(passed_seconds / 20, 0.1)))


def wait_for_table(client: Any, name: str) -> None:
    """Return when the table and its indexes have been created."""

    def is_active() -> bool:
        table = client.describe_table(TableName=name)["Table"]
        indexes = table.get("GlobalSecondaryIndexes", [])
        states = {table["TableStatus"], *(index["IndexStatus"] for index in indexes)}
        return states == {"ACTIVE"}

    wait_until(is_active, least_pause_seconds=CHANGE_SECONDS)


def wait_for_function(client: Any, name: str) -> None:
    """Return when the function has been created, or updated."""

    def is_ready() -> bool:
        found = client.get_function_configuration(FunctionName=name)
        return (found["State"], found.get("LastUpdateStatus")) == ("Active", "Successful")

    wait_until(is_ready, least_pause_seconds=CHANGE_SECONDS)
