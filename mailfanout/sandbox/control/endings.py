"""Processes that end: whether they have, and seeing to it that they do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

LOOK_SECONDS = 0.01


def has_ended(process: psutil.Process) -> bool:
    """Whether it has, even if nobody asks for its exit code. If its parent is this one, this does.

    In a container nobody may ever ask for that of a process whose parent is gone: it then stays in
    the list of processes, as a zombie, until the container ends.
    """
    with suppress(psutil.NoSuchProcess):
        try:
            if process.is_running():
                process.wait(timeout=0)
        except psutil.TimeoutExpired:
            is_zombie: bool = process.status() == psutil.STATUS_ZOMBIE
            # On Linux the first of its threads may end before the others, which hold its ports.
            if not is_zombie or (psutil.LINUX and process.num_threads() > 1):
                return False
            with suppress(psutil.TimeoutExpired):
                process.wait(timeout=0)  # it may have ended since it was asked
    return True


def wait_until_ended(
    processes: Sequence[psutil.Process], *, limit_seconds: float
) -> Sequence[psutil.Process]:
    """Those that are alive after so many seconds."""
    deadline = time.monotonic() + limit_seconds
    while (alive := [one for one in processes if not has_ended(one)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(LOOK_SECONDS)
    return alive


def kill_after(processes: Sequence[psutil.Process], *, limit_seconds: float) -> None:
    """Wait until these have ended; those that have not after so many seconds are killed."""
    alive = wait_until_ended(processes, limit_seconds=limit_seconds)
    for survivor in alive:
        with suppress(psutil.NoSuchProcess):
            survivor.kill()
    wait_until_ended(alive, limit_seconds=limit_seconds)
