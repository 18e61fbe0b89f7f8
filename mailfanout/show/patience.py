"""How long a display waits for what it is to show, and what a lesson waits for."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

from mailfanout import provision
from mailfanout.campaign import Line, read_lines
from mailfanout.campaign import outcomes as structured
from mailfanout.errors import ResourceMissing
from mailfanout.stack import Stack
from mailfanout.target import Target, wait_until
from mailfanout.wording import counted

WAIT_LIMIT_SECONDS = 30
# Only the sandbox shortens AWS's waits, such as that for a message to come back.
WAIT_LIMIT_ELSEWHERE_SECONDS = 300

_OTHER_LOG = (
    "The log of {} has fewer lines of JSON with an `outcome` than ours would write: what it says "
    "otherwise is not shown here."
)


def wait(target: Target, condition: Callable[[], bool], description: str) -> None:
    """Wait for a condition, longer where AWS takes its own time. Raises MailfanoutError."""
    limit_seconds = WAIT_LIMIT_SECONDS if target.sandbox else WAIT_LIMIT_ELSEWHERE_SECONDS
    wait_until(condition, description=description, sleep=time.sleep, timeout_seconds=limit_seconds)


def depth(target: Target, queue_name: str, *, at_least: int = 0) -> int:
    """How many messages wait in a queue, once so many do: `depth(target, name, at_least=3)`.

    0 if there is no such queue; raises ResourceMissing if messages are to be in it. Waits as long
    as `pipeline` does.
    """
    waiting = 0

    def are_there() -> bool:
        nonlocal waiting
        found = provision.read_depth(target, queue_name)
        if found is None and at_least:
            raise ResourceMissing("Queue", queue_name)
        waiting, _ = found or (0, 0)
        return waiting >= at_least

    wait(target, are_there, f"queue {queue_name} has fewer than {counted(at_least, 'message')}")
    return waiting


def rest(target: Target, stack: Stack) -> None:
    """Return when nothing moves any more: no message, no event of SES, no function.

    On other targets than the sandbox it goes by the queues, whose counts lag behind. Raises
    MailfanoutError after as long as `pipeline` waits.
    """
    if target.sandbox:
        return target.sandbox.wait_until_quiet(timeout_seconds=WAIT_LIMIT_SECONDS)
    names = (stack.queue_name, stack.feedback_name)
    wait(
        target,
        lambda: not any(provision.count_messages(target, name) for name in names),
        f"messages are still in the queues {' and '.join(names)}",
    )


def lines_once_there(
    target: Target,
    stack: Stack,
    function_name: str,
    number: int,
    tell: Callable[[int], None] = lambda number: None,
) -> list[Line]:
    """A function's log, once it has so many structured lines; `tell` gets how many there are.

    Somebody else's handlers may log otherwise: with one of these, once the sandbox is quiet, it is
    the log as it stands, with a warning.
    """
    lines: list[Line] = []

    def are_there() -> bool:
        quiet = _is_over(target)  # before the log is read: what was written until then is in it
        lines[:] = read_lines(target, stack, function_name)
        found = len(structured(lines))
        tell(found)
        if quiet and found < number:
            warnings.warn(_OTHER_LOG.format(function_name), stacklevel=4)
        return quiet or found >= number

    wait(target, are_there, f"the log of {function_name} has fewer than {number} structured lines")
    return lines


def _is_over(target: Target) -> bool:
    """Whether a handler is not ours, and nothing moves any more in the sandbox."""
    return bool(provision.own_handlers() and target.sandbox and target.sandbox.is_quiet())
