"""Kernels that are started anew if they die before their first word.

Who starts a kernel chooses its ports and lets go of them, and the kernel takes them when it has
imported what it needs (jupyter_client/provisioning/local_provisioner.py). On a busy machine another
program has one of them by then, and the kernel ends with "Address already in use".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from subprocess import DEVNULL
from typing import TypeVar

from nbval.kernel import RunningKernel, start_new_kernel

ATTEMPTS = 3

Started = TypeVar("Started")


def started(start: Callable[[], Started]) -> Started:
    """What `start` returns. Raises its RuntimeError if the kernel dies each time."""
    for _ in range(ATTEMPTS - 1):
        try:
            return start()
        except RuntimeError as error:
            if "died" not in str(error):
                raise
    return start()


class Kernel(RunningKernel):  # type: ignore[misc]  # nbval has no types
    """nbval's own, started so."""

    def __init__(self, kernel_name: str, *, cwd: str, startup_timeout: float) -> None:
        new = partial(start_new_kernel, startup_timeout, kernel_name, cwd=cwd, stderr=DEVNULL)
        self.km, self.kc = started(new)
        self._ensure_iopub_up()
