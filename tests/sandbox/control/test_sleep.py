"""A sandbox that nobody calls ends; one on a laptop that slept goes on where it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.errors import SandboxUnavailable
from mailfanout.sandbox import control
from mailfanout.sandbox.control import process as control_process
from mailfanout.sandbox.control.endings import wait_until_ended
from mailfanout.target import connect, stack_for
from support.sandboxes.account_in_sandbox import Account
from support.waiting import wait_until

pytestmark = [pytest.mark.usefixtures("home"), pytest.mark.slow]

IDLE_LIMIT_SECONDS = 3.0
IMPATIENT = f"""
from mailfanout.sandbox import server
server.IDLE_LIMIT_SECONDS, server.LOOK_SECONDS = {IDLE_LIMIT_SECONDS}, 0.1
server.main()
"""


@pytest.fixture
def impatient() -> Iterator[psutil.Process]:
    """A sandbox that ends after seconds without a call, where others wait for hours."""
    with subprocess.Popen([sys.executable, "-c", IMPATIENT], env=os.environ) as process:
        wait_until(control.find)
        yield psutil.Process(process.pid)
        process.kill()


@contextmanager
def asleep(process: psutil.Process) -> Iterator[None]:
    """Stop every process of the sandbox, as a laptop does whose lid is closed."""
    family = [process, *process.children(recursive=True)]
    for member in family:
        member.suspend()
    try:
        yield
    finally:
        for member in family:
            member.resume()


def let_pass(seconds: float) -> None:
    ends = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > ends)


def test_sandbox_that_nobody_calls_ends_with_every_process_of_it(
    impatient: psutil.Process, tmp_path: Path
) -> None:
    account = Account(connect("sandbox"), tmp_path)
    account.function()
    account.invoke()
    family = [impatient, *impatient.children(recursive=True)]
    assert len(family) > 1
    assert not wait_until_ended(family, limit_seconds=30)
    assert control.find() is None


def test_sleep_does_not_count_as_idleness(impatient: psutil.Process) -> None:
    sqs = connect("sandbox").client("sqs")
    sqs.list_queues()
    with asleep(impatient):
        let_pass(IDLE_LIMIT_SECONDS + 0.5)
    let_pass(0.5)  # It looks at whether it is idle, and must not find that it is.
    assert sqs.list_queues()


def test_calls_that_slept_are_answered_and_timeouts_that_passed_count(tmp_path: Path) -> None:
    sandbox = control.start()
    account = Account(connect("sandbox"), tmp_path)
    url, other_url = account.queue(VisibilityTimeout=1), account.queue("other")
    sqs = account.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="in flight")
    account.receive(url)
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(account.receive, other_url)
        with asleep(psutil.Process(sandbox.pid)):
            calling = pool.submit(sqs.list_queues)
            let_pass(1.5)
        assert len(calling.result()["QueueUrls"]) == 2
        sqs.send_message(QueueUrl=other_url, MessageBody="after")
        assert waiting.result()["Body"] == "after"
    assert account.receive(url)["Attributes"]["ApproximateReceiveCount"] == "2"


def test_send_that_slept_reaches_each_recipient_once() -> None:
    target = connect("sandbox")
    stack = stack_for(target)
    provision.deploy(target, stack)
    people = [recipients.Recipient(f"u{number}@example.com", "u") for number in range(20)]
    recipients.seed(target, stack, people)
    assert target.sandbox is not None
    campaign.upload(target, stack, campaign.example_mail())
    wait_until(target.sandbox.count_mails)
    with asleep(psutil.Process(target.sandbox.pid)):
        let_pass(1)
    target.sandbox.wait_until_quiet()
    assert sorted(mail.to for mail in campaign.inbox(target)) == sorted(p.email for p in people)


def test_sleep_does_not_count_as_a_start_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hours = count(0, 3600)
    laptop = SimpleNamespace(sleep=time.sleep, monotonic=lambda: next(hours))
    monkeypatch.setattr(control_process, "time", laptop)

    assert control.start() == control.find()


def test_a_start_that_takes_too_long_says_that_it_is_worth_another_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control_process, "START_LIMIT_SECONDS", control_process.LOOK_SECONDS)

    with pytest.raises(SandboxUnavailable, match="this machine is busy. Type"):
        control.start()

    assert control.find() is None
