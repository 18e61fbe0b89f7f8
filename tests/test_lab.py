"""A learner's copy keeps what the learner wrote, has no solutions, and opens in JupyterLab."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner
from waiting import wait_until

from mailfanout import __main__, workshop
from mailfanout.commands import lab
from mailfanout.errors import InputError, MailfanoutError
from mailfanout.sandbox import control
from mailfanout.workshop import copies

SOLVED = """\
def flag(item):
    ### BEGIN SOLUTION
    value = item["issend"]
    return value == {"N": "0"}
    ### END SOLUTION

flag({"issend": {"N": "0"}})
"""
UNSOLVED = """\
def flag(item):
    # Your code here

flag({"issend": {"N": "0"}})
"""


def a_cell(source: str = "1 + 1") -> dict[str, Any]:
    """A code cell that was run."""
    return {
        "cell_type": "code",
        "execution_count": 7,
        "id": "abc",
        "metadata": {"tags": ["raises-exception"], "execution": {"iopub.status.busy": "now"}},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["2"]}],
        "source": source.splitlines(keepends=True),
    }


def a_notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": [*cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder as the tutorial's: two notebooks, a data file, and what an editor leaves."""
    directory = tmp_path / "notebooks"
    write(directory / "00_start_here.ipynb", json.dumps(a_notebook(a_cell(SOLVED))))
    write(directory / "01_create_the_table.ipynb", json.dumps(a_notebook(a_cell())))
    write(directory / "data" / "people.csv", "email,username\n")
    write(directory / ".ipynb_checkpoints" / "00_start_here-checkpoint.ipynb", "{}")
    return directory


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


class TestCopy:
    def test_every_file_is_copied_but_hidden_ones(self, source: Path, copy: Path) -> None:
        workshop.make_copy(source, copy)

        files = ["00_start_here.ipynb", "01_create_the_table.ipynb", "data/people.csv"]
        assert sorted(path.relative_to(copy).as_posix() for path in files_below(copy)) == files
        assert (copy / "data" / "people.csv").read_text(encoding="utf-8") == "email,username\n"

    def test_solutions_outputs_and_counts_are_left_out(self, source: Path, copy: Path) -> None:
        workshop.make_copy(source, copy)

        [cell] = read(copy / "00_start_here.ipynb")["cells"]
        assert "".join(cell["source"]) == UNSOLVED
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert cell["metadata"] == {"tags": ["raises-exception"]}

    def test_the_source_stays_as_it_is(self, source: Path, copy: Path) -> None:
        before = {path: path.read_bytes() for path in files_below(source)}

        workshop.make_copy(source, copy)

        assert {path: path.read_bytes() for path in files_below(source)} == before

    def test_what_the_learner_wrote_is_kept(self, source: Path, copy: Path) -> None:
        workshop.make_copy(source, copy)
        write(copy / "00_start_here.ipynb", "mine")
        (copy / "01_create_the_table.ipynb").unlink()

        workshop.make_copy(source, copy)

        assert (copy / "01_create_the_table.ipynb").is_file()
        assert (copy / "00_start_here.ipynb").read_text(encoding="utf-8") == "mine"

    def test_a_fresh_copy_moves_the_old_one_aside(self, source: Path, copy: Path) -> None:
        for answer in ("first", "second"):
            workshop.make_copy(source, copy)
            write(copy / "00_start_here.ipynb", answer)
            moved_to = workshop.make_copy(source, copy, fresh=True)
            assert moved_to
            kept = moved_to / "00_start_here.ipynb"
            assert kept.read_text(encoding="utf-8") == answer

        assert moved_to == copy.with_name("copy-2")
        assert "".join(read(copy / "00_start_here.ipynb")["cells"][0]["source"]) == UNSOLVED

    def test_fresh_has_nothing_to_move_the_first_time(self, source: Path, copy: Path) -> None:
        assert workshop.make_copy(source, copy, fresh=True) is None

    def test_a_directory_of_something_else_is_not_moved_aside(
        self, source: Path, copy: Path
    ) -> None:
        write(copy / "thesis.txt", "mine")

        with pytest.raises(InputError, match="holds no copy of the notebooks"):
            workshop.make_copy(source, copy, fresh=True)

        assert (copy / "thesis.txt").is_file()

    @pytest.mark.parametrize("place", [".", "..", "student"])
    def test_a_copy_does_not_mix_with_its_source(self, source: Path, place: str) -> None:
        with pytest.raises(InputError, match="Name another directory"):
            workshop.make_copy(source, source / place)

    def test_a_file_in_the_place_of_the_copy_is_named(self, source: Path, copy: Path) -> None:
        write(copy, "mine")

        with pytest.raises(InputError, match="copy.* cannot be written"):
            workshop.make_copy(source, copy)

    @pytest.mark.parametrize("marker", ["BEGIN", "END"])
    def test_a_marker_without_its_other_is_named(
        self, source: Path, copy: Path, marker: str
    ) -> None:
        cell = a_cell(f"### {marker} SOLUTION\nx = 1")
        write(source / "01_create_the_table.ipynb", json.dumps(a_notebook(cell)))

        with pytest.raises(InputError, match=f"01_create_the_table.ipynb: .*{marker} SOLUTION"):
            workshop.make_copy(source, copy)

    def test_text_cells_are_copied_as_they_are(self) -> None:
        text = {"cell_type": "markdown", "metadata": {}, "source": "### BEGIN SOLUTION"}

        assert workshop.student_version(a_notebook(text)) == a_notebook(text)

    def test_each_solution_of_a_cell_has_its_own_place(self) -> None:
        solution = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n"

        copied = workshop.student_version(a_notebook(a_cell(f"{solution}print(x)\n{solution}")))

        expected = "# Your code here\nprint(x)\n# Your code here\n"
        assert "".join(copied["cells"][0]["source"]) == expected


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
        self, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")

        with pytest.raises(InputError, match="Open .*00_start_here.ipynb"):
            lab.run(copy)

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

    def test_the_command_starts_a_server(self, running_server: str) -> None:
        with urllib.request.urlopen(f"{running_server}/api") as answer:
            assert "version" in json.load(answer)


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

    def test_lab_copies_the_notebooks_and_starts_jupyterlab(
        self, copy: Path, runs: list[Any]
    ) -> None:
        words = ["lab", str(copy), "--no-browser", "--port", "9999"]

        result = CliRunner().invoke(__main__.cli, words)

        assert result.exit_code == 0
        assert (copy / "00_start_here.ipynb").is_file()
        assert runs == [(copy, {"browser": False, "port": 9999, "private_sandbox": False})]

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

    def test_lab_fresh_says_where_the_old_copy_is(self, copy: Path, runs: list[Any]) -> None:
        CliRunner().invoke(__main__.cli, ["lab", str(copy)])

        result = CliRunner().invoke(__main__.cli, ["lab", str(copy), "--fresh"])

        assert str(copy.with_name("copy-1")) in result.stderr


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


@pytest.fixture
def running_server(copy: Path, tmp_path: Path) -> Iterator[str]:
    """The address of JupyterLab, started on a copy as `mailfanout lab` does."""
    copy.mkdir()
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        process = psutil.Popen(
            lab.command(copy, browser=False, port=port),
            env={**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "config")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        family = [process, *process.children(recursive=True)]
        for member in family:
            member.kill()
        psutil.wait_procs(family)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def files_below(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
