"""What `mailfanout lab` started ends with it, when it is told to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mailfanout.commands import lab as lab_command
from mailfanout.sandbox import control
from mailfanout.sandbox.control.endings import wait_until_ended
from support.ports import free_port
from support.waiting import wait_until

TOKEN = "known"
# JupyterLab takes its time on a machine that has other things to do.
START_LIMIT_SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform == "win32", reason="on Windows a program is not told that it is to end"
    ),
]


class Lab:
    """`mailfanout lab`, with a kernel."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._port = free_port()
        words = ["lab", str(directory), "--no-browser", "--port", str(self._port), *options]
        self.process = psutil.Popen(
            [sys.executable, "-m", "mailfanout", *words],
            env={**os.environ, "JUPYTER_TOKEN": TOKEN},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start_kernel(self) -> None:
        wait_until(self._answers, limit_seconds=START_LIMIT_SECONDS)
        self._ask("/api/kernels", b"{}")

    def family(self) -> list[psutil.Process]:
        if not self.process.is_running():
            return []
        return [self.process, *self.process.children(recursive=True)]

    def _ask(self, path: str, body: bytes | None = None) -> object:
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}{path}", body, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def _answers(self) -> bool:
        try:
            return bool(self._ask("/api"))
        except OSError:
            return False


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN", raising=False)
    yield tmp_path
    control.stop()


@pytest.fixture
def heard(request: pytest.FixtureRequest) -> str:
    """The name of a signal that programs hear; after `nohup` they are deaf to SIGHUP."""
    name = str(request.param)
    if signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
        pytest.skip(f"programs that are started here are deaf to {name}")
    return name


@pytest.fixture
def lab(home: Path) -> Iterator[Lab]:
    lab = Lab(home / "copy")
    yield lab
    for process in lab.family():
        process.kill()


@pytest.mark.parametrize("heard", ["SIGTERM", "SIGHUP"], indirect=True)
def test_no_process_is_left_after_a_signal(heard: str, lab: Lab) -> None:
    lab.start_kernel()
    family = lab.family()
    assert len(family) >= 3  # the command, JupyterLab and the kernel

    lab.process.send_signal(getattr(signal, heard))

    assert not wait_until_ended(family, limit_seconds=60)
    assert lab.process.returncode == 128 + getattr(signal, heard)


def test_the_sandbox_that_a_notebook_started_stays(home: Path) -> None:
    script = "from mailfanout.sandbox import control; control.start(); input()"
    notebook = psutil.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
    wait_until(control.find)
    sandbox = control.find()
    assert notebook.children()

    lab_command._end(notebook.pid)

    notebook.communicate()
    assert control.find() == sandbox
