"""How long a display waits for what it is to show."""

from __future__ import annotations

import time
from collections.abc import Callable

from mailfanout.campaign import Line, read_lines
from mailfanout.campaign import outcomes as structured
from mailfanout.stack import Stack
from mailfanout.target import Target, wait_until

WAIT_LIMIT_SECONDS = 30


# Only the sandbox shortens AWS's waits, such as that for a message to come back.
WAIT_LIMIT_ELSEWHERE_SECONDS = 300


def wait(target: Target, condition: Callable[[], bool], description: str) -> None:
    """Wait for a condition, longer where AWS takes its own time. Raises MailfanoutError."""
    limit_seconds = WAIT_LIMIT_SECONDS if target.sandbox else WAIT_LIMIT_ELSEWHERE_SECONDS
    wait_until(condition, description=description, sleep=time.sleep, timeout_seconds=limit_seconds)


def lines_once_there(
    target: Target,
    stack: Stack,
    function_name: str,
    number: int,
    tell: Callable[[int], None] = lambda number: None,
) -> list[Line]:
    """A function's log, once it has so many structured lines; `tell` gets how many there are."""
    lines: list[Line] = []

    def are_there() -> bool:
        lines[:] = read_lines(target, stack, function_name)
        found = len(structured(lines))
        tell(found)
        return found >= number

    wait(target, are_there, f"the log of {function_name} has fewer than {number} structured lines")
    return lines
