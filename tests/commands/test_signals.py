"""A command that is told to end cleans up, and what belongs to it ends, too."""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import mailfanout
from mailfanout.commands.signals import exit_when_told
from mailfanout.sandbox import control
from mailfanout.sandbox.server import SandboxServer

ONE_THAT_IS_GONE = f"{os.getpid()} -1.0"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
def test_a_signal_is_an_exit_but_for_one_that_is_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with pytest.raises(SystemExit) as ended, exit_when_told():
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
        assert ended.value.code == 128 + signal.SIGTERM
    finally:
        signal.signal(signal.SIGHUP, before)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_ctrl_c_twice_in_a_moment_is_once() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    cleaned_up = False
    try:
        with exit_when_told():
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                signal.raise_signal(signal.SIGINT)
                cleaned_up = True
        assert cleaned_up
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_that_python_ignores_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    class Freed:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), exit_when_told():
            Freed()
            threading.Event().wait(10)
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == ""


def test_ctrl_c_while_modules_are_imported_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def press_ctrl_c(name: str, *_: object) -> None:
        if name == "click":
            raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "click")
    finders = [SimpleNamespace(find_spec=press_ctrl_c), *sys.meta_path]
    monkeypatch.setattr(sys, "meta_path", finders)

    with pytest.raises(SystemExit, match="130"):
        runpy.run_path(str(Path(mailfanout.__file__).with_name("__main__.py")))


def test_a_killed_owners_private_home_is_removed_and_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with control.private_home() as home:
        control.remove_private_home()
        assert not home.exists()
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path))
    control.remove_private_home()
    assert tmp_path.exists()


def test_a_private_sandbox_has_this_process_as_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(control.OWNER_VARIABLE, raising=False)
    assert not control.is_abandoned()
    with control.private_home():
        assert not control.is_abandoned()
        monkeypatch.setenv(control.OWNER_VARIABLE, ONE_THAT_IS_GONE)
        assert control.is_abandoned()
    assert control.OWNER_VARIABLE not in os.environ


def test_a_sandbox_ends_with_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(control.OWNER_VARIABLE, ONE_THAT_IS_GONE)
    ended: list[bool] = []
    gateway = SimpleNamespace(last_call_at=0.0)
    one: Any = SimpleNamespace(gateway=gateway, stop=lambda: ended.append(True))

    SandboxServer._look_after(cast(SandboxServer, one))

    assert ended == [True]
