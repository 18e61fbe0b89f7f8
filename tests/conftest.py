"""The sandbox as tests want it: the shared one, emptied, or one of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailfanout.sandbox.control import Sandbox
from mailfanout.target import Target
from support.homes import sandbox_home


@pytest.fixture
def sandbox(mailfanout_target: Target) -> Sandbox:
    """The shared one, emptied: what the target of the same test connects to."""
    assert mailfanout_target.sandbox is not None
    return mailfanout_target.sandbox


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty directory that is MAILFANOUT_HOME: what the test starts there ends with it."""
    directory = tmp_path / "home"
    directory.mkdir()
    with sandbox_home(directory):
        yield directory
