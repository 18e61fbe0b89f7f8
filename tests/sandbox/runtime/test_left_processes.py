"""Whatever a function starts ends with it, however it ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mailfanout.sandbox.control.endings import wait_until_ended
from mailfanout.sandbox.runtime import nursery
from mailfanout.sandbox.runtime.pool import Functions
from mailfanout.sandbox.runtime.runtimes import Runtime, own_runtime
from support.parts.function_sources import ECHO
from support.sandboxes import left_processes
from support.sandboxes.left_processes import PROGRAMS, STARTS_PROGRAMS, event, left
from support.sandboxes.local_functions import FakeHost, answer_of, make_function, run
from support.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["template", "command"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    return own_runtime(from_template=request.param == "template")


@pytest.fixture(scope="module")
def shared_functions(runtime: Runtime, shared_host: FakeHost) -> Iterator[Functions]:
    functions = Functions(shared_host, runtime=runtime)
    yield functions
    functions.close()


@pytest.fixture
def word() -> Iterator[str]:
    """On the command line of every program that a function starts. None is left after the test."""
    word = uuid.uuid4().hex
    yield word
    for process in left(word):
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no /proc")
@pytest.mark.parametrize("has_list", [True, False], ids=["kernel-with-lists", "without"])
def test_a_process_finds_its_own_children(has_list: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {*nursery.children()}
    if not has_list:
        monkeypatch.setattr(Path, "read_text", lambda *_, **__: Path("nowhere").read_bytes())

    with subprocess.Popen(["sh", "-c", "sleep 600 & wait"], start_new_session=True) as child:
        wait_until(psutil.Process(child.pid).children)
        found = {*nursery.children()}
        os.killpg(child.pid, signal.SIGKILL)

    assert found - before == {child.pid}


def test_programs_end_with_the_environment_at_the_timeout(functions: Functions, word: str) -> None:
    function = make_function(STARTS_PROGRAMS, timeout_seconds=1)

    outcome = functions.invoke(function, event(word, "wait"))

    assert outcome.result.status == "timeout"
    assert not list(left(word))


def test_programs_outlive_the_invocation_as_on_aws(functions: Functions, word: str) -> None:
    functions.invoke(make_function(STARTS_PROGRAMS), event(word, "return"))

    assert len(list(left(word))) == PROGRAMS


def test_programs_end_when_the_function_is_retired(functions: Functions, word: str) -> None:
    functions.invoke(make_function(STARTS_PROGRAMS), event(word, "return"))

    functions.retire("echo")

    assert not list(left(word))


def test_programs_end_with_a_process_that_ends_itself(functions: Functions, word: str) -> None:
    outcome = functions.invoke(make_function(STARTS_PROGRAMS), event(word, "exit"))

    assert "exit status 3" in answer_of(outcome)["errorMessage"]
    assert not list(left(word))


def test_programs_end_with_the_sandbox(runtime: Runtime, word: str) -> None:
    functions = Functions(FakeHost(), runtime=runtime)
    functions.invoke(make_function(STARTS_PROGRAMS), event(word, "return"))

    functions.close()

    assert not list(left(word))


def test_programs_of_another_environment_stay(functions: Functions, word: str) -> None:
    functions.invoke(make_function(STARTS_PROGRAMS), event(word, "return"))

    run(functions, "import os\ndef lambda_handler(event, context):\n    os._exit(1)\n")

    assert len(list(left(word))) == PROGRAMS


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows there is no such program")
def test_the_program_that_starts_functions_may_be_killed(functions: Functions) -> None:
    source = (
        "import os\ndef lambda_handler(event, context):\n    return [os.getpid(), os.getppid()]\n"
    )
    environment, nursery = map(psutil.Process, answer_of(run(functions, source)))

    nursery.kill()

    assert answer_of(run(functions, ECHO, "runs again")) == "runs again"
    assert not wait_until_ended([environment], limit_seconds=30)


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows there is no such program")
def test_functions_start_though_the_program_that_starts_them_was_suspended(
    functions: Functions,
) -> None:
    source = """
import os, signal
def lambda_handler(event, context):
    os.kill(os.getppid(), signal.SIGSTOP)
"""
    run(functions, source)

    assert answer_of(run(functions, ECHO, "starts")) == "starts"


def test_a_function_cannot_ask_the_program_that_starts_functions_to_end(
    functions: Functions,
) -> None:
    source = """
import os, signal
def lambda_handler(event, context):
    os.kill(os.getppid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM if event else 0)
    return os.getppid()
"""
    before = answer_of(run(functions, source, event={}))

    assert "terminated" in answer_of(run(functions, source, event=[1]))["errorMessage"]
    assert answer_of(run(functions, source, event={})) == before


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows there is no such program")
def test_an_event_under_way_fails_when_the_program_that_starts_functions_is_killed(
    functions: Functions, word: str
) -> None:
    kill = threading.Thread(target=kill_parent_of_a_program, args=(word,))
    kill.start()

    outcome = functions.invoke(
        make_function(STARTS_PROGRAMS, timeout_seconds=60), event(word, "wait")
    )

    kill.join()
    assert answer_of(outcome)["errorType"] == "Runtime.ExitError"


def kill_parent_of_a_program(word: str) -> None:
    wait_until(lambda: len(list(left(word))) == PROGRAMS)
    for program in left(word):
        environment = program.parent()
        nursery = environment.parent() if environment else None
        if nursery is not None:
            nursery.kill()
            return


@pytest.mark.parametrize(
    "kills", [10, pytest.param(200, marks=pytest.mark.benchmark)], ids=["few", "many"]
)
def test_nothing_is_left_of_sandboxes_that_are_killed_at_any_moment(kills: int, word: str) -> None:
    moments = random.Random(0)

    directories = [kill_sandbox(word, after_seconds=moments.uniform(0, 1.5)) for _ in range(kills)]

    wait_until(lambda: not list(left(word)))
    wait_until(lambda: not any(directory.exists() for directory in directories))


def kill_sandbox(word: str, *, after_seconds: float) -> Path:
    """Kill one somewhere between its start and its function's wait; where its files were."""
    words = [sys.executable, left_processes.__file__, word]
    with subprocess.Popen(words, stdout=subprocess.PIPE, encoding="utf-8") as sandbox:
        assert sandbox.stdout is not None
        directory = Path(sandbox.stdout.readline().strip())
        threading.Event().wait(after_seconds)
        sandbox.kill()
    return directory
