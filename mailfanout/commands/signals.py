"""What ends a command from outside leaves it the time to clean up."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

HURRY_SECONDS = 3.0
AGAIN_SECONDS = 0.05


@contextmanager
def exit_when_told() -> Iterator[None]:
    """Turn the signals that ask a program to end into an exit, which can be cleaned up after.

    One that is ignored stays so: `nohup` has asked for it.
    """
    is_leaving = False

    def leave(number: int, _frame: object) -> None:
        nonlocal is_leaving
        is_leaving = True
        for one in (*before, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)  # once is enough
        sys.exit(128 + number)

    names = ("SIGTERM", "SIGHUP", "SIGBREAK")  # no platform has them all
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: one for number, one in before.items() if one != signal.SIG_IGN}
    for number in before:
        signal.signal(number, leave)
    try:
        with _interrupted_once():
            yield
    finally:
        if not is_leaving:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """Ctrl-C is pressed twice by who is in a hurry: the second one ends nothing that cleans up.

    One that comes while Python frees an object, where it ignores every error, comes again.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield
        return
    interrupted_at = float("-inf")
    again = threading.Timer(AGAIN_SECONDS, _thread.interrupt_main)
    tell = sys.unraisablehook

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal interrupted_at
        if time.monotonic() - interrupted_at > HURRY_SECONDS:
            interrupted_at = time.monotonic()
            raise KeyboardInterrupt

    def press_again(lost: sys.UnraisableHookArgs) -> None:
        nonlocal interrupted_at
        if lost.exc_type is KeyboardInterrupt and not again.ident:
            interrupted_at = float("-inf")
            again.start()
        else:
            tell(lost)

    signal.signal(signal.SIGINT, interrupt)
    sys.unraisablehook = press_again
    try:
        yield
    finally:
        again.cancel()
        sys.unraisablehook = tell
        if signal.getsignal(signal.SIGINT) is interrupt:
            signal.signal(signal.SIGINT, before)
