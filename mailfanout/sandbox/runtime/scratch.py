"""Where a sandbox keeps the code and the files of its functions, as long as it runs."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import uuid
import zipfile
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "mailfanout-"
LOCK_NAME = "in-use.lock"


class Scratch:
    """A temporary directory that is locked as long as its process lives.

    A new one removes those that are locked no longer: a killed process left them behind.
    """

    def __init__(self) -> None:
        _remove_left_ones()
        self.path, self._lock = _locked_directory()

    def unzip(self, code: bytes, *, sha256: str) -> Path:
        """The directory with a function's code, written once for each zip."""
        directory = self.path / f"code-{sha256.replace('/', '_').rstrip('=')}"
        if not directory.exists():
            unfinished = self.path / uuid.uuid4().hex
            try:
                with zipfile.ZipFile(io.BytesIO(code)) as archive:
                    archive.extractall(unfinished)
                unfinished.rename(directory)
            except Exception:
                shutil.rmtree(unfinished, ignore_errors=True)
                if not directory.exists():
                    raise
        return directory

    def remove(self) -> None:
        """Remove it with all that it holds. Safe to repeat."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def _locked_directory() -> tuple[Path, FileLock]:
    """A new one. If another sandbox, which starts, takes it for a left one, then one more."""
    while True:
        # Resolved, because a process sees its working directory so, and traces quote it.
        path = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        lock = _lock_of(path)
        with suppress(FileNotFoundError, Timeout):
            made = path.stat()
            lock.acquire()  # which makes a directory where there is none
            if os.path.samestat(path.stat(), made):
                return path, lock
            lock.release()


def _remove_left_ones() -> None:
    for lock_path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK_NAME}"):
        left = lock_path.parent
        # Of another user's, not even the lock may be touched.
        with suppress(OSError, Timeout):
            with _lock_of(left):
                # Whoever is about to lock it finds it no more; Windows moves nothing that is open.
                if os.name == "posix":
                    left = left.rename(left.with_name(f"{left.name}-left"))
            shutil.rmtree(left, ignore_errors=True)


def _lock_of(directory: Path) -> FileLock:
    return FileLock(directory / LOCK_NAME, timeout=0, thread_local=False)
