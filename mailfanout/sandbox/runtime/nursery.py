"""The program that starts the processes of environments, and ends each with all that it started.

It is the parent of every environment, on Linux and macOS. It outlives a sandbox that is killed:
when the connection to the sandbox closes, it ends every process, removes their directory, and
ends. It needs nothing but the standard library.

On Linux it is also a template: it has boto3 loaded, and an environment begins as a copy of it.
There a process that lost its parent comes to the nearest ancestor that asked for such orphans: the
environment, or after the environment's end this program. So a child that is no environment is
what an environment left behind. See https://man7.org/linux/man-pages/man2/pr_set_child_subreaper.2const.html
"""

from __future__ import annotations

import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

Order = dict[str, Any]

IS_LINUX = sys.platform == "linux"
END_LIMIT_SECONDS = 10
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class Nursery:
    """The environments that run now. One thread does it all."""

    def __init__(self, connection: socket.socket, preparations: Iterator[object]) -> None:
        self._connection = connection
        self._preparations = preparations
        self._unread = b""
        self._prepares = False
        self._numbers: dict[int, int] = {}
        self._exits: list[dict[str, int]] = []
        self._signals, signals_in = os.pipe()
        # Nobody writes: an environment reads its end, and so learns that this process ended.
        self._life, life_in = os.pipe()
        self._own = (self._signals, signals_in, life_in)
        os.set_blocking(signals_in, False)
        signal.set_wakeup_fd(signals_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a function knows its parent

    def run(self) -> Order | None:
        """Obey until the sandbox ends.

        Once it is told to, it makes one preparation after another between orders, and the rest of
        them before the first copy. Returns None in the end; and in a new process the order that it
        is to carry out.
        """
        waiting: list[Any] = [self._connection, self._signals]
        while True:
            ready, _, _ = select.select(waiting, [], [], 0 if self._prepares else None)
            if self._signals in ready:
                os.read(self._signals, 1 << 10)
                self._note_exits()
            if self._connection in ready:
                received = self._receive()
                if not received:
                    self._end_all()
                    return None
                if order := self._obey(received):
                    return order
            if not ready:
                self._prepare()

    def settle(self, order: Order) -> None:
        """Make a new process an environment: its session, its streams, its directory."""
        os.setsid()
        if IS_LINUX:
            _prctl(PR_SET_CHILD_SUBREAPER, 1)
            _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._connection.close()
        for descriptor in self._own:
            os.close(descriptor)
        log = os.open(order["log"], os.O_WRONLY | os.O_APPEND)
        for descriptor, stream in ((self._life, 0), (log, 1), (log, 2)):
            os.dup2(descriptor, stream)
        os.close(self._life)
        os.close(log)
        os.chdir(order["directory"])

    def _receive(self) -> bytes:
        """Nothing if the sandbox has ended, which is an error if it had not read all."""
        try:
            return self._connection.recv(1 << 16)
        except OSError:
            return b""

    def _obey(self, received: bytes) -> Order | None:
        *lines, self._unread = (self._unread + received).split(b"\n")
        for order in map(json.loads, lines):
            if "prepare" in order:
                self._prepares = True
            elif "end" in order:
                self._end(order["end"])
            else:
                # A copy of half of it would load the other half by itself, and so would the next.
                while self._prepares and order["from_template"]:
                    self._prepare()
                if self._start(order):
                    return dict(order)
        return None

    def _prepare(self) -> None:
        self._prepares = next(self._preparations, None) is not None

    def _start(self, order: Order) -> bool:
        """Whether this is the new process."""
        try:
            pid = os.fork()
        except OSError as error:
            self._say({"failed": order["start"], "errno": error.errno or 0})
            return False
        if pid:
            self._numbers[pid] = order["start"]
            self._say({"started": order["start"], "pid": pid})
        return not pid

    def _end(self, number: int) -> None:
        for pid in [pid for pid, other in self._numbers.items() if other == number]:
            for one in [pid] if IS_LINUX else [pid, *descendants(pid)]:
                _kill(one)

    def _note_exits(self) -> None:
        """Say that an environment ended as soon as nothing that it started is left."""
        for pid, returncode in _exited():
            if number := self._numbers.pop(pid, None):
                _kill(-pid)
                self._exits.append({"ended": number, "returncode": returncode})
        if self._exits and not self._end_orphans():
            for said in self._exits:
                self._say(said)
            self._exits.clear()

    def _end_orphans(self) -> bool:
        """Kill what ended environments left behind; whether there was anything."""
        orphans = [pid for pid in children() if pid not in self._numbers] if IS_LINUX else []
        return any([_kill(pid) for pid in orphans])

    def _end_all(self) -> None:
        for number in list(self._numbers.values()):
            self._end(number)
        deadline = time.monotonic() + END_LIMIT_SECONDS
        while (self._numbers or self._end_orphans()) and time.monotonic() < deadline:
            select.select([self._signals], [], [], 0.01)
            for pid, _ in _exited():
                if self._numbers.pop(pid, None):
                    _kill(-pid)

    def _say(self, message: dict[str, int]) -> None:
        with suppress(OSError):  # the sandbox has ended, as the next read will find
            self._connection.sendall(json.dumps(message).encode() + b"\n")


def children() -> Iterator[int]:
    """The processes whose parent is this one; on Linux.

    The kernel's list is whole if none of them is waited for meanwhile; one without it has them all
    looked at. See https://man7.org/linux/man-pages/man5/proc_pid_task.5.html
    """
    own = os.getpid()
    try:
        listed = Path("/proc", str(own), "task", str(own), "children").read_text(encoding="ascii")
    except FileNotFoundError:
        yield from (pid for pid, parent in _parents() if parent == own)
    else:
        yield from map(int, listed.split())


def descendants(pid: int) -> list[int]:
    """The processes below another one, where there is no /proc to look into."""
    words = ["ps", "-A", "-o", "pid=", "-o", "ppid="]
    listed = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    found = [pid]
    for parent in found:
        found += [one for one, its_parent in pairs if its_parent == parent]
    return found[1:]


def _parents() -> Iterator[tuple[int, int]]:
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):
            stat = Path("/proc", name, "stat").read_bytes()
            yield int(name), int(stat.rpartition(b")")[2].split()[1])


def _exited() -> Iterator[tuple[int, int]]:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended[0], os.waitstatus_to_exitcode(ended[1])


def _kill(pid: int) -> bool:
    """Whether there was such a process, or group, that may be killed."""
    try:
        os.kill(pid, signal.SIGKILL)
    except (PermissionError, ProcessLookupError):
        return False
    return True


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _sibling(name: str) -> ModuleType:
    """A module of this folder, known to nobody else: a function may have one of the same name."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Serve the sandbox at the other end of stdin; in a new process, be the environment.

    The arguments are the directory of the environments, then those of the runtime's packages.
    """
    directory, *packages = sys.argv[1:]
    connection = socket.socket(fileno=os.dup(0))
    child, template = _sibling("child"), _sibling("template")
    child.offer_packages(packages)
    if IS_LINUX:
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
    nursery = Nursery(connection, template.prepare() if IS_LINUX else iter(()))
    order = nursery.run()
    if order is None:
        return shutil.rmtree(directory, ignore_errors=True)
    nursery.settle(order)
    if not order["from_template"] or template.is_hidden_by(order["directory"]):
        os.execve(order["words"][0], order["words"], order["variables"])
    template.take_on(order["variables"])
    child.main()


if __name__ == "__main__":
    main()
