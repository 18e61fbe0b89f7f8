"""What of the user's surroundings the sandbox has, and by what it is known again."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mailfanout.sandbox import control
from mailfanout.sandbox.control import process
from mailfanout.sandbox.runtime.scratch import LOCK_NAME, PREFIX
from mailfanout.target import connect
from support.sandboxes.account_in_sandbox import Account
from support.waiting import wait_until

pytestmark = pytest.mark.slow

# The variables of the processes above a function's, up to the sandbox's own.
ABOVE = """
import os, pathlib
def lambda_handler(event, context):
    texts, pid = [], os.getpid()
    while pid != event["sandbox"]:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        pid = int(status.partition("PPid:")[2].split()[0])
        texts.append(pathlib.Path(f"/proc/{pid}/environ").read_text())
    return texts
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its sandboxes are started as users' are: a copy of a template has that one's variables."""
    monkeypatch.setattr(process, "subprocess", subprocess)
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path))
    yield tmp_path
    control.stop()


@pytest.fixture
def files(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the sandbox has its functions' files, and nobody else has any."""
    directory = tmp_path_factory.mktemp("files")
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(directory))
    return directory


def test_the_sandbox_has_no_variable_of_the_user(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "hunter2")
    monkeypatch.setenv("AWS_PROFILE", "work")

    variables = psutil.Process(control.start().pid).environ()

    assert "hunter2" not in str(variables)
    assert "work" not in variables.values()
    assert {"PATH", "MAILFANOUT_HOME"} <= variables.keys()


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux has /proc")
def test_a_function_sees_no_variable_of_the_user_in_any_process_above_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "hunter2")
    target = connect("sandbox")
    assert target.sandbox is not None
    account = Account(target, home)
    account.function(ABOVE)

    texts = account.invoke(event={"sandbox": target.sandbox.pid})["Payload"]

    assert len(texts) == 2
    assert "hunter2" not in str(texts)


def test_a_broken_aws_configuration_of_the_user_does_no_harm(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / ".aws").mkdir()
    (elsewhere / ".aws" / "config").write_text("no configuration", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setenv("HOME", str(elsewhere))
        patch.setenv("USERPROFILE", str(elsewhere))
        sandbox = control.start()

    assert sandbox.calls() == {}


@pytest.mark.parametrize("step_seconds", [-3600, -3, 3, 3600])
@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the time of a start does not move")
def test_a_running_sandbox_is_found_after_the_clock_was_set(
    sandbox: control.Sandbox, monkeypatch: pytest.MonkeyPatch, step_seconds: int
) -> None:
    create_time = psutil.Process.create_time
    monkeypatch.setattr(
        psutil.Process, "create_time", lambda process: create_time(process) + step_seconds
    )

    assert control.find() == sandbox
    assert control.start() == sandbox


def test_a_killed_sandbox_leaves_no_file_of_its_functions(home: Path, files: Path) -> None:
    target = connect("sandbox")
    assert target.sandbox is not None
    account = Account(target, home)
    account.function()
    account.invoke()
    assert list(files.iterdir())

    psutil.Process(target.sandbox.pid).kill()

    wait_until(lambda: control.find() is None)
    if psutil.WINDOWS:
        control.start()
        control.stop()
    wait_until(lambda: not list(files.iterdir()))


def test_a_start_removes_what_a_killed_sandbox_could_not(home: Path, files: Path) -> None:
    left = files / f"{PREFIX}left"
    left.mkdir()
    (left / LOCK_NAME).touch()
    (left / "code").touch()

    control.start()

    assert not left.exists()


def test_a_start_leaves_alone_what_another_sandbox_uses(
    home: Path,
    files: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    control.start()
    (used,) = files.iterdir()
    with monkeypatch.context() as patch:
        patch.setenv("MAILFANOUT_HOME", str(tmp_path_factory.mktemp("other")))
        control.start()
        assert used.exists()
        control.stop()

    assert list(files.iterdir()) == [used]


def test_directories_of_other_programs_are_left_alone(home: Path, files: Path) -> None:
    other = Path(tempfile.mkdtemp(prefix=PREFIX, dir=files))

    control.start()

    assert other.exists()
    assert os.listdir(other) == []
