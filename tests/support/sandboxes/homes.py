"""Where a sandbox has its state: MAILFANOUT_HOME, of one test alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailfanout.sandbox import control


@contextmanager
def sandbox_home(directory: Path) -> Iterator[Path]:
    """The directory as home; the sandbox that was started in it ends with the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFANOUT_HOME", str(directory))
        yield directory
        # The test may have set another one.
        patch.setenv("MAILFANOUT_HOME", str(directory))
        control.stop()
