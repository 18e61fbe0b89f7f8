"""A learner's copy opens in JupyterLab."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mailfanout.commands import lab
from mailfanout.errors import InputError
from mailfanout.sandbox import control
from support.lessons.copies import files_below, read, write


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


class TestJupyterLab:
    @pytest.fixture
    def recorded(self, copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A program in the place of JupyterLab, which writes its environment to this file."""
        copy.mkdir()
        path = copy / "environment.json"
        script = f"import json, os; json.dump(dict(os.environ), open({str(path)!r}, 'w')); exit(3)"
        monkeypatch.setattr(lab, "command", lambda *_, **__: [sys.executable, "-c", script])
        monkeypatch.delenv("JUPYTERHUB_API_TOKEN", raising=False)
        return path

    def test_run_returns_the_code_that_jupyterlab_ended_with(
        self, copy: Path, recorded: Path
    ) -> None:
        assert lab.run(copy) == 3

    def test_learners_share_the_sandbox_unless_asked(self, copy: Path, recorded: Path) -> None:
        lab.run(copy)

        assert read(recorded).get("MAILFANOUT_HOME") == os.environ.get("MAILFANOUT_HOME")

    def test_a_private_sandbox_lies_in_the_copy(self, copy: Path, recorded: Path) -> None:
        lab.run(copy, private_sandbox=True)

        assert Path(read(recorded)["MAILFANOUT_HOME"]) == copy.resolve() / ".sandbox"

    @pytest.mark.slow
    def test_a_private_sandbox_ends_with_jupyterlab(
        self, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = "from mailfanout.sandbox import control; print(control.start())"
        monkeypatch.setattr(lab, "command", lambda *_, **__: [sys.executable, "-c", script])
        copy.mkdir()

        lab.run(copy, private_sandbox=True)

        monkeypatch.setenv("MAILFANOUT_HOME", str(copy / ".sandbox"))
        assert (copy / ".sandbox" / "sandbox.log").is_file()
        assert control.find() is None

    def test_an_interrupt_is_left_to_jupyterlab(
        self, copy: Path, recorded: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        interrupts = [KeyboardInterrupt]
        wait = subprocess.Popen.wait

        def interrupted_once(process: subprocess.Popen[bytes], *arguments: Any) -> int:
            if interrupts:
                raise interrupts.pop()
            return wait(process, *arguments)

        monkeypatch.setattr(subprocess.Popen, "wait", interrupted_once)

        assert lab.run(copy) == 3

    def test_inside_jupyterhub_it_says_what_to_open(
        self, copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")

        assert lab.run(copy) == 0
        assert "00_start_here.ipynb in its file browser" in capsys.readouterr().err

    def test_a_port_that_is_taken_is_named_before_jupyterlab_starts(
        self, copy: Path, recorded: Path
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

            with pytest.raises(InputError, match=f"Port {port} cannot be used: .*without --port"):
                lab.run(copy, port=port)

        assert not recorded.exists()
        assert lab.run(copy, port=port) == 3

    def test_a_named_port_is_the_only_one_tried(self, copy: Path) -> None:
        only_this_one = {"--ServerApp.port=9999", "--ServerApp.port_retries=0"}

        assert only_this_one <= set(lab.command(copy, port=9999))
        assert not only_this_one & set(lab.command(copy))

    def test_the_arrangement_of_the_windows_is_the_learners(self, copy: Path) -> None:
        lab.write_workspace(copy)
        [path] = files_below(copy)
        write(path, "mine")

        lab.write_workspace(copy)

        assert path.read_text(encoding="utf-8") == "mine"

    @pytest.mark.slow
    def test_jupyterlab_takes_the_workspace_for_its_default_one(self, copy: Path) -> None:
        lab.write_workspace(copy)

        exported = subprocess.run(
            [sys.executable, "-m", "jupyterlab", "workspaces", "export"],
            env={**os.environ, "JUPYTERLAB_WORKSPACES_DIR": str(copy / ".jupyterlab")},
            capture_output=True,
            check=True,
            encoding="utf-8",
        )

        assert "notebook:00_start_here.ipynb" in json.loads(exported.stdout)["data"]
