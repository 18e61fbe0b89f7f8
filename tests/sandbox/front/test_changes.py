"""Of two calls at once that change the same, the second finds what the first has done."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.front import changes, one_at_a_time
from mailfanout.sandbox.http import Answer
from support.sandboxes.in_process import OWNER


@pytest.mark.parametrize(
    ("service", "operations", "at_once"),
    [
        ("lambda", ("CreateFunction", "CreateFunction"), False),
        ("iam", ("CreateUser", "DeleteUser"), False),
        ("sqs", ("CreateQueue", "CreateQueue"), False),
        ("lambda", ("UpdateFunctionCode", "Invoke"), True),
        ("sqs", ("SendMessage", "DeleteMessage"), True),
        ("s3", ("PutObject", "GetObject"), True),
    ],
)
def test_changes_of_one_service_come_one_after_another(
    monkeypatch: pytest.MonkeyPatch, service: str, operations: tuple[str, str], at_once: bool
) -> None:
    """The second is not even looked at before the first is done."""
    both, met = threading.Barrier(2, timeout=5 if at_once else 0.05), []

    def check(*_: Any) -> None:
        try:
            both.wait()
            met.append(True)
        except threading.BrokenBarrierError:
            met.append(False)

    def do(*_: Any) -> Answer:
        return Answer(200, {}, b"")

    monkeypatch.setattr(changes, "check_rules", check)

    model: Any = None
    calls = [ApiCall(service, name, {}, "json", "us-east-1", model=model) for name in operations]
    threads = [threading.Thread(target=one_at_a_time, args=(do, one, OWNER)) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert met == [at_once, at_once]
