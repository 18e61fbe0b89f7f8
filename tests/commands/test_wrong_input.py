"""Whatever is typed, a command line ends in a sentence, never in a traceback."""

from __future__ import annotations

import sys
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


def test_rows_that_are_refused_have_a_line_each_and_are_counted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "people-who-want-the-newsletter.csv"
    file.write_text("email,username\nada@example.com,Ada\nnobody,Bob\n", encoding="utf-8")

    read_recipients(file, "sandbox")

    refused, counted = capsys.readouterr().err.splitlines()
    assert refused.startswith(f"{file.name} line 3: Correct the email.")
    assert counted == "1 row left out."


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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no directory in use")
def test_a_directory_that_is_gone_is_named_to_whoever_is_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    removed = tmp_path / "removed"
    removed.mkdir()
    monkeypatch.chdir(removed)
    removed.rmdir()

    shown = said("lab", "--no-browser")

    assert (
        shown == "Error: The directory that you are in is gone. Go to another one, such as: cd ~\n"
    )


def test_a_file_that_is_not_unicode_is_read_with_a_warning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes("email,username\nada@example.com,Jörg\n".encode("latin-1"))

    [reader] = read_recipients(file, "sandbox")

    assert reader.username == "Jörg"
    assert "read as cp1252 (Western), because it is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tour", "--mail", "missing.txt"], "There is no file missing.txt"),
        (["tour", "--recipients", "missing.csv"], "missing.csv"),
        (["tour", "--target", "moon"], "'moon' is not one of"),
        (["tuor"], "No such command 'tuor'. Did you mean tour?"),
        (
            ["--target", "aws", "plan"],
            "'--target'. Options come after the command: mailfanout plan",
        ),
        (["sandbox", "--json", "status"], "'--json'. Options come after the command"),
        (["destroy"], "No such command 'destroy'. Did you mean teardown?"),
        (["tour", "--target", "endpoint"], "Set AWS_ENDPOINT_URL"),
        (["sandbox", "fault", "lose-reply", "sesv2:SendMail"], "Did you mean sesv2:SendEmail?"),
        (["sandbox", "fault", "ses-throttle", "--times", "0"], "0 is not in the range"),
        (["sandbox", "fault", "nothing"], "Choose one of: entry-fails, fail,"),
        (["sandbox", "fault", "ses-trottle"], "Did you mean ses-throttle?"),
        (["sandbox", "set", "time-scale", "fast"], "a number above 0"),
        (["sandbox", "set", "time-scale", "-1"], "-1 is no value for the setting time-scale"),
        (["sandbox", "set", "pace", "slow"], "setting pace. It is one of: lesson, aws"),
        (["sandbox", "set", "speed", "1"], "There is no setting speed. Choose one of: time-scale"),
        (["sandbox", "set", "max_send_rate", "0"], "0 is no value for the setting max-send-rate"),
        (["inbox", "--to", "\udcff@example.com"], r"\udcff@example.com is no address"),
        (["sandbox", "fault", "ses-throttle", "--to", "あ@x.jp"], "あ@x.jp is no address"),
        (["inbox", "--target", "aws"], "Only the sandbox shows mails"),
        (["inbox", "--eml", "mails", "--json"], "Leave one of them out."),
        (["deploy", "--unsubscribe-url", "https://x.y"], "no address to unsubscribe at"),
        *(
            (["deploy", "--unsubscribe-url", f"https://x.y{end}"], "no address to unsubscribe at")
            for end in ("/a b", "/?{{email}}=", "/%", "/#a=", ":99999/")
        ),
        (["lab", ""], "the word after lab is empty. Is a variable of your shell not set?"),
        (["verify", "--report="], "--report= is empty. Is a variable of your shell not set?"),
        (["plan", "--target", "aws", "--target=sandbox"], "--target is given 2 times"),
        (["sandbox", "fault", "ses-throttle", "--times", "1", "--times", "2"], "--times is given"),
        (["verify", "--limit", "nan"], "'nan' is not a valid integer range"),
        (["lab", "--port", "8_888"], "'8_888' is not a valid integer range"),
        (["lab", "--port", "０"], "0 is not in the range"),
        (["sandbox", "set", "time-scale", "1_0"], "'1_0' is no value for the setting time-scale"),
    ],
)
def test_mistake_ends_in_a_line_that_says_what_to_do(
    mailfanout_target: Target, arguments: list[str], words: str
) -> None:
    finished = run(*arguments, AWS_ENDPOINT_URL="", AWS_REGION="us-east-1")
    assert finished.exit_code == 2
    assert words in finished.stderr
    assert "Traceback" not in finished.stderr
