"""What ends a command from outside leaves it the time to clean up."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

HURRY_SECONDS = 3.0


@contextmanager
def exit_when_told() -> Iterator[None]:
    """Turn the signals that ask a program to end into an exit, which can be cleaned up after.

    One that is ignored stays so: `nohup` has asked for it. Ctrl-C is pressed twice by who is in a
    hurry: the second one of a moment does not end what cleans up after the first.
    """
    is_leaving = False
    interrupted_at = float("-inf")

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal interrupted_at
        if time.monotonic() - interrupted_at > HURRY_SECONDS:
            interrupted_at = time.monotonic()
            raise KeyboardInterrupt

    def leave(number: int, _frame: object) -> None:
        nonlocal is_leaving
        is_leaving = True
        for one in before:
            signal.signal(one, signal.SIG_IGN)  # once is enough
        sys.exit(128 + number)

    names = ("SIGTERM", "SIGHUP", "SIGBREAK")  # no platform has them all
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: one for number, one in before.items() if one != signal.SIG_IGN}
    for number in before:
        signal.signal(number, leave)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        if not is_leaving:
            for number, handler in before.items():
                signal.signal(number, handler)
