"""What a notebook shows: the pipeline's picture, mails, recipients, logs and policies.

Each function returns an object that reads as text in a terminal and as a picture, cards or a
table in Jupyter, made of the same data. The text is sorted and counted: two runs that did the
same show the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mailfanout import logs
from mailfanout.pictures import Pipeline, read_pipeline
from mailfanout.stack import Stack
from mailfanout.target import Target
from mailfanout.timeline import Consumers
from mailfanout.views import Inbox, Letter, Log, Policy

if TYPE_CHECKING:
    import pandas

WAIT_LIMIT_SECONDS = 30.0


def pipeline(target: Target, stack: Stack, *, at_rest: bool = False) -> Pipeline:
    """The pipeline's picture: what exists so far, and how much stands at each stage now.

    With `at_rest`, it first waits until the queue is empty and nothing is in flight, for 30 s
    at most: right after the last mail, its message is still being deleted.
    """
    raise NotImplementedError


def inbox(target: Target, *, after: int = 0) -> Inbox:
    """The mails that the sandbox's SES accepted, as cards; empty on other targets.

    `after` leaves out the first so many: what was there before is `len(show.inbox(target))`.
    In a lesson the inbox begins empty. The cards and the text are sorted by recipient, then
    subject, and show the first 20; `.letters` has all of them.
    """
    raise NotImplementedError


def table(target: Target, stack: Stack) -> pandas.DataFrame:
    """The recipients in the table: email, username, haserror, issend; sorted by email.

    Every item is read, with a Scan. What an item lacks is missing (NA). Raises ResourceMissing.
    """
    raise NotImplementedError


def outcomes(
    target: Target, stack: Stack, function_name: str, *, at_least: int = 0, after: int = 0
) -> pandas.DataFrame:
    """What a function did, one row per structured log line: outcome, recipient, reason, ….

    Columns that no line has are left out; an empty cell is "". Sorted by all columns, so the
    order in which execution environments worked does not show. Waits until there are
    `at_least` rows, for 30 s at most: a line is in the log once its invocation has ended.
    `after` leaves out the first so many lines of the log, those of an earlier send.
    """
    raise NotImplementedError


def log(target: Target, stack: Stack, function_name: str, *, last: int = 40) -> Log:
    """The last lines of a function's log, to read: START, what it printed, END, REPORT.

    It has times and request ids: compare `outcomes` instead.
    """
    raise NotImplementedError


def consumers(target: Target, stack: Stack, function_name: str | None = None) -> Consumers:
    """Who handled which recipient when: one lane per execution environment, in a picture.

    Of readMessageAndSendMail, unless another function is named. The text counts recipients
    by outcome; environments, which differ from run to run, are in the picture alone.
    """
    raise NotImplementedError


def policy(document: Mapping[str, Any] | str) -> Policy:
    """A policy as readable JSON: a dict, or the JSON text in which SQS and Lambda return it."""
    raise NotImplementedError
