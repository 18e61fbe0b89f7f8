"""Whatever is typed, a command line ends in a sentence, never in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout.commands import pipeline
from mailfanout.commands.console import read_recipients
from mailfanout.target import Target
from support.command_line import run

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def said(*words: str) -> str:
    """What a command line that fails says."""
    finished = run(*words)
    assert finished.exit_code
    return finished.stderr


def test_brackets_and_control_characters_of_a_name_are_shown(tmp_path: Path) -> None:
    shown = said("tour", "--mail", str(tmp_path / "[/red]\x1b[2J"))

    assert "[/red]\u241b[2J. Correct its name" in shown


def test_a_bad_row_is_shown_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,username\n[/bold]\x1b[2J,a\n", encoding="utf-8")

    shown = said("seed", str(file))

    assert "\x1b" not in shown
    assert "has no row that can be sent to" in shown


def test_what_nobody_foresaw_is_one_line_and_kept_in_a_file(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    def fail(kind: str) -> Target:
        raise RuntimeError("out of the blue")

    monkeypatch.setattr(pipeline, "connect", fail)

    shown = said("inbox")

    assert shown.startswith("Error: RuntimeError: out of the blue. That was not foreseen.")
    assert "Traceback" not in shown
    assert "out of the blue" in (home / "traceback.txt").read_text(encoding="utf-8")


def test_a_file_that_is_not_unicode_is_read_with_a_warning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes("email,username\nada@example.com,Jörg\n".encode("latin-1"))

    [reader] = read_recipients(file)

    assert reader.username == "Jörg"
    assert "read as cp1252 (Western), because it is not UTF-8" in capsys.readouterr().err
