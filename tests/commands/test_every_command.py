"""What holds for every command: its help teaches, programs can read it, it colours a terminal only.

And how little is imported before a command is known.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from mailfanout.__main__ import cli
from mailfanout.commands import COMMANDS

# What a program gets of these is their exit code: they change something, and that was it.
CHANGES = {
    *("deploy", "seed", "pause", "resume", "cancel", "settle", "unsubscribe", "teardown", "lab"),
    *("sandbox start", "sandbox stop", "sandbox set"),
    # A file, or lines for a shell or a reader.
    *("report", "completion", "template", "handout", "log"),
}


def commands(group: click.Group, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group, and the words after `mailfanout` that call it."""
    context = click.Context(group, info_name="mailfanout")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *words, name)


# They ask the sandbox once, or read a few files.
AT_ONCE = {
    *("completion", "sandbox status", "sandbox settings", "sandbox set", "sandbox calls"),
    *("sandbox faults", "sandbox env", "template", "class"),
    # Prints each finding once it has it.
    "doctor",
}

EVERY = [pytest.param(*found, id=" ".join(found[0])) for found in commands(cli)]
for_each_command = pytest.mark.parametrize(("words", "command"), EVERY)


@for_each_command
def test_its_help_ends_with_an_example_that_can_be_typed(
    words: tuple[str, ...], command: click.Command
) -> None:
    said = CliRunner().invoke(cli, [*words, "--help"]).output
    first, line = said.rstrip().splitlines()[-2:]

    assert (first, line[:2]) == ("  Example:", "  ")
    typed = shlex.split(line.strip().removeprefix('eval "$(').removesuffix(')"'))
    assert typed[: len(words) + 1] == ["mailfanout", *words]
    parse(command, typed[len(words) + 1 :])


@for_each_command
def test_programs_can_read_what_it_says(words: tuple[str, ...], command: click.Command) -> None:
    is_change = " ".join(words) in CHANGES or words[:2] == ("sandbox", "fault")
    options = {option for parameter in command.params for option in parameter.opts}

    assert isinstance(command, click.Group) or is_change or "--json" in options


@for_each_command
def test_who_waits_for_it_is_told_what_for(words: tuple[str, ...], command: click.Command) -> None:
    """Long before a second is over, and in a terminal alone."""
    if isinstance(command, click.Group) or " ".join(words) in AT_ONCE or "fault" in words:
        return
    assert command.callback
    told = inspect.getsource(command.callback)
    assert re.search(r"\bsay\.(status|print)\(|err=True", told)


@for_each_command
def test_every_option_says_what_it_is_for(words: tuple[str, ...], command: click.Command) -> None:
    options = [one for one in command.params if isinstance(one, click.Option)]

    assert command.help and command.help.splitlines()[0].endswith((".", "?", ":"))
    assert [option.name for option in options if not option.help] == []


def test_the_help_of_all_has_a_line_for_each_and_the_exit_codes() -> None:
    said = CliRunner().invoke(cli, ["--help"], terminal_width=200).output

    for name, listed in COMMANDS.items():
        assert f"  {name} " in said and listed.summary in said
    assert [f"\n    {code}  " in said for code in range(3)] == [True] * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "left_out"),
    [
        (["--help"], {"boto3", "botocore", "moto", "pandas", "psutil", "rich"}),
        (["deploy", "--hel"], {"moto", "pandas"}),
        (["sandbox", "status"], {"boto3", "botocore", "moto", "pandas", "rich"}),
    ],
)
def test_only_what_a_command_uses_is_imported(words: list[str], left_out: set[str]) -> None:
    script = "from mailfanout.__main__ import *\ntry: main()\nfinally: print(*sys.modules)"

    ran = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, encoding="utf-8"
    )

    imported = set(ran.stdout.splitlines()[-1].split())
    assert "mailfanout.commands" in imported
    assert imported & left_out == set()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("no_color", "is_coloured"), [("", True), ("1", False)])
def test_a_terminal_is_coloured_unless_no_color_is_set(no_color: str, is_coloured: bool) -> None:
    assert ("\x1b[31m" in said_in_terminal(NO_COLOR=no_color)) == is_coloured


@pytest.mark.slow
def test_a_pipe_is_not_coloured() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "mailfanout", *MISTAKE], capture_output=True, encoding="utf-8"
    )

    assert ran.stderr.startswith("Error: There is no file missing.csv")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_what_completes(shell: str) -> None:
    said = CliRunner().invoke(cli, ["completion", shell]).output

    assert f"_MAILFANOUT_COMPLETE={shell}_complete" in said


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        (["deploy", "--design", ""], ["plain,simple", "plain,reliable"]),
        (["verify", "04", "1"], ["plain,10", "plain,11", "plain,12", "file,1"]),
        (["seed", "", "--dry"], []),
        (["deploy", "--prefix", "BAD", "--des"], ["plain,--design"]),
        (["sandbox", "fault", "ses-t"], ["plain,ses-throttle"]),
    ],
)
def test_what_is_typed_is_completed(
    monkeypatch: pytest.MonkeyPatch, typed: list[str], completed: list[str]
) -> None:
    monkeypatch.setenv("COMP_WORDS", shlex.join(["mailfanout", *typed]))
    monkeypatch.setenv("COMP_CWORD", str(len(typed)))
    monkeypatch.setenv("_MAILFANOUT_COMPLETE", "bash_complete")

    said = CliRunner().invoke(cli, prog_name="mailfanout").output

    assert said.split() == completed


def test_where_the_sandbox_is_can_be_read_by_a_program(
    tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path))

    found = CliRunner().invoke(cli, ["sandbox", "status", "--json"])

    assert (found.exit_code, json.loads(found.stdout)) == (1, {"running": False})


MISTAKE = ("seed", "missing.csv")


def said_in_terminal(**variables: str) -> str:
    import pty

    primary, secondary = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "mailfanout", *MISTAKE],
        env={**os.environ, **variables},
        stdout=secondary,
        stderr=secondary,
    ):
        os.close(secondary)
        said = os.read(primary, 10_000)
    os.close(primary)
    return said.decode()


def parse(command: click.Command, words: list[str]) -> None:
    """Raises UsageError if the command does not take these words."""
    with command.make_context("mailfanout", words) as context:
        if isinstance(command, click.Group):
            _, chosen, rest = command.resolve_command(
                context, [*context._protected_args, *context.args]
            )
            assert chosen
            parse(chosen, rest)
