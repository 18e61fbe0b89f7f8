"""`mailfanout sandbox …` as a user types it."""

from __future__ import annotations

import json
import sys

import psutil
import pytest

from mailfanout import faults
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.command_line import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("mailfanout_target")]


def test_fault_is_switched_on_shown_and_switched_off(mailfanout_target: Target) -> None:
    on = run("sandbox", "fault", "ses-throttle", "--times", "10", "--to", "yamada@example.com")
    assert on == (0, "From now on SES throttles a mail to yamada@example.com, 10 times.\n", "")
    assert run("sandbox", "faults").stdout == (
        "SES throttles a mail to yamada@example.com, 10 times\n"
    )
    (listed,) = json.loads(run("sandbox", "faults", "--json").stdout)
    assert (listed["kind"], listed["times"]) == ("ses-throttle", 10)
    assert "No fault is on" in run("sandbox", "faults", "--clear").stdout
    assert faults.active(mailfanout_target) == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ses-reject"], "SES rejects a mail to *, once"),
        (["ses-suspend"], "SES refuses a mail to *, because the account is suspended, once"),
        (
            ["throttle", "dynamodb:UpdateItem", "--by", "sendQueue"],
            "dynamodb:UpdateItem by sendQueue is throttled, once",
        ),
        (["fail", "s3:GetObject"], "s3:GetObject fails with an internal error, its work not done"),
        (["slow", "sqs:*", "--delay-ms", "200"], "sqs:* takes 200 ms longer, once"),
        (["lose-reply", "sesv2:SendEmail"], "the reply of sesv2:SendEmail is lost, its work done"),
        (["s3-event-twice"], "an event of bucket * is delivered twice, once"),
        (["message-twice"], "a message of queue * comes back although it was deleted, once"),
        (["entry-fails", "--queue", "q"], "an entry of SendMessageBatch to queue q fails, once"),
        (["kill-at-start", "sendQueue"], "function sendQueue is killed before it starts, once"),
        (
            ["kill-after-calls", "sendQueue", "3", "--times", "2"],
            "function sendQueue is killed after its API call number 3, 2 times",
        ),
        (["kill-at-end", "sendQueue"], "function sendQueue is killed when it has finished"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_fault_has_a_command(arguments: list[str], said: str) -> None:
    assert f"From now on {said}" in run("sandbox", "fault", *arguments).stdout


def test_help_lists_the_faults_with_an_example() -> None:
    shown = run("sandbox", "fault", "--help").stdout
    assert "mailfanout sandbox fault ses-throttle --to yamada@example.com --times 10" in shown
    assert "kill-after-calls" in shown


def test_setting_is_changed_and_shown(sandbox: Sandbox) -> None:
    assert run("sandbox", "set", "time-scale", "0.01").stdout == "time-scale is 0.01 now.\n"
    assert run("sandbox", "set", "time-scale", "０.０１").exit_code == 0
    assert run("sandbox", "set", "time-scale", "1²").exit_code != 0
    run("sandbox", "set", "production", "false")
    assert sandbox.settings()["production"] is False
    run("sandbox", "set", "pace", "aws")
    shown = run("sandbox", "settings").stdout
    assert "time-scale        0.01\npace              aws\nproduction        false\n" in shown
    assert json.loads(run("sandbox", "settings", "--json").stdout) == sandbox.settings()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process")
@pytest.mark.parametrize("command", ["status", "start"])
def test_a_sandbox_that_does_not_answer_is_not_said_to_run(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("mailfanout.sandbox.control.client.CALL_LIMIT_SECONDS", 0.2)
    process = psutil.Process(sandbox.pid)
    process.suspend()
    try:
        code, said, wrong = run("sandbox", command)
    finally:
        process.resume()

    assert (code, said) == (1, "")
    assert f"The sandbox (process {sandbox.pid}) does not answer" in wrong
    assert "Type: mailfanout sandbox stop --now" in wrong


def test_calls_are_shown_and_reset(sent: Stack) -> None:
    shown = run("sandbox", "calls").stdout
    assert "sendQueue: 5 calls\n       1  dynamodb:Query\n" in shown
    counts = json.loads(run("sandbox", "calls", "--json", "--reset").stdout)
    assert counts["readMessageAndSendMail"]["sesv2:SendEmail"] == 3
    assert "Nobody has called AWS" in run("sandbox", "calls").stdout
