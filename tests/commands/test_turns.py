"""Two commands that build or remove the pipeline take turns."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mailfanout import provision
from mailfanout.commands import pipeline
from mailfanout.commands.turns import take_turn
from mailfanout.errors import InputError, MailfanoutError
from mailfanout.target import Target, stack_for
from support.reliable.mailing import typed

pytestmark = pytest.mark.slow

HOLD = """
from mailfanout.commands.turns import take_turn

with take_turn(print):
    print("mine", flush=True)
    input()
"""


def test_two_tours_at_once_both_arrive(mailfanout_target: Target) -> None:
    def tour(_number: int) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "mailfanout", "tour"]
        return subprocess.run(words, capture_output=True, encoding="utf-8", timeout=120)

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(tour, range(2)))

    assert [one.returncode for one in ended] == [0, 0], ended
    assert all("3 of 3 mails sent." in one.stdout for one in ended)


def test_a_deploy_leaves_as_it_was_deployed_what_the_command_before_it_has_deployed(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = stack_for(mailfanout_target)

    @contextmanager
    def turn_after_another(_progress: object) -> Iterator[None]:
        other = replace(stack, unknown_policy="at_most_once")
        provision.deploy(mailfanout_target, other, design="reliable")
        yield

    monkeypatch.setattr(pipeline, "take_turn", turn_after_another)
    typed("deploy")

    assert provision.find_design(mailfanout_target, stack) == "reliable"
    deployed = provision.with_deployed_settings(mailfanout_target, stack)
    assert deployed.unknown_policy == "at_most_once"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere /proc is no directory")
def test_nobody_waits_where_no_file_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", "/proc")

    with (
        pytest.raises(InputError, match="/proc/pipeline.lock cannot be written"),
        take_turn(pytest.fail),
    ):
        pass


def test_who_waits_in_vain_is_told_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", str(tmp_path))
    said: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "mine\n"
        with pytest.raises(MailfanoutError, match="still building"):
            with take_turn(said.append, limit_seconds=0.1):
                pass
        holder.communicate("\n")

    assert said == ["Another command is building or removing the pipeline: waiting for it …"]
    with take_turn(said.append):
        assert len(said) == 1
