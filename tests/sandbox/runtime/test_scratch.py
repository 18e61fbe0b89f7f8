"""The directories of sandboxes' functions, where several sandboxes start at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from mailfanout.sandbox.runtime.scratch import LOCK_NAME, Scratch

AT_ONCE = 8


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sandboxes have their functions' files here."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def locked(path: Path) -> FileLock:
    lock = FileLock(path / LOCK_NAME, thread_local=False)
    lock.acquire()
    return lock


@pytest.mark.parametrize("take", [locked, lambda path: path.rename(f"{path}-left")])
def test_a_directory_that_another_sandbox_takes_for_a_left_one_is_not_used(
    monkeypatch: pytest.MonkeyPatch, take: Callable[[Path], object]
) -> None:
    make = tempfile.mkdtemp
    taken: list[tuple[str, object]] = []

    def make_and_lose_the_first(prefix: str) -> str:
        path = make(prefix=prefix)
        if not taken:
            taken.append((path, take(Path(path))))
        return path

    monkeypatch.setattr(tempfile, "mkdtemp", make_and_lose_the_first)

    scratch = Scratch()

    [(path, _)] = taken
    assert scratch.path != Path(path)
    assert (scratch.path / LOCK_NAME).exists()
    scratch.remove()


def test_sandboxes_that_start_at_once_take_no_directory_from_each_other(files: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = [*pool.map(lambda _: Scratch(), range(6 * AT_ONCE))]

    assert all((one.path / LOCK_NAME).exists() for one in made)
    for one in made:
        one.remove()
    assert not [*files.iterdir()]
