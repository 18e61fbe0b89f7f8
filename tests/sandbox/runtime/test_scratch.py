"""The directories of sandboxes' functions, where several sandboxes start at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mailfanout.sandbox.runtime.scratch import LOCK_NAME, Scratch

AT_ONCE = 8


def test_sandboxes_that_start_at_once_take_no_directory_from_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = [*pool.map(lambda _: Scratch(), range(6 * AT_ONCE))]

    assert all((one.path / LOCK_NAME).exists() for one in made)
    for one in made:
        one.remove()
    assert not [*tmp_path.iterdir()]
