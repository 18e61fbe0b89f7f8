"""The parts of the pipeline as they are now: which exist, and what each holds.

They come in the order in which a mail passes them. Parts unknown here come last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailfanout import provision, recipients
from mailfanout.stack import Stack, State
from mailfanout.target import Target
from mailfanout.wording import inflected

Counts = tuple[tuple[int, str], ...]
Count = Callable[[Target, Stack], Counts]
Note = Callable[[State], str]


@dataclass(frozen=True)
class Stage:
    """One part: its key among the parts, AWS's word for it, its name, and what it holds.

    `counts` are numbers with what they count, the most telling first; `note` is a setting.
    """

    key: str
    kind: str
    name: str
    exists: bool
    counts: Counts = ()
    note: str = ""

    def __str__(self) -> str:
        counts = [f"{number:,} {noun}" for number, noun in self.counts]
        held = ", ".join([*counts, self.note] if self.note else counts)
        said = f": {held}" if self.exists and held else ""
        return f"[{'x' if self.exists else ' '}] {self.kind} {self.name}{said}"


def read_stages(target: Target, stack: Stack) -> tuple[Stage, ...]:
    """Every part of the pipeline as it is now; read, never changed.

    Parts that belong to another one, and that no mail passes, are left out.
    """
    shown = {
        part.key: part
        for part in provision.deployed_parts(target, stack)
        if part.key in _CONTENTS or not part.belongs_to
    }
    known = [key for key in _CONTENTS if key in shown]
    others = [key for key in shown if key not in known]
    return tuple(_read(shown[key], target, stack) for key in [*known, *others])


def _read(part: provision.Part, target: Target, stack: Stack) -> Stage:
    state = part.read(target, stack)
    count, note = _CONTENTS.get(part.key, (None, None))
    return Stage(
        part.key,
        part.kind,
        part.label(stack) if part.label else part.name(stack),
        state is not None,
        count(target, stack) if count and state is not None else (),
        note(state) if note and state is not None else "",
    )


def _recipients(target: Target, stack: Stack) -> Counts:
    items = recipients.read_items(target, stack)
    failed = sum(item.get("haserror") == {"N": "1"} for item in items)
    return _with_noun(len(items), "recipient"), (failed, "with haserror 1")


def _objects(target: Target, stack: Stack) -> Counts:
    pages = target.client("s3").get_paginator("list_objects_v2")
    counts = (page["KeyCount"] for page in pages.paginate(Bucket=stack.bucket_name))
    return (_with_noun(sum(counts), "object"),)


def _messages(target: Target, stack: Stack) -> Counts:
    waiting, in_flight = provision.read_depth(target, stack.queue_name) or (0, 0)
    return (waiting, "waiting"), (in_flight, "in flight")


def _dead_letters(target: Target, stack: Stack) -> Counts:
    depth = provision.read_depth(target, stack.dead_letter_queue_name) or (0, 0)
    return (_with_noun(sum(depth), "dead letter"),)


def _mails(target: Target, stack: Stack) -> Counts:
    # Only the sandbox shows what it sent.
    return (_with_noun(target.sandbox.count_mails(), "mail"),) if target.sandbox else ()


def _redrive_note(state: State) -> str:
    policy = state.get("RedrivePolicy")
    return f"dead after {policy['maxReceiveCount']} receives" if policy else ""


def _mapping_note(state: State) -> str:
    return f"up to {state['BatchSize']} messages, {state['State'].lower()}"


def _function_note(state: State) -> str:
    return f"{state['MemorySize']} MB, {state['Timeout']} s"


# By a part's key: how to count what it holds, and the setting to show beside it.
_CONTENTS: dict[str, tuple[Count | None, Note | None]] = {
    "table": (_recipients, None),
    "bucket": (_objects, None),
    "notification": (None, None),
    "send_queue": (None, _function_note),
    "queue": (_messages, _redrive_note),
    "dead_letter_queue": (_dead_letters, None),
    "mapping": (None, _mapping_note),
    "read_message": (None, _function_note),
    "identity": (_mails, None),
    "role": (None, None),
}


def _with_noun(number: int, noun: str) -> tuple[int, str]:
    return number, inflected(number, noun)
