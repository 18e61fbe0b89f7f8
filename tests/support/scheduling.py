"""In which order tests run, and which of them share a process when several do."""

from __future__ import annotations

import re

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

# Each runs whole lessons. The first keeps what came out for the other tests of that lesson.
BY_LESSON = ("tests/workshop/test_exercises_run.py", "tests/verify/test_pace.py")


class ByModuleAndLesson(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """The tests of a module share a process, or those of a lesson if lessons are its tests."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        lesson = re.search(r"\[(\d\d)", nodeid)
        return f"{scope}[{lesson[1]}]" if scope.endswith(BY_LESSON) and lesson else scope


def longest_first(items: list[pytest.Item]) -> None:
    """Put whole lessons first, then the modules with slow tests: short ones fill up the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not _is_lesson(item), item.path not in slow))


def _is_lesson(item: pytest.Item) -> bool:
    return item.path.suffix == ".ipynb" or item.path.as_posix().endswith(BY_LESSON)
