"""What a check answers: *correct*, *not attempted* or *not yet, because …*."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mailfanout.errors import MailfanoutError
from mailfanout.stack import Stack
from mailfanout.target import Target, wait_until


@dataclass(frozen=True)
class Verdict:
    """How far an exercise is; `because` says what is missing if it is *not yet* solved.

    `hint` is what is missing if a learner has written something, and nothing came of it.
    """

    outcome: Literal["correct", "not attempted", "not yet"]
    because: str = ""
    hint: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.outcome}, because {self.because}" if self.because else self.outcome


Check = Callable[[Target, Stack], Verdict]

NOTHING_CAME = (
    "nothing that it looks at has changed. Look at the names in the call, and at the hints."
)
CORRECT = Verdict("correct")
NOT_ATTEMPTED = Verdict("not attempted")


def task_of(check: Check) -> str:
    """An exercise in a line, as the learner reads it."""
    return (check.__doc__ or "").partition("\n")[0]


def not_attempted(hint: str) -> Verdict:
    """Not attempted; the hint completes *not yet, because …* if something was written."""
    return Verdict("not attempted", hint=hint)


def not_yet(because: str) -> Verdict:
    """Attempted, but something is missing: `because` completes *not yet, because …*."""
    return Verdict("not yet", because)


def comes_true(condition: Callable[[], bool], *, limit_seconds: float = 30) -> bool:
    """Whether what a check looks for comes to hold; asked again until it does, or time is over."""
    try:
        wait_until(condition, description="", sleep=time.sleep, timeout_seconds=limit_seconds)
    except MailfanoutError:
        return False
    return True


NO_MAPPING = not_yet("there is no event source mapping: run the cells above.")
DISABLED = not_yet("the event source mapping is disabled: nobody takes messages from the queue.")
