"""The whole pipeline, once: create it, seed it, deploy it, send through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mailfanout.campaign import sending as campaign
from mailfanout.errors import InputError
from mailfanout.provision import deployment as provision
from mailfanout.recipients import checking as recipients
from mailfanout.stack import Stack
from mailfanout.target.connection import Target


@dataclass(frozen=True)
class Tour:
    """What a tour came to: the send's report, and the seconds that each stage took.

    The first and the last mail are counted from the upload.
    """

    report: campaign.Report
    seconds_by_stage: dict[str, float]


def run(
    target: Target,
    stack: Stack,
    *,
    people: Iterable[recipients.Recipient],
    mail: campaign.MailText,
    progress: Callable[[str], None] = lambda line: None,
) -> Tour:
    """Take the tour, from nothing to the mails; progress gets a line per step.

    In the sandbox, what earlier runs left is removed first. Elsewhere nothing may be there yet,
    and all of it is removed in the end. Raises InputError where something is there.
    """
    _start_from_nothing(target, stack)
    seconds: dict[str, float] = {}
    try:
        with _timed(seconds, "created"):
            provision.deploy(target, stack, progress=progress)
        with _timed(seconds, "seeded"):
            recipients.seed(target, stack, people)
        report = campaign.send(
            target, stack, mail, progress=lambda sent: progress(f"{sent} mails sent")
        )
        seconds |= {"first mail": report.seconds_to_first, "last mail": report.seconds}
    finally:
        if target.kind != "sandbox":
            provision.teardown(target, stack, progress=progress)
    return Tour(report, seconds)


def _start_from_nothing(target: Target, stack: Stack) -> None:
    remaining = provision.remaining(target, stack)
    if not remaining:
        return
    if target.kind != "sandbox":
        raise InputError(
            f"A tour starts from nothing, and there is already: {', '.join(remaining)}. "
            "Send with `mailfanout send`, or remove them with `mailfanout teardown`."
        )
    provision.teardown(target, stack)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - began
