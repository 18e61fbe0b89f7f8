"""With `-n`: in which order tests run, which share a process, and what is told of them."""

from __future__ import annotations

import re
from typing import TypeVar

import pytest
from _pytest.runner import runtestprotocol
from xdist.scheduler.loadscope import LoadScopeScheduling

T = TypeVar("T")

# Each looks at whole lessons. What came out is kept for the tests that look at the same run, and
# nbval's kernel for the run after its own.
RUN_TWICE = "run twice"
BY_LESSON = {
    "tests/test_one_truth.py": RUN_TWICE,
    "tests/workshop/test_exercises_run.py": RUN_TWICE,
    "tests/verify/test_pace.py": "at the pace of AWS",
}

# Shorter ones `--durations` leaves out.
SHOWN_SECONDS = 0.005


class ByModuleAndLesson(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """The tests of a module share a process, or those that look at the same run of a lesson."""

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


def rotated(found: list[T], config: pytest.Config) -> list[T]:
    """The same, but each worker begins at another place.

    Who comes first to a test module compiles it; the others find it compiled.
    """
    worker, workers = _place(config) or (0, 1)
    begin = len(found) * worker // workers
    return found[begin:] + found[:begin]


def in_one_order(items: list[pytest.Item], config: pytest.Config) -> None:
    """Put what each worker has read in an order of its own in the order of folders and modules."""
    if _place(config):
        items.sort(key=lambda item: (item.path.suffix == ".ipynb", item.path.parts))


def longest_first(items: list[pytest.Item]) -> None:
    """Put whole lessons and the modules with slow tests first: short ones fill up the end.

    Lessons wait for most of their time. Beside each, there are two modules to work meanwhile.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    lessons, modules = dict[str, int](), dict[str, int]()
    for item in items:
        scope = _scope(item.nodeid)
        if _is_lesson(scope):
            lessons.setdefault(scope, 2 * len(lessons))
        elif item.path in slow:
            modules.setdefault(scope, len(modules))
    places = lessons | modules
    last = len(items)

    def place(item: pytest.Item) -> tuple[int, str, bool]:
        scope = _scope(item.nodeid)
        return places.get(scope, last), scope, item.path.suffix != ".ipynb"

    items.sort(key=place)


def run_and_tell_little(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run a test in a worker, and tell what is looked at: a third of the usual six messages.

    Fixtures that passed within the time that `--durations` shows nothing of are not told of. False
    if this is no worker, which tells nobody.
    """
    if not _place(item.config):
        return False
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed or report.duration >= SHOWN_SECONDS:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def _scope(nodeid: str) -> str:
    module = nodeid.partition("::")[0]
    if notebook := re.search(r"(\d\d)_\w+\.ipynb$", module):
        return f"{RUN_TWICE}[{notebook[1]}]"
    lesson = re.search(r"\[(\d\d)", nodeid)
    runs = [run for path, run in BY_LESSON.items() if module.endswith(path)]
    return f"{runs[0]}[{lesson[1]}]" if runs and lesson else module


def _is_lesson(scope: str) -> bool:
    return scope.endswith("]")


def _place(config: pytest.Config) -> tuple[int, int] | None:
    """The number of this worker, from 0, and that of all workers; None without `-n`."""
    found = getattr(config, "workerinput", None)
    return found and (int(found["workerid"].removeprefix("gw")), found["workercount"])
