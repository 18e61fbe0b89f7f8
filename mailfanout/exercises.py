"""The checks of the exercises: what AWS holds decides, never a variable of the notebook.

To add one, write a function of a target and a stack that returns CORRECT, NOT_ATTEMPTED or
`not_yet("…")`, and name it in CHECKS by lesson and number. Its docstring's first line, of 50
characters at most, is the task, as the learner reads it. It may call AWS freely: where AWS refuses a call, because the
table is missing, say, `workshop.check` makes a *not yet* of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mailfanout import recipients
from mailfanout.inventory import find_queue
from mailfanout.stack import Stack
from mailfanout.stages import read_items
from mailfanout.target import Target


@dataclass(frozen=True)
class Verdict:
    """How far an exercise is; `because` says what is missing where it is *not yet* solved."""

    outcome: Literal["correct", "not attempted", "not yet"]
    because: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}, because {self.because}" if self.because else self.outcome


Check = Callable[[Target, Stack], Verdict]

CORRECT = Verdict("correct")
NOT_ATTEMPTED = Verdict("not attempted")


def not_yet(because: str) -> Verdict:
    """Attempted, but something is missing: `because` completes *not yet, because …*."""
    return Verdict("not yet", because)


def add_a_recipient(target: Target, stack: Stack) -> Verdict:
    """Put a recipient of your own into the table."""
    articles = [{"S": one.email} for one in recipients.example().recipients]
    own = [item for item in read_items(target, stack) if item.get("email") not in articles]
    if not own:
        return NOT_ATTEMPTED
    if not all(item.get("username", {}).get("S") for item in own):
        return not_yet("an item has no username.")
    if not all(item.get("haserror") == item.get("issend") == {"N": "0"} for item in own):
        return not_yet("haserror and issend have to be there, both the Number 0.")
    return CORRECT


def poll_the_dead_letter_queue_long(target: Target, stack: Stack) -> Verdict:
    """Have receivers of dead letters wait up to 20 s."""
    queue_url = find_queue(target, stack.dead_letter_queue_name)
    if queue_url is None:
        return not_yet(f"queue {stack.dead_letter_queue_name} does not exist: run the cells above.")
    name = "ReceiveMessageWaitTimeSeconds"
    found = target.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=[name])
    wait_seconds = int(found["Attributes"][name])
    if wait_seconds == 0:
        return NOT_ATTEMPTED
    return CORRECT if wait_seconds == 20 else not_yet(f"{name} is {wait_seconds}, and not 20.")


CHECKS: dict[str, Check] = {
    "01-1": add_a_recipient,
    "03-1": poll_the_dead_letter_queue_long,
}
