"""A tour removes what stands, and says so before it does."""

from __future__ import annotations

import pytest

from mailfanout import provision, recipients
from mailfanout.commands import pipeline, tour
from mailfanout.target import Target, stack_for
from support.command_line import run

pytestmark = pytest.mark.slow


def test_what_another_tour_left_is_removed_without_a_word(mailfanout_target: Target) -> None:
    for _ in range(2):
        finished = run("tour")
        assert (finished.exit_code, "removes" in finished.stderr) == (0, False)


def test_recipients_of_ones_own_are_removed_only_if_somebody_says_so(
    mailfanout_target: Target,
) -> None:
    stack = stack_for(mailfanout_target)
    provision.deploy(mailfanout_target, stack, design="reliable")
    ada = recipients.Recipient("ada@example.com", "Ada")
    recipients.seed(mailfanout_target, stack, [ada])

    refused = run("tour")

    assert refused.exit_code == 2
    assert "It removes what stands: the reliable design, 1 recipient." in refused.stderr
    assert "type --yes" in refused.stderr
    assert recipients.read_due(mailfanout_target, stack) == [ada]
    assert run("tour", "--yes").exit_code == 0
    assert provision.find_design(mailfanout_target, stack) == "simple"


@pytest.mark.parametrize("command", [["tour", "--json", "--yes"], ["seed"]])
def test_examples_on_aws_are_nobodys_mailbox(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    seeded: list[recipients.Recipient] = []
    stack = stack_for(mailfanout_target)
    provision.create_table(mailfanout_target, stack)
    monkeypatch.setattr(
        recipients, "seed", lambda target, stack, people, **_: seeded.extend(people)
    )
    for module in (tour, pipeline):
        monkeypatch.setattr(module, "connect_to", lambda kind: (mailfanout_target, stack))

    run(*command, "--target", "aws")

    assert [one.email.partition("@")[2] for one in seeded] == ["simulator.amazonses.com"] * 3
