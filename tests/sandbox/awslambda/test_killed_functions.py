"""Functions that are killed: before they start, midway, and when they have done their work."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout import faults, recipients
from mailfanout.recipients.checking import Recipient
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.parts.pipelines import invoke_send_queue

pytestmark = pytest.mark.slow


def seed(target: Target, stack: Stack, count: int) -> None:
    people = [Recipient(f"user{number}@example.com", "User") for number in range(count)]
    recipients.seed(target, stack, people)


def test_function_that_is_killed_at_its_start_calls_nothing(
    mailfanout_target: Target, sandbox: Sandbox, stack: Stack
) -> None:
    faults.kill_at_start(mailfanout_target, stack.send_queue_name)
    answer = invoke_send_queue(mailfanout_target, stack)
    assert answer["errorType"] == "Runtime.ExitError"
    assert stack.send_queue_name not in sandbox.calls()


def test_function_that_is_killed_after_some_calls_makes_no_more(
    mailfanout_target: Target, sandbox: Sandbox, stack: Stack
) -> None:
    seed(mailfanout_target, stack, 5)
    faults.kill_after_calls(mailfanout_target, stack.send_queue_name, 3)
    answer = invoke_send_queue(mailfanout_target, stack)
    assert answer["errorType"] == "Runtime.ExitError"
    calls = sandbox.calls()[stack.send_queue_name]
    assert calls == {"dynamodb:Query": 1, "dynamodb:UpdateItem": 2}


def test_function_that_is_killed_at_its_end_has_done_its_work(
    mailfanout_target: Target, sandbox: Sandbox, stack: Stack
) -> None:
    seed(mailfanout_target, stack, 1)
    faults.kill_at_end(mailfanout_target, stack.send_queue_name)
    answer = invoke_send_queue(mailfanout_target, stack)
    assert answer["errorType"] == "Runtime.ExitError"
    assert sandbox.calls()[stack.send_queue_name]["sqs:SendMessageBatch"] == 1


@pytest.mark.parametrize("kill", [faults.kill_at_start, faults.kill_at_end])
def test_function_runs_again_after_it_was_killed(
    mailfanout_target: Target, stack: Stack, kill: Any
) -> None:
    kill(mailfanout_target, stack.send_queue_name)
    invoke_send_queue(mailfanout_target, stack)
    assert invoke_send_queue(mailfanout_target, stack) is None


def test_other_function_is_not_killed(mailfanout_target: Target, stack: Stack) -> None:
    fault = faults.kill_at_start(mailfanout_target, stack.read_message_name)
    assert invoke_send_queue(mailfanout_target, stack) is None
    assert faults.active(mailfanout_target) == (fault,)
