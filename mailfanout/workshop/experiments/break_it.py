"""The experiments of lesson 07, one list: each lets something go wrong, and is counted.

The lesson switches each fault on by itself; lesson 08 repeats all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mailfanout import faults, provision, recipients
from mailfanout.recipients import Recipient, read_due
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.workshop.experiments.books import Books, reader_held
from mailfanout.workshop.practice import crowd, people

OFFICES = 17
REFUSED_ONCE = "SES refuses half of them once"
# Ten of the offices.
HALF = "info@branch?[1-5].example.com"
# The API calls after which sendQueue has done half of its work.
MIDWAY = {"simple": 12, "reliable": 5}
MEMO_BYTES = 60_000


@dataclass(frozen=True)
class Trial:
    """A pipeline that is tried, and the books in which it is counted."""

    target: Target
    stack: Stack
    books: Books


Experiment = Callable[[Trial, str], None]


def twenty_people(target: Target) -> list[Recipient]:
    """The recipients of the experiments: the three of the lessons, and 17 branch offices."""
    return [*people(target), *crowd(target, OFFICES)]


def is_refused_once(email: str) -> bool:
    """Whether this is one of the ten to whom SES refuses a mail."""
    return fnmatchcase(email, HALF)


def break_it(
    target: Target, stack: Stack, *, progress: Callable[[int], None] = lambda done: None
) -> Books:
    """Do every experiment on the pipeline that is deployed, with twenty recipients.

    `progress` is told how many are done. Raises InputError if the target is not the sandbox.
    """
    trial = Trial(target, stack, Books(target, stack))
    recipients.seed(target, stack, twenty_people(target))
    for number, (title, experiment) in enumerate(EXPERIMENTS.items(), start=1):
        experiment(trial, title)
        progress(number)
    return trial.books


def _nothing(trial: Trial, title: str) -> None:
    trial.books.send(title)


def _ses_refuses(trial: Trial, title: str) -> None:
    faults.throttle_ses(trial.target, to=HALF, times=10)
    trial.books.send(title)


def _messages_again(trial: Trial, title: str) -> None:
    # Should it be one message each time, four is still no reason for the dead-letter queue.
    faults.repeat_message(trial.target, queue=trial.stack.queue_name, times=4)
    trial.books.send(title)


def _event_twice(trial: Trial, title: str) -> None:
    faults.repeat_s3_event(trial.target, bucket=trial.stack.bucket_name)
    trial.books.send(title)


def _overlapping_uploads(trial: Trial, title: str) -> None:
    with reader_held(trial.target, trial.stack):
        trial.books.upload(title, mails=10)
    trial.books.count()


def _killed_midway(trial: Trial, title: str) -> None:
    design = provision.find_design(trial.target, trial.stack) or "simple"
    name = trial.stack.send_queue_name
    faults.kill_after_calls(trial.target, name, MIDWAY[design], times=3)
    trial.books.send(title)


def _deleted_midway(trial: Trial, title: str) -> None:
    with reader_held(trial.target, trial.stack) as sandbox:
        trial.books.upload(title)
        sandbox.wait_until_quiet()
        somebody = read_due(trial.target, trial.stack)[0].email
        trial.target.client("dynamodb").delete_item(
            TableName=trial.stack.table_name, Key={"email": {"S": somebody}}
        )
    trial.books.count()


def _unreadable(trial: Trial, title: str) -> None:
    trial.books.send(title, data=b"\xff\xfe")


def _long_page(trial: Trial, title: str) -> None:
    for one in read_due(trial.target, trial.stack):
        trial.target.client("dynamodb").update_item(
            TableName=trial.stack.table_name,
            Key={"email": {"S": one.email}},
            UpdateExpression="SET memo = :memo",
            ExpressionAttributeValues={":memo": {"S": "x" * MEMO_BYTES}},
        )
    trial.books.send(title)


EXPERIMENTS: dict[str, Experiment] = {
    "nothing goes wrong": _nothing,
    REFUSED_ONCE: _ses_refuses,
    "messages come again": _messages_again,
    "the S3 event comes twice": _event_twice,
    "ten uploads overlap": _overlapping_uploads,
    "sendQueue is killed midway": _killed_midway,
    "a mail that nobody can read": _unreadable,
    "recipients of more than 1 MB": _long_page,
    "a recipient is deleted midway": _deleted_midway,
}
