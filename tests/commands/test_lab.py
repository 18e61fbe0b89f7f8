"""`mailfanout lab` finds the notebooks, copies them and starts JupyterLab."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mailfanout import __main__, workshop
from mailfanout.commands import lab, plan
from mailfanout.errors import MailfanoutError
from mailfanout.workshop import copies
from support.lessons.copies import a_tutorial, write
from support.ports import free_port

LOCAL = ("127.0.0.1", 0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return a_tutorial(tmp_path / "notebooks")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


class TestCommandLine:
    @pytest.fixture
    def runs(self, source: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """What JupyterLab would be started with; it ends with 0."""
        seen: list[Any] = []

        def run(*arguments: Any, **options: Any) -> int:
            seen.append((*arguments, options))
            return 0

        monkeypatch.setattr(workshop, "source_notebooks", lambda: source)
        monkeypatch.setattr(lab, "run", run)
        return seen

    def test_without_a_place_for_jupyterlabs_files_nothing_is_copied(
        self, tmp_path: Path, copy: Path, runs: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "file" / "runtime"))

        result = CliRunner().invoke(__main__.cli, ["lab", str(copy)])

        assert "Set HOME to a directory" in str(result.exception)
        assert not (copy.exists() or runs)

    def test_lab_copies_the_notebooks_and_starts_jupyterlab(
        self, copy: Path, runs: list[Any]
    ) -> None:
        words = ["lab", str(copy), "--no-browser", "--port", "9999"]

        result = CliRunner().invoke(__main__.cli, words)

        assert result.exit_code == 0
        assert (copy / "00_start_here.ipynb").is_file()
        assert runs == [(copy, {"browser": False, "port": 9999, "private_sandbox": False})]

    def test_lab_says_what_it_adds_to_files_that_are_there(
        self, copy: Path, runs: list[Any]
    ) -> None:
        write(copy / "thesis.txt", "mine")
        said = [CliRunner().invoke(__main__.cli, ["lab", str(copy)]).stderr for _ in range(2)]

        added = "Added to what was there, which stays as it is: 3 files\n"
        assert [one.endswith(added) for one in said] == [True, False]

    def test_lab_fresh_says_where_the_old_copy_is(self, copy: Path, runs: list[Any]) -> None:
        CliRunner().invoke(__main__.cli, ["lab", str(copy)])

        result = CliRunner().invoke(__main__.cli, ["lab", str(copy), "--fresh"])

        assert str(copy.with_name("copy-1")) in result.stderr

    @pytest.mark.parametrize(("answer", "is_moved"), [("n", False), ("y", True)])
    def test_lab_fresh_asks_whoever_is_there(
        self,
        copy: Path,
        runs: list[Any],
        monkeypatch: pytest.MonkeyPatch,
        answer: str,
        is_moved: bool,
    ) -> None:
        CliRunner().invoke(__main__.cli, ["lab", str(copy)])
        runs.clear()
        monkeypatch.setattr(lab, "may_ask", lambda: True)
        monkeypatch.setattr(plan, "may_ask", lambda: True)

        result = CliRunner().invoke(__main__.cli, ["lab", str(copy), "--fresh"], input=answer)

        assert f"Move {copy} aside" in result.stderr
        assert copy.with_name("copy-1").exists() == is_moved == bool(runs)

    def test_without_jupyterlab_it_says_how_to_get_it_and_copies_nothing(
        self, copy: Path, runs: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "jupyterlab", None)
        monkeypatch.delenv("JUPYTERHUB_API_TOKEN", raising=False)

        result = CliRunner().invoke(__main__.cli, ["lab", str(copy)])

        assert isinstance(result.exception, MailfanoutError)
        assert str(result.exception).startswith("JupyterLab is missing. Type: ")
        assert not copy.exists()

    @pytest.mark.parametrize("port", ["-5", "0", "65536"])
    def test_a_port_that_there_is_not_is_refused(
        self, copy: Path, runs: list[Any], port: str
    ) -> None:
        result = CliRunner().invoke(__main__.cli, ["lab", str(copy), "--port", port])

        assert "is not in the range 1<=x<=65535" in result.output
        assert not runs


def test_a_port_that_another_jupyterlab_took_meanwhile_is_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as taken:
        first, second = (taken.enter_context(socket.create_server(LOCAL)) for _ in range(2))
        ports = [one.getsockname()[1] for one in (first, second)]
        first.close()
        codes = iter([1, 0])

        def run(*_: object) -> int:
            """The first JupyterLab finds its port taken, and ends."""
            if (code := next(codes)) == 1:
                taken.enter_context(socket.create_server((LOCAL[0], ports[0])))
            return code

        monkeypatch.setattr(lab, "_run", run)
        monkeypatch.setattr(lab, "_PORTS", ports)

        assert lab.run(tmp_path, browser=False) == 0
    assert f"Port {ports[0]} was taken meanwhile" in capsys.readouterr().err


def test_a_jupyterlab_that_fails_while_its_port_is_free_is_not_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "_run", lambda *_: 1)
    monkeypatch.setattr(lab, "_PORTS", [free_port()])

    assert lab.run(tmp_path, browser=False) == 1


def test_missing_notebooks_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "__file__", str(tmp_path / "mailfanout" / "workshop" / "copies.py"))

    with pytest.raises(MailfanoutError, match="The notebooks are missing"):
        workshop.source_notebooks()


@pytest.mark.parametrize("place", ["mailfanout/notebooks", "notebooks"])
def test_the_notebooks_are_in_the_package_or_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(copies, "__file__", str(tmp_path / "mailfanout" / "workshop" / "copies.py"))
    write(tmp_path / place / "00_start_here.ipynb", "{}")

    assert workshop.source_notebooks() == tmp_path / place
