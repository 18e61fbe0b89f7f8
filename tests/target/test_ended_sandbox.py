"""A target whose sandbox has ended says so in one line, whatever it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mailfanout import campaign, provision, workshop
from mailfanout.campaign.logs import how_to_read_log
from mailfanout.errors import (
    InputError,
    MailfanoutError,
    ResourceMissing,
    SandboxEnded,
    SendIncomplete,
)
from mailfanout.sandbox import control
from mailfanout.stack import Stack
from mailfanout.target import Target, connect, wait_until
from mailfanout.target.connection import in_sandbox
from support.sandboxes.homes import sandbox_home

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ended_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ended(ended_home: Path) -> Target:
    with sandbox_home(ended_home):
        return connect("sandbox")


def test_a_call_of_aws_tells_to_begin_again(ended: Target) -> None:
    said = f"^The sandbox at {ended.endpoint_url} has ended.* Run the notebook again"

    with pytest.raises(SandboxEnded, match=said):
        ended.client("lambda").list_functions()


def test_the_inbox_tells_to_begin_again(ended: Target) -> None:
    assert ended.sandbox
    with pytest.raises(SandboxEnded, match="Run the notebook again from its first cell"):
        list(ended.sandbox.mails())


def test_a_sandbox_that_has_the_port_of_the_ended_one_is_not_it(
    ended: Target, mailfanout_target: Target
) -> None:
    assert ended.sandbox
    assert mailfanout_target.endpoint_url
    sandbox = replace(ended.sandbox, endpoint_url=mailfanout_target.endpoint_url)

    with pytest.raises(SandboxEnded):
        in_sandbox(sandbox).client("lambda").list_functions()
    with pytest.raises(SandboxEnded):
        list(sandbox.mails())


@pytest.mark.parametrize("look", [lambda: workshop.check("01-1"), lambda: workshop.progress("01")])
def test_exercises_are_not_looked_up_in_a_new_sandbox(
    ended: Target, ended_home: Path, monkeypatch: pytest.MonkeyPatch, look: Callable[[], object]
) -> None:
    monkeypatch.setenv("MAILFANOUT_HOME", str(ended_home))

    with pytest.raises(SandboxEnded, match="Run the notebook again from its first cell"):
        look()
    assert control.find() is None


def test_in_a_notebook_that_is_one_line_which_names_no_command() -> None:
    [said] = SandboxEnded("http://127.0.0.1:9")._render_traceback_()

    assert said.endswith("gone. Run the notebook again from its first cell.")


def test_in_a_notebook_what_is_missing_is_built_by_its_cells() -> None:
    missing = ResourceMissing("Table", "maildelivery", hint="mailfanout deploy --design reliable")

    assert missing._render_traceback_() == [
        "ResourceMissing: Table maildelivery does not exist. "
        "Run the notebook again from its first cell."
    ]


def test_in_a_notebook_who_is_missing_is_added_by_its_cells(mailfanout_target: Target) -> None:
    stack = Stack()
    provision.create_table(mailfanout_target, stack)

    with pytest.raises(InputError) as refused:
        campaign.send(mailfanout_target, stack, campaign.example_mail())

    assert refused.value._render_traceback_() == [
        "InputError: There is nobody to send to. Run the notebook again from its first cell."
    ]


def test_in_a_notebook_a_cell_is_run_again_and_no_command_typed() -> None:
    with pytest.raises(MailfanoutError) as waited:
        wait_until(lambda: False, description="no", sleep=lambda seconds: None)

    assert waited.value._render_traceback_() == [
        "MailfanoutError: Waited 600 s in vain: no. Run the cell again."
    ]


def test_in_a_notebook_no_command_is_typed_wherever_the_sentence_says_so() -> None:
    error = MailfanoutError("Set the clock, then type the same command again.")

    assert error.in_a_notebook() == "Set the clock, then run the cell again."


def test_in_a_notebook_a_log_is_read_by_a_call() -> None:
    error = SendIncomplete(how_to_read_log("7-sendQueue"), sent=0, expected=3)

    read = 'With show.log(target, stack, "7-sendQueue"), read the log of 7-sendQueue.'
    assert error.in_a_notebook() == read
