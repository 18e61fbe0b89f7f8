"""`mailfanout doctor` names what a machine lacks, and how to get it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mailfanout import __main__, workshop
from mailfanout.sandbox import control
from mailfanout.target import Target
from mailfanout.workshop import readiness

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def new_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No sandbox has ever been started here."""
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def below_a_file(tmp_path: Path) -> str:
    """A path at which nothing can be made, whoever tries."""
    (tmp_path / "file").touch()
    return str(tmp_path / "file" / "below")


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is examined after programs were started, whatever they say."""
    monkeypatch.setattr(readiness, "_run", lambda _command: "")


def found(name: str) -> workshop.Finding:
    return next(finding for finding in workshop.examine() if finding.name == name)


def a_kernel(python: str) -> Any:
    """What JupyterLab lists where its kernel starts this Python."""
    return {"python3": {"resource_dir": "kernels/python3", "spec": {"argv": [python, "-m", "x"]}}}


def test_a_machine_that_runs_these_tests_is_ready_and_left_as_it_is(new_home: Path) -> None:
    assert [finding for finding in workshop.examine() if not finding.ok] == []
    assert not new_home.exists()


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))

    finding = found("Python")

    assert not finding.ok
    assert finding.detail.startswith("3.10.4")
    assert "3.11 or later" in finding.mend


@pytest.mark.parametrize(
    ("package", "name"), [("moto", "packages"), ("jupyterlab", "lab packages")]
)
def test_a_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, package: str, name: str
) -> None:
    version = importlib.metadata.version

    def version_but_of_one(asked: str) -> str:
        if asked == package:
            raise importlib.metadata.PackageNotFoundError(asked)
        return version(asked)

    monkeypatch.setattr(importlib.metadata, "version", version_but_of_one)

    finding = found(name)

    assert (finding.ok, finding.detail) == (False, f"{package} is missing")
    assert "pip install" in finding.mend


def test_a_package_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    version = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "1.20.0" if name == "boto3" else version(name)
    )

    finding = found("packages")

    assert (finding.ok, finding.detail) == (False, "boto3 1.20.0 is not >=1.44")


def test_what_only_the_tests_need_is_not_asked_for() -> None:
    assert "hypothesis" not in found("packages").detail + found("lab packages").detail


@pytest.mark.parametrize(
    ("python", "ok"),
    [("python", True), ("python3.12", True), (sys.executable, True), ("/old/bin/python", False)],
)
def test_a_kernel_of_another_python_is_named(
    monkeypatch: pytest.MonkeyPatch, python: str, ok: bool
) -> None:
    listed = json.dumps({"kernelspecs": a_kernel(python)})
    monkeypatch.setattr(readiness, "_run", lambda _command: listed)

    finding = found("kernel")

    assert finding.ok is ok
    assert ok or "Remove kernels/python3" in finding.mend


@pytest.mark.usefixtures("no_programs")
def test_a_home_in_which_jupyterlab_cannot_write_is_named(
    below_a_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", below_a_file)

    assert "Set HOME to a directory" in found("kernel").mend


@pytest.mark.usefixtures("no_programs")
def test_programs_that_do_not_answer_are_missing() -> None:
    assert not found("kernel").ok
    assert found("AWS CLI") == workshop.Finding(
        "AWS CLI", False, "missing", readiness._how_to_install()
    )


def test_an_aws_cli_outside_the_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert found("AWS CLI").detail.startswith("aws-cli/")


@pytest.mark.usefixtures("no_programs")
def test_a_home_that_cannot_be_written_to_is_named(
    below_a_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", below_a_file)

    finding = found("home")

    assert (finding.ok, finding.detail) == (False, below_a_file)
    assert "Set MAILFANOUT_HOME" in finding.mend


@pytest.mark.usefixtures("no_programs")
def test_a_machine_that_refuses_to_listen_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> Any:
        raise PermissionError("blocked")

    monkeypatch.setattr(socket, "create_server", refuse)

    assert "firewall" in found("loopback").mend


@pytest.mark.usefixtures("no_programs")
def test_a_running_sandbox_is_named(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "find", lambda: mailfanout_target.sandbox)

    assert found("sandbox").detail == f"at {mailfanout_target.endpoint_url}"


@pytest.mark.usefixtures("no_programs")
def test_a_sandbox_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = control.Sandbox("http://127.0.0.1:9", "a", "b", "us-east-1", "1", os.getpid(), 0.0)
    monkeypatch.setattr(control, "find", lambda: dead)

    finding = found("sandbox")

    assert not finding.ok
    assert "mailfanout sandbox stop" in finding.mend


class TestCommandLine:
    def test_a_ready_machine_ends_with_0(self, monkeypatch: pytest.MonkeyPatch) -> None:
        good = workshop.Finding("Python", True, "3.12.1", "")
        monkeypatch.setattr(workshop, "examine", lambda: iter([good]))

        result = CliRunner().invoke(__main__.cli, ["doctor"])

        assert (result.exit_code, result.output) == (0, "ok      Python        3.12.1\n")

    def test_what_is_missing_ends_with_1_and_says_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bad = workshop.Finding("AWS CLI", False, "missing", "Type: this")
        monkeypatch.setattr(workshop, "examine", lambda: iter([bad]))

        result = CliRunner().invoke(__main__.cli, ["doctor"])

        assert result.exit_code == 1
        assert result.output.split() == ["NOT", "OK", "AWS", "CLI", "missing", "Type:", "this"]

    @pytest.mark.parametrize(("ok", "exit_code"), [(True, 0), (False, 1)])
    def test_json_is_for_programs(
        self, monkeypatch: pytest.MonkeyPatch, ok: bool, exit_code: int
    ) -> None:
        finding = workshop.Finding("home", ok, "here", "do that")
        monkeypatch.setattr(workshop, "examine", lambda: iter([finding]))

        result = CliRunner().invoke(__main__.cli, ["doctor", "--json"])

        assert result.exit_code == exit_code
        assert json.loads(result.output) == {
            "ready": ok,
            "findings": [{"name": "home", "ok": ok, "detail": "here", "mend": "do that"}],
        }
