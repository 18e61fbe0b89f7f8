"""`mailfanout plan`, the question before the first deploy on AWS, and `teardown --all`."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from mailfanout import provision
from mailfanout.commands import console, options, plan
from mailfanout.commands.pipeline import deploy_command
from mailfanout.commands.plan import ask_before_first, plan_command
from mailfanout.commands.teardown import teardown_command
from mailfanout.errors import InputError
from mailfanout.stack import Stack
from mailfanout.target import Target, stack_for

pytestmark = pytest.mark.slow


@pytest.fixture
def anna(mailfanout_target: Target) -> Stack:
    return stack_for(mailfanout_target, prefix="anna")


def run(command: click.Command, *words: str, typed: str = "") -> str:
    """What a command says that ends well."""
    ended = CliRunner().invoke(command, words, input=typed, catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def test_a_plan_is_said_in_words_or_in_json(mailfanout_target: Target, anna: Stack) -> None:
    said = run(plan_command, "--prefix", "anna", "--design", "reliable")
    found = json.loads(run(plan_command, "--prefix", "anna", "--json"))

    assert "+ rule anna-mailsweep" in said
    assert (found["account"], found["prefix"], found["design"]) == (
        "123456789012",
        "anna",
        "simple",
    )
    assert not any(found["parts"].values())
    assert provision.remaining(mailfanout_target, anna) == []


def test_what_comes_next_is_said_with_the_place_that_was_typed(mailfanout_target: Target) -> None:
    said = run(deploy_command, "--target", "sandbox", "--prefix", "anna")

    assert said.endswith("mailfanout seed --target sandbox --prefix anna\n")


def test_examples_are_not_what_comes_next_where_recipients_may_be(
    mailfanout_target: Target,
) -> None:
    run(deploy_command)

    assert run(deploy_command, "--design", "reliable").endswith("stands in the sandbox.\n")


def as_aws(target: Target) -> Target:
    return replace(target, kind="aws", sandbox=None)


@pytest.mark.parametrize("answer", [True, False])
def test_the_first_deploy_on_aws_says_what_it_makes_and_asks(
    mailfanout_target: Target, anna: Stack, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    said: list[str] = []
    monkeypatch.setattr(console.say, "print", lambda text, **_: said.append(text))
    monkeypatch.setattr(plan, "may_ask", lambda: True)
    monkeypatch.setattr(click, "confirm", lambda text, **_: answer)

    if answer:
        ask_before_first(as_aws(mailfanout_target), anna, "simple", yes=False)
    else:
        with pytest.raises(InputError, match="Nothing was made"):
            ask_before_first(as_aws(mailfanout_target), anna, "simple", yes=False)

    assert "+ table anna-mailaddress" in said[0]


def test_where_nobody_can_be_asked_yes_is_typed(mailfanout_target: Target, anna: Stack) -> None:
    aws = as_aws(mailfanout_target)

    with pytest.raises(InputError, match="type --yes"):
        ask_before_first(aws, anna, "simple", yes=False)
    provision.verify_sender(mailfanout_target, stack_for(mailfanout_target, prefix="ben"))
    with pytest.raises(InputError, match="type --yes"):
        ask_before_first(aws, anna, "simple", yes=False)
    ask_before_first(aws, anna, "simple", yes=True)
    provision.create_table(mailfanout_target, anna)
    ask_before_first(aws, anna, "simple", yes=False)


def interrupt(*_: Any) -> str:
    raise KeyboardInterrupt


def test_every_stack_is_listed_and_asked_for(
    mailfanout_target: Target, anna: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks = [anna, *(stack_for(mailfanout_target, prefix=one) for one in ("ben", "none"))]
    for stack in stacks:
        provision.deploy(mailfanout_target, stack)

    said = run(teardown_command, "--all", typed="y\nn\ny\n")

    assert "the sandbox has the stack anna: 9 parts\n" in said
    assert "    bucket ben-mailbody-20221119\n" in said
    assert "Remove the stack without a prefix?" in said
    left = [provision.remaining(mailfanout_target, stack) for stack in stacks]
    assert [bool(one) for one in left] == [False, True, False]
    ended = run(teardown_command, "--target", "sandbox", "--prefix", "none").splitlines()
    assert ended[0] == "Nothing is left in the sandbox."
    assert ended[1].startswith("Still there, with a prefix: ben. To remove it: ")
    assert ended[1].endswith("mailfanout teardown --target sandbox --prefix ben")
    with pytest.raises(InputError, match="add --yes"):
        run(teardown_command, "--all")
    with monkeypatch.context() as interrupted, pytest.raises(click.Abort):
        interrupted.setattr("click.termui.visible_prompt_func", interrupt)
        teardown_command.main(["--all"], standalone_mode=False)
    assert "Nothing is left of the stack ben.\n" in run(teardown_command, "--all", "--yes")
    assert run(teardown_command, "--all") == "Nothing that mailfanout made is in the sandbox.\n"


@pytest.mark.parametrize("prefix", ["Anna", "a" * 17])
def test_a_prefix_is_refused_before_anything_is_called(prefix: str) -> None:
    with pytest.raises(InputError, match="is no prefix"):
        CliRunner().invoke(deploy_command, ["--prefix", prefix], catch_exceptions=False)


def test_the_prefix_of_a_shell_is_not_said_again(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFANOUT_PREFIX", "anna")

    said = run(deploy_command)

    assert said.endswith("mailfanout seed\n")
    with click.Context(deploy_command, info_name="deploy"):
        assert options.named_prefix() is None


def test_a_sandbox_that_runs_is_not_said_to_be_started(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def status(words: str) -> AbstractContextManager[None]:
        said.append(words)
        return nullcontext()

    monkeypatch.setattr(console.say, "status", status)

    with click.Context(deploy_command):
        console.connect_to("sandbox")

    assert said == ["Connecting …"]
