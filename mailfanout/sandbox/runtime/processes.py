"""Processes that end with all that they started, as environments are."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# What a process that was killed returns, here on every platform.
KILLED = -9
# Without `site`, so that nothing of what is installed can be imported.
PYTHON = (sys.executable, "-I", "-S", "-u", "-X", "utf8")
# Windows opens no socket without SYSTEMROOT. Some Pythons, such as those that a cluster's `module
# load` brings, find their own library by the paths alone.
_NEEDED = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
HOST_NEEDS = {name: os.environ[name] for name in _NEEDED if name in os.environ}


@dataclass(frozen=True)
class Command:
    """What a process is to be. With `from_template` it may begin as a copy, if there are any."""

    words: tuple[str, ...]
    directory: Path
    variables: Mapping[str, str]
    log: Path
    from_template: bool


class Process:
    """A process with all that it starts; `kill` returns when nothing of it is left."""

    def __init__(self, pid: int, end: Callable[[], None]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._end = end
        self._ended = threading.Event()

    def kill(self) -> None:
        """End it, whatever it is doing. Safe to repeat."""
        if self.returncode is None:
            self._end()
        self._ended.wait()

    def note_end(self, returncode: int) -> None:
        """For those who start processes: nothing of it is left."""
        self.returncode = returncode
        self._ended.set()


Watcher = Callable[[Process], None]


class Processes(Protocol):
    """What starts processes. They all end with the sandbox, however it ends."""

    def prepare(self) -> None:
        """Make ready what those that begin as copies are copied from."""

    def start(self, command: Command, watcher: Watcher) -> Process:
        """Start a process; the watcher is called when it has ended. Raises OSError."""

    def close(self) -> None:
        """End every process for good."""
