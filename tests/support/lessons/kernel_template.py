"""Kernels that begin as copies of a process which has loaded what every kernel loads first.

That takes a kernel as long as most notebooks' cells: Jupyter's own kernel, pandas, boto3. None of
our modules is loaded, and nothing has run. On Windows and macOS, kernels are started as ever, and
so they are by the programs that tests start, such as `mailfanout lab`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

# A copy of a process with threads, as macOS's own libraries start them, is not to be relied on.
IS_AVAILABLE = sys.platform == "linux"
LIMIT_SECONDS = 30


class Kernel(psutil.Process):
    """What Jupyter's client expects of a process that it has started."""

    stdin = stdout = stderr = None

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


@contextmanager
def kernels_from_template() -> Iterator[None]:
    """Jupyter's client in this process copies kernels, from the first one that it starts on."""
    from jupyter_client.provisioning import local_provisioner

    programs: list[subprocess.Popen[bytes]] = []

    def launch(
        words: list[str], *, env: dict[str, str], cwd: str | Path | None = None, **_: Any
    ) -> Kernel:
        if not programs:
            programs.append(_started())
        directory = os.path.abspath(cwd or os.curdir)
        return _ordered(programs[0], {"words": words, "variables": env, "directory": directory})

    ordinary = local_provisioner.launch_kernel
    if IS_AVAILABLE:
        local_provisioner.launch_kernel = launch
    yield
    local_provisioner.launch_kernel = ordinary
    for program in programs:
        program.communicate(timeout=LIMIT_SECONDS)


def _started() -> subprocess.Popen[bytes]:
    """The program below. Nothing there may have a thread, which copies would not have."""
    return subprocess.Popen(
        [sys.executable, __file__],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def _ordered(program: subprocess.Popen[bytes], order: dict[str, Any]) -> Kernel:
    assert program.stdin and program.stdout
    program.stdin.write(json.dumps(order).encode() + b"\n")
    program.stdin.flush()
    return Kernel(int(program.stdout.readline()))


def load() -> Callable[[], None]:
    """Import what a kernel needs; what is returned is a kernel's work.

    A kernel ends soon after the process of this number.
    """
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    import boto3  # noqa: F401
    import pandas  # noqa: F401
    from ipykernel.kernelapp import IPKernelApp

    gc.collect()
    gc.freeze()
    work: Callable[[], None] = IPKernelApp.launch_instance
    return work


def become(order: dict[str, Any]) -> None:
    """Take on what a process of its own would have been started with, and say who one is."""
    os.setsid()
    print(os.getpid(), flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    os.environ.clear()
    os.environ.update(order["variables"])
    time.tzset()
    os.chdir(order["directory"])
    sys.argv = order["words"][order["words"].index("-m") + 1 :]


def main() -> None:
    """Copy this process for each order on standard input. The copy prints its number.

    It ends with its input, and soon after it the copies that are left.
    """
    del sys.path[0]  # where this file is
    work = load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        if not os.fork():
            become(json.loads(line))
            return work()


if __name__ == "__main__":
    main()
