"""Processes on Linux and macOS: the program nursery.py is told what to start and what to end.

Each line from here is an order in JSON, `{"prepare": true}`, `{"start": number, …}` or
`{"end": number}`; each line from there says what became of one: `started`, `failed`, `ended`.
"""

from __future__ import annotations

import errno
import itertools
import json
import logging
import os
import queue
import signal
import socket
import subprocess
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from mailfanout.sandbox.runtime.processes import (
    HOST_NEEDS,
    KILLED,
    PYTHON,
    Command,
    Process,
    Watcher,
)

log = logging.getLogger(__name__)

Answer = queue.SimpleQueue[Process | OSError]


class Nursery:
    """Processes by way of the program that is their parent; a new one, should it be killed."""

    def __init__(self, directory: Path, packages: tuple[str, ...]) -> None:
        self._arguments = (str(directory), *packages)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._program: _Program | None = None
        self._is_closed = self._is_prepared = False
        self._running_program()

    def prepare(self) -> None:
        self._is_prepared = True
        self._running_program().prepare()

    def start(self, command: Command, watcher: Watcher) -> Process:
        number = next(self._numbers)
        try:
            return self._running_program().start(number, command, watcher)
        except ProcessLookupError:  # it was killed, and nobody had noticed it yet
            return self._running_program().start(number, command, watcher)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
        if self._program is not None:
            self._program.close()

    def _running_program(self) -> _Program:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("The sandbox is ending")
            if self._program is None or not self._program.alive:
                self._program = _Program(self._arguments)
                if self._is_prepared:
                    self._program.prepare()
            return self._program


class _Program:
    """One run of nursery.py, and the processes that it has started."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self._lock = threading.Lock()
        self._asked: dict[int, tuple[Watcher, Answer]] = {}
        self._running: dict[int, tuple[Watcher, Process]] = {}
        self.alive = True
        self._connection, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*PYTHON, str(Path(__file__).with_name("nursery.py")), *arguments],
                env={**HOST_NEEDS, "HOME": arguments[0]},
                stdin=theirs.fileno(),
                start_new_session=True,
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def prepare(self) -> None:
        self._say({"prepare": True})

    def start(self, number: int, command: Command, watcher: Watcher) -> Process:
        answer: Answer = queue.SimpleQueue()
        with self._lock:
            if not self.alive:
                raise _gone()
            self._asked[number] = watcher, answer
        self._say({**vars(command), "start": number})
        found = answer.get()
        if isinstance(found, OSError):
            raise found
        return found

    def close(self) -> None:
        """The program ends when it is told nothing more, and then everything has."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        self._wake()
        self._process.wait()

    def _say(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, default=str).encode() + b"\n"
        with self._lock, suppress(OSError):  # what is left then hears of it from _give_up
            self._connection.sendall(line)
        self._wake()

    def _wake(self) -> None:
        """A function can suspend its parent, which no other function could start without."""
        self._process.send_signal(signal.SIGCONT)

    def _listen(self) -> None:
        with suppress(OSError), self._connection.makefile("rb") as lines:
            for line in lines:
                try:
                    self._hear(json.loads(line))
                except Exception:
                    log.exception("What became of a function's process is lost")
        self._process.wait()
        self._give_up()
        self._connection.close()

    def _hear(self, message: dict[str, int]) -> None:
        match message:
            case {"started": number, "pid": pid}:
                watcher, answer = self._asked.pop(number)
                process = Process(pid, partial(self._say, {"end": number}))
                self._running[number] = watcher, process
                answer.put(process)
            case {"failed": number, "errno": code}:
                self._asked.pop(number)[1].put(OSError(code, os.strerror(code)))
            case {"ended": number, "returncode": returncode}:
                watcher, process = self._running.pop(number)
                process.note_end(returncode)
                watcher(process)

    def _give_up(self) -> None:
        """The program has ended. Unless it was told to, what it started may still run."""
        with self._lock:
            self.alive = False
            asked, self._asked = self._asked, {}
        for _, answer in asked.values():
            answer.put(_gone())
        for watcher, process in self._running.values():
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.note_end(KILLED)
            watcher(process)


def _gone() -> OSError:
    return ProcessLookupError(errno.ESRCH, "The program that starts functions was ended")
