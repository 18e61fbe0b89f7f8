"""Where notebooks are run: a sandbox of their own, another endpoint, or AWS; empty again after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from mailfanout import plan, provision
from mailfanout.errors import InputError
from mailfanout.sandbox import control
from mailfanout.stack import Stack
from mailfanout.target import connect, stack_for
from mailfanout.verify.choosing import check_handlers
from mailfanout.verify.running import Progress

# The first is that of this project's own tests, too.
SANDBOX_LIMIT_SECONDS = 60.0
LIMIT_ELSEWHERE_SECONDS = 600.0

Pace = Literal["lesson", "aws"]


@dataclass(frozen=True)
class Place:
    """A place in words, and what its kernels are to be compared by.

    `patterns` are regular expressions, and what stands for them: names that differ from those of
    the sandbox. `clean_up` removes what a notebook has made; a cell may take `limit_seconds`.
    """

    words: str
    patterns: dict[str, str]
    limit_seconds: float
    clean_up: Callable[[Progress], None]


@contextmanager
def place(
    kind: str, *, prefix: str | None = None, handlers: Path | None = None, pace: Pace = "lesson"
) -> Iterator[Place]:
    """The place of a kind of target, for as long as the block; what is set is for its kernels, too.

    Functions whose handlers are in the directory `handlers` run those. Raises InputError if they
    cannot, or if the pipeline is there already, and as `target.connect` does. `prefix` is the
    stack's, as `target.stack_for` takes it; a sandbox of its own needs none. `pace` is that of the
    sandbox's states: `aws`, as long as on AWS.
    """
    own = str(handlers.resolve()) if handlers else None
    with control.variables_set(MAILFANOUT_HANDLERS=own, MAILFANOUT_PREFIX=prefix):
        if handlers:
            check_handlers(handlers.resolve())
        with _private_sandbox(pace) if kind == "sandbox" else _elsewhere(kind) as found:
            yield found


@contextmanager
def _private_sandbox(pace: Pace) -> Iterator[Place]:
    own = {"MAILFANOUT_SENDER": None, "MAILFANOUT_PREFIX": None}
    with control.private_home(), control.variables_set(MAILFANOUT_TARGET="sandbox", **own):
        control.start().change_settings(pace=pace)
        words = "a sandbox of its own" + (", at AWS's pace" if pace == "aws" else "")
        limit_seconds = LIMIT_ELSEWHERE_SECONDS if pace == "aws" else SANDBOX_LIMIT_SECONDS
        # Each lesson empties the sandbox that it finds.
        yield Place(words, {}, limit_seconds, clean_up=lambda progress: None)


@contextmanager
def _elsewhere(kind: str) -> Iterator[Place]:
    target = connect(kind)
    stack = stack_for(target)
    if there := provision.remaining(target, stack):
        raise InputError(
            f"Notebooks start from nothing, and there is already: {', '.join(there)}. "
            f"Remove them with `mailfanout teardown --target {kind}`, or name another stack with "
            "--prefix."
        )

    def clean_up(progress: Progress) -> None:
        provision.teardown(target, stack, progress=lambda title: progress(f"removing {title}"))

    with control.variables_set(MAILFANOUT_TARGET=kind):
        words = plan.place_of(target, stack)
        yield Place(words, names_for_ours(stack), LIMIT_ELSEWHERE_SECONDS, clean_up)


def names_for_ours(stack: Stack) -> dict[str, str]:
    """What a lesson on this stack calls otherwise than the committed outputs do, and its name.

    And what follows from names of another length, and from a place that shows no mails.
    """
    ours = Stack()
    parts = [field.name for field in fields(stack) if field.name.endswith("_name")]
    parts.sort(key=lambda part: len(getattr(stack, part)), reverse=True)
    kept = ("sender", "account_id", "region")
    names = {part: (getattr(stack, part), getattr(ours, part)) for part in (*parts, *kept)}
    place = {r"(The endpoint|AWS account \d+, [-\w]+,) holds:": "The sandbox holds:"}
    arn = {f"arn:{stack.partition}:": "arn:aws:"}
    changed = {re.escape(there): here for there, here in names.values() if there != here}
    return place | arn | changed | _OTHERWISE


# Columns, lines of dicts, mails that are counted; and in what is a rehearsal here, its prefix.
_OTHERWISE = {
    r" {2,}": " ",
    r",\n +": ", ",
    r"(SES identity \S+): [\d,]+ mails?": r"\1",
    r" This is a rehearsal: .+? costs anything\.": "",
    r"learner-": "",
}
