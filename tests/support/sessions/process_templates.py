"""Kernels and sandboxes that begin as copies of a process which has loaded what each of them loads.

That takes a kernel as long as most notebooks' cells, and a sandbox nearly all of its start. A
template has run nothing. On Windows and macOS all are started as ever, and so they are by the
programs that tests start, such as `mailfanout lab`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import psutil

# A copy of a process with threads, as macOS's own libraries start them, is not to be relied on.
IS_AVAILABLE = sys.platform == "linux"
LIMIT_SECONDS = 30


class Copy(psutil.Process):
    """What is expected of a process that one has started oneself."""

    stdin = stdout = stderr = None
    returncode: int | None = None

    def poll(self) -> int | None:
        return None if self.is_running() else 0

    def send_signal(self, sig: int) -> None:
        """As subprocess does: a process that is gone needs no signal."""
        with suppress(psutil.NoSuchProcess):
            super().send_signal(sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Template:
    """The program below, started for its first copy. What it loads is a function there."""

    def __init__(self, load: Callable[[], Callable[[], None]]) -> None:
        self._load = load.__name__
        self._program: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def launch(
        self,
        words: list[str],
        *,
        env: dict[str, str],
        cwd: str | Path | None = None,
        stdout: IO[bytes] | None = None,
        **_: Any,
    ) -> Copy:
        """What subprocess.Popen would start, as a copy of the program."""
        order = {
            "words": words[words.index("-m") + 1 :],
            "variables": env,
            "directory": os.path.abspath(cwd or os.curdir),
            "output": getattr(stdout, "name", os.devnull),
        }
        with self._turn:
            program = self._program = self._program or self._started()
            assert program.stdin and program.stdout
            program.stdin.write(json.dumps(order).encode() + b"\n")
            program.stdin.flush()
            return Copy(int(program.stdout.readline()))

    def close(self) -> None:
        if self._program:
            self._program.communicate(timeout=LIMIT_SECONDS)

    def _started(self) -> subprocess.Popen[bytes]:
        """Nothing there may have a thread, which copies would not have."""
        return subprocess.Popen(
            [sys.executable, __file__, self._load],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )


@contextmanager
def processes_from_templates() -> Iterator[None]:
    """Jupyter's client and `control.start` in this process copy kernels and sandboxes."""
    import pytest
    from jupyter_client.provisioning import local_provisioner

    from mailfanout.sandbox.control import process

    kernels, sandboxes = Template(load_kernel), Template(load_sandbox)
    with ExitStack() as stack:
        stack.callback(kernels.close)
        stack.callback(sandboxes.close)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        if IS_AVAILABLE:
            patch.setattr(local_provisioner, "launch_kernel", kernels.launch)
            copies = SimpleNamespace(**{**vars(subprocess), "Popen": sandboxes.launch})
            patch.setattr(process, "subprocess", copies)
        yield


def load_kernel() -> Callable[[], None]:
    """Import what a kernel needs, none of it ours; what is returned is a kernel's work.

    A kernel ends soon after the process of this number.
    """
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    import boto3  # noqa: F401
    import pandas  # noqa: F401
    from ipykernel.kernelapp import IPKernelApp

    work: Callable[[], None] = IPKernelApp.launch_instance
    return work


def load_sandbox() -> Callable[[], None]:
    """Import what a sandbox needs; what is returned is a sandbox's work.

    moto draws identifiers from numbers of its own, which a copy would draw again.
    """
    from moto.moto_api._internal import mock_random

    from mailfanout.sandbox import server

    def work() -> None:
        mock_random.seed()
        server.main()

    return work


def become(order: dict[str, Any]) -> None:
    """Take on what a process of its own would have been started with, and say who one is."""
    os.setsid()
    print(os.getpid(), flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(order["output"], os.O_WRONLY | os.O_APPEND)
    for descriptor, source in enumerate((os.open(os.devnull, os.O_RDONLY), output, output)):
        os.dup2(source, descriptor)
    os.closerange(3, output + 1)
    os.environ.clear()
    os.environ.update(order["variables"])
    time.tzset()
    os.chdir(order["directory"])
    sys.argv = order["words"]


def main() -> None:
    """Copy this process for each order on standard input. The copy prints its number.

    It ends with its input, and soon after it the kernels that are left.
    """
    del sys.path[0]  # where this file is
    work = {load.__name__: load for load in (load_kernel, load_sandbox)}[sys.argv[1]]()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        if not os.fork():
            become(json.loads(line))
            return work()


if __name__ == "__main__":
    main()
