"""What the tests of the workshop share."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout import workshop
from support.lessons.copies import write


@pytest.fixture
def learners_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory: a copy of the notebooks, without a record yet."""
    write(tmp_path / workshop.FIRST_NOTEBOOK, "{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path
