"""Whose lesson stands in the sandbox: all notebooks share it, and each beginning empties it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

from mailfanout.errors import SandboxUnavailable
from mailfanout.sandbox import control
from mailfanout.show import running_shell

_START = "workshop.start("


def note_beginning(sandbox: control.Sandbox, number: str) -> None:
    """Write down in the sandbox that this process began a lesson there.

    In a notebook, each cell from here on is preceded by a warning if another lesson has begun there
    since, or if the sandbox was emptied. May be repeated.
    """
    sandbox.write_note({"lesson": number, "process": os.getpid()})
    if shell := running_shell():
        shell.events.register("pre_run_cell", _warn_if_another_began)


def lesson_that_stands(sandbox: control.Sandbox | None) -> str | None:
    """The number of the lesson that began in the sandbox last; None if nobody knows."""
    note = sandbox.note() if sandbox else None
    return note["lesson"] if note else None


def _warn_if_another_began(info: Any) -> None:
    if _START in info.raw_cell:
        return
    with suppress(SandboxUnavailable):  # a cell that needs the sandbox says so itself
        if sandbox := control.find():
            note = sandbox.note()
            if not note or note["process"] != os.getpid():
                print(_said_of(note), file=sys.stderr)


def _said_of(note: dict[str, Any] | None) -> str:
    since = "The sandbox was emptied, or started anew, since this notebook began its lesson"
    if note:
        since = f"Another notebook has begun lesson {note['lesson']} since, in the same sandbox"
    return f"{since}. What stood here is gone: run this notebook again from its first cell."
