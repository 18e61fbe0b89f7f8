"""A shell of the sandbox: what is typed there reaches the sandbox, and there is a way back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from mailfanout.commands.shells import SHELLS, script
from mailfanout.sandbox import control
from mailfanout.target import Target

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:9"
# Each of them, left as it is, would lead the AWS CLI or an SDK away from the sandbox.
ASTRAY = {
    "AWS_CONFIG_FILE": "nowhere",
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_ENDPOINT_URL_SQS": NOWHERE,
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_PROFILE": "work",
    "AWS_SESSION_TOKEN": "x",
    "HTTP_PROXY": NOWHERE,
}
# The way into each shell that takes a script as an argument.
ENTRIES = {
    "bash": 'eval "$(mailfanout sandbox env)"',
    "zsh": 'eval "$(mailfanout sandbox env)"',
    "fish": "mailfanout sandbox env | source",
}
SERVICES = ["rds describe-db-instances", "s3 ls", "sesv2 get-account", "sqs list-queues"]


@pytest.fixture
def astray(mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whose variables lead elsewhere, and whose PATH has this Python's programs last."""
    for name, value in ASTRAY.items():
        monkeypatch.setenv(name, value)
    path = os.pathsep.join([os.environ["PATH"], sysconfig.get_path("scripts")])
    monkeypatch.setenv("PATH", path)


def run_in(shell: str, *lines: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    return subprocess.run(
        [shell, "-c", "\n".join(lines)], capture_output=True, encoding="utf-8", timeout=60
    )


@pytest.mark.parametrize("shell", ENTRIES)
def test_the_aws_cli_reaches_the_sandbox_from(
    mailfanout_target: Target, astray: None, shell: str
) -> None:
    mailfanout_target.client("sqs").create_queue(QueueName="seen")

    ran = run_in(shell, ENTRIES[shell], "aws sqs list-queues --query QueueUrls --output text")

    assert (ran.stdout.strip(), ran.stderr) == (
        f"{mailfanout_target.endpoint_url}/123456789012/seen",
        "",
    )


def test_every_service_that_is_called_is_the_sandboxs(
    mailfanout_target: Target, astray: None
) -> None:
    assert mailfanout_target.sandbox is not None
    changes = control.enter_shell(mailfanout_target.sandbox, os.environ)
    environment = {**os.environ, **{k: v for k, v in changes.items() if v is not None}}
    for name in [name for name, value in changes.items() if value is None]:
        environment.pop(name, None)

    for service in SERVICES:
        aws = [sys.executable, "-m", "awscli", *service.split()]
        subprocess.run(aws, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=60)

    called = mailfanout_target.sandbox.calls()["learner"]
    services = {operation.partition(":")[0] for operation in called}
    assert {"rds", "s3", "sesv2", "sqs"} <= services


@pytest.mark.parametrize("shell", ENTRIES)
def test_a_shell_gets_back_what_it_had(astray: None, shell: str) -> None:
    enter = ENTRIES[shell]
    leave = enter.replace("sandbox env", "sandbox env --unset")

    ran = run_in(shell, "env", "echo ---", enter, enter, leave, "env")

    before, _, after = (part.splitlines() for part in ran.stdout.partition("---\n"))
    # Shells keep books of their own in these two.
    changed = {line.partition("=")[0] for line in {*before} ^ {*after}} - {"_", "SHLVL"}
    assert not changed


def test_json_says_what_to_set_and_with_null_what_to_remove(
    mailfanout_target: Target, astray: None
) -> None:
    command = [sys.executable, "-m", "mailfanout", "sandbox", "env", "--json"]
    changes = json.loads(subprocess.check_output(command, encoding="utf-8"))

    assert changes["AWS_ENDPOINT_URL"] == mailfanout_target.endpoint_url
    assert changes["AWS_SESSION_TOKEN"] is changes["AWS_ENDPOINT_URL_SQS"] is None
    assert changes["MAILFANOUT_SAVED_AWS_PROFILE"] == "work"


def test_a_shell_that_never_entered_has_no_way_back() -> None:
    assert control.leave_shell({"AWS_PROFILE": "work", "PATH": "bin"}) == {}


def test_how_answers_are_shown_is_left_as_it_is(mailfanout_target: Target) -> None:
    assert mailfanout_target.sandbox is not None
    changes = control.enter_shell(mailfanout_target.sandbox, {"AWS_PAGER": "less"})

    assert "AWS_PAGER" not in changes


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        ("bash", ["export A='it'\\''s \\ $x'", "unset B"]),
        ("zsh", ["export A='it'\\''s \\ $x'", "unset B"]),
        ("fish", ["set -gx A 'it\\'s \\\\ $x'", "set -e B"]),
        ("powershell", ["$Env:A = 'it''s \\ $x'", "Remove-Item -ErrorAction Ignore Env:B"]),
        ("cmd", ['set "A=it\'s \\ $x"', 'set "B="']),
    ],
)
def test_a_value_is_quoted_as_the_shell_has_it(shell: str, lines: list[str]) -> None:
    assert shell in SHELLS
    assert script({"A": "it's \\ $x", "B": None}, shell).splitlines() == lines


def test_where_no_sandbox_starts_the_next_command_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("MAILFANOUT_HOME", str(file))
    enter = f'eval "$("{sys.executable}" -m mailfanout sandbox env)"'

    ran = run_in("bash", f"{enter} && echo reached AWS")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert "Set MAILFANOUT_HOME" in ran.stderr


def test_the_lines_that_the_readme_prints_work_one_after_the_other(
    mailfanout_target: Target, astray: None
) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"`((?:aws|eval) [^`]+)`", readme)
    assert "aws sqs list-queues" in lines

    ran = run_in("bash", "set -e", *lines)

    assert (ran.returncode, ran.stderr) == (0, "")
