"""One command at a time builds the pipeline or takes it down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mailfanout.errors import MailfanoutError, writing_to
from mailfanout.sandbox import control

LIMIT_SECONDS = 600


@contextmanager
def take_turn(
    progress: Callable[[str], None], *, limit_seconds: float = LIMIT_SECONDS
) -> Iterator[None]:
    """Wait until no other command of this user builds or removes; `progress` is told so.

    Raises MailfanoutError if that takes too long.
    """
    lock = FileLock(_made(control.home() / "pipeline.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("Another command is building or removing the pipeline: waiting for it …")
        try:
            lock.acquire(timeout=limit_seconds)
        except Timeout as error:
            raise MailfanoutError(
                "Another command is still building or removing the pipeline. Wait for it to end, "
                "or end it, and type the same command again."
            ) from error
    try:
        yield
    finally:
        lock.release()


def _made(file: Path) -> Path:
    """The file, once it is there: FileLock takes one that cannot be made for held by another."""
    with writing_to(file, mend="Set MAILFANOUT_HOME to a directory of your own."):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch()
    return file
