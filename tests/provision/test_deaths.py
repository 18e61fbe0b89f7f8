"""Whatever a process died in the middle of: a teardown finds it all, and nothing of others."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.provision import find_parts
from mailfanout.sandbox import control
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Sleep, Target, stack_for
from mailfanout.target.connection import in_sandbox
from support.sandboxes.hasty_sandbox import hasty_target
from support.waiting import wait_until

pytestmark = pytest.mark.slow

MOMENTS = 10
WORDS = [sys.executable, "-m", "mailfanout"]

Work = Callable[[Target, Stack], Any]
DEPLOY: Work = partial(provision.deploy, design="reliable")
TEARDOWN: Work = provision.teardown


class Killed(BaseException):
    """Nothing of ours catches it: after it, no call is made."""


class Mortal:
    """Somebody who works in the sandbox, and dies when told to."""

    def __init__(self, sleep: Sleep = time.sleep) -> None:
        self.calls, self.last = 0, math.inf
        own_target = in_sandbox.__wrapped__(control.start())  # nobody else shall die
        self.target = replace(own_target, sleep=sleep)
        self.target.session.events.register("before-call", self._count)

    def work(self, work: Work, stack: Stack, *, calls: float = math.inf) -> int:
        """Do the work, and die after so many calls; how many there were."""
        self.calls, self.last = 0, calls
        with suppress(Killed):
            work(self.target, stack)
        return self.calls

    def _count(self, **_: Any) -> None:
        if self.calls >= self.last:
            raise Killed
        self.calls += 1


def kill_at(sandbox: Sandbox, operation: str, *words: str) -> None:
    """Run a command, and kill it once it has made a call of this operation."""
    sandbox.call("DELETE", "/calls")
    with subprocess.Popen([*WORDS, *words, "--prefix", "anna"]) as command:
        wait_until(lambda: operation in str(sandbox.calls()))
        command.kill()


def standing(target: Target, stack: Stack) -> list[str]:
    """What stands of a stack, by its names and by its tags."""
    titles = [found.title(target) for found in find_parts(target, stack)]
    return sorted({*provision.describe(target, stack), *titles})


@pytest.fixture
def stacks(mailfanout_target: Target) -> tuple[Stack, Stack]:
    """Anna's, and Ben's, which stands beside it."""
    anna, ben = (stack_for(mailfanout_target, prefix=prefix) for prefix in ("anna", "ben"))
    ben = replace(ben, sender="ben@example.com")
    DEPLOY(mailfanout_target, ben)
    return anna, ben


def die_at_ten_moments(target: Target, anna: Stack, work: Work, mortal: Mortal) -> None:
    """Of the work, each time anew; a teardown after it has to leave nothing."""

    def prepare() -> None:
        if work is TEARDOWN:
            DEPLOY(target, anna)

    prepare()
    calls = mortal.work(work, anna)
    provision.teardown(target, anna)
    for moment in range(MOMENTS):
        prepare()
        mortal.work(work, anna, calls=calls * moment // MOMENTS + 1)
        provision.teardown(target, anna)
        assert standing(target, anna) == [], f"moment {moment}"


@pytest.mark.parametrize("work", [DEPLOY, TEARDOWN], ids=["deploy", "teardown"])
def test_a_teardown_after_a_death_leaves_nothing(
    mailfanout_target: Target, stacks: tuple[Stack, Stack], work: Work
) -> None:
    anna, ben = stacks
    before = standing(mailfanout_target, ben)

    die_at_ten_moments(mailfanout_target, anna, work, Mortal())

    assert standing(mailfanout_target, ben) == before


@pytest.mark.thorough
@pytest.mark.parametrize("work", [DEPLOY, TEARDOWN], ids=["deploy", "teardown"])
def test_a_teardown_after_a_death_leaves_nothing_at_the_pace_of_aws(home: Path, work: Work) -> None:
    with hasty_target(home) as target:
        anna = stack_for(target, prefix="anna")

        die_at_ten_moments(target, anna, work, Mortal(sleep=target.sleep))


def test_a_command_that_is_killed_leaves_nothing_that_a_teardown_does_not_find(
    mailfanout_target: Target, sandbox: Sandbox
) -> None:
    anna = stack_for(mailfanout_target, prefix="anna")
    kill_at(sandbox, "lambda:CreateFunction", "deploy", "--design", "reliable")
    assert "table anna-mailaddress" in standing(mailfanout_target, anna)
    kill_at(sandbox, "lambda:DeleteFunction", "teardown")

    subprocess.run([*WORDS, "teardown", "--prefix", "anna"], check=True, timeout=120)

    assert standing(mailfanout_target, anna) == provision.remaining(mailfanout_target, anna) == []


def test_what_no_name_leads_to_is_found_by_its_tag(mailfanout_target: Target) -> None:
    anna = stack_for(mailfanout_target, prefix="anna")
    before = replace(anna, sender="earlier@example.com", queue_name="anna-earlier")
    provision.deploy(mailfanout_target, before)

    provision.teardown(mailfanout_target, anna)

    assert standing(mailfanout_target, before) == []


def test_a_sender_stays_while_another_stack_needs_it(mailfanout_target: Target) -> None:
    anna, ben = (stack_for(mailfanout_target, prefix=prefix) for prefix in ("anna", "ben"))
    for stack in (anna, ben, anna):
        provision.deploy(mailfanout_target, stack)

    provision.teardown(mailfanout_target, anna)
    assert standing(mailfanout_target, anna) == ["identity sender@example.com"]
    assert provision.remaining(mailfanout_target, anna) == []
    provision.teardown(mailfanout_target, ben)

    assert standing(mailfanout_target, ben) == []


def test_two_stacks_send_to_their_own_people(mailfanout_target: Target) -> None:
    stacks = [stack_for(mailfanout_target, prefix=prefix) for prefix in ("anna", "anna-b")]
    for stack in stacks:
        provision.deploy(mailfanout_target, stack)
        people = [recipients.Recipient(f"{stack.stack_name}@example.com", "人")]
        recipients.seed(mailfanout_target, stack, people)

    campaign.send(mailfanout_target, stacks[0], campaign.example_mail())
    provision.teardown(mailfanout_target, stacks[0])
    report = campaign.send(mailfanout_target, stacks[1], campaign.example_mail())

    assert [mail.to for mail in report.mails] == ["anna-b-mailfanout@example.com"]
    assert report.sent == 1
