"""What all tests share: sandboxes, and which tests are slow though nothing in them says so."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import nbval.plugin
import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.sandbox.control import Sandbox
from mailfanout.sandbox.runtime.template import call_faster, make_clients_faster
from mailfanout.stack import Stack
from mailfanout.target import Target, stack_for
from support import notebooks
from support.lessons.lesson_runs import LessonRun, LessonRunner, run_again
from support.lessons.notebook_kernels import LastingKernel, client_of_last, end_last
from support.sandboxes.homes import sandbox_home
from support.sessions.long_sessions import (
    compile_once,
    draw_the_same_everywhere,
    give_hypothesis_time,
    keep_what_is_there,
    know_what_utf_8_encodes,
    leave_garbage_longer,
    read_models_once,
)
from support.sessions.process_templates import processes_from_templates
from support.sessions.scheduling import (
    ByModuleAndLesson,
    in_one_order,
    longest_first,
    rotated,
    run_and_tell_little,
)

# Enough to see after each change that notebooks run.
QUICK_NOTEBOOK = "01_create_the_table.ipynb"
LEFT_OUT = ("benchmark", "thorough")


def pytest_configure(config: pytest.Config) -> None:
    """The shell's AWS variables, and those of the sandbox, are for other programs.

    And thousands of tests in one process spare what they can.
    """
    ours = ("MAILFANOUT_TARGET", "MAILFANOUT_SAVED_", "MAILFANOUT_PREFIX", "MAILFANOUT_SENDER")
    for name in [name for name in os.environ if name.startswith(("AWS_", *ours))]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    compile_once()
    leave_garbage_longer()
    draw_the_same_everywhere()
    know_what_utf_8_encodes()
    give_hypothesis_time()
    read_models_once()
    make_clients_faster()
    call_faster()
    stack = ExitStack()
    stack.enter_context(processes_from_templates())
    stack.callback(end_last)
    config.add_cleanup(stack.close)
    nbval.plugin.RunningKernel = LastingKernel


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """With `-n auto`, twice as many as there are processors: many tests wait for a clock."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n`, tests are handed out by module, and whole lessons one by one."""
    return ByModuleAndLesson(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    return run_and_tell_little(item, nextitem) or None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """With `-n`, a worker reads another part of a folder first than the other workers."""
    report = yield
    if isinstance(collector, pytest.Dir) and report.passed:
        report.result = rotated(report.result, collector.config)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every notebook but one is slow, and so is what `-m 'not slow'` would else bring in."""
    for item in items:
        is_slow_notebook = item.path.suffix == ".ipynb" and item.path.name != QUICK_NOTEBOOK
        if is_slow_notebook or any(map(item.get_closest_marker, LEFT_OUT)):
            item.add_marker("slow")
    in_one_order(items, config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """By now it is known what is left out."""
    longest_first(session.items)
    keep_what_is_there()


@pytest.fixture
def sandbox(mailfanout_target: Target) -> Sandbox:
    """The shared one, emptied: what the target of the same test connects to."""
    assert mailfanout_target.sandbox is not None
    return mailfanout_target.sandbox


@pytest.fixture
def stack(mailfanout_target: Target) -> Stack:
    """The simple pipeline, deployed in the shared sandbox, without recipients."""
    stack = stack_for(mailfanout_target)
    provision.deploy(mailfanout_target, stack)
    return stack


@pytest.fixture
def sent(mailfanout_target: Target, stack: Stack) -> Stack:
    """The same with the article's three recipients, and its mail sent to each."""
    recipients.seed(mailfanout_target, stack, recipients.example().recipients)
    campaign.send(mailfanout_target, stack, campaign.example_mail())
    return stack


@pytest.fixture(scope="session")
def kernel(mailfanout_session_target: Target) -> Iterator[notebooks.Kernel]:
    """One for notebooks in the shared sandbox; `notebooks.run` has it forget the one before."""
    with notebooks.kernel() as kernel:
        yield kernel


@pytest.fixture(scope="session")
def lesson_run(request: pytest.FixtureRequest) -> LessonRunner:
    """Runs a lesson again, with a learner's answers; once for all tests that look at it.

    If nbval has not just run it, it is run before.
    """

    @cache
    def run(lesson: str) -> LessonRun:
        kernel = client_of_last(lesson)
        if kernel is None:
            kernel = request.getfixturevalue("kernel")
            notebooks.run(kernel, notebooks.code_of(notebooks.read(lesson)))
        return run_again(kernel, lesson)

    return run


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty directory that is MAILFANOUT_HOME: what the test starts there ends with it."""
    directory = tmp_path / "home"
    directory.mkdir()
    with sandbox_home(directory):
        yield directory
