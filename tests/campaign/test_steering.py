"""What a person does to a campaign, while somebody else is at work on it or when it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from mailfanout.campaign import steering
from mailfanout.errors import InputError, MailfanoutError, ResourceMissing
from mailfanout.ledger import Control, control
from mailfanout.ledger.records import Settled
from mailfanout.stack import Stack


class Waits:
    """A target, and the clock that goes on while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Any:
    waits = Waits()
    monkeypatch.setattr(steering, "time", waits)
    monkeypatch.setattr(Control, "of", lambda *_: None)
    return waits


def test_chunks_that_are_being_sent_are_settled_when_they_are_free(
    target: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = [Settled(2, busy_chunks=2), Settled(0, busy_chunks=1), Settled(3, busy_chunks=0)]
    monkeypatch.setattr(control, "settle", lambda *_, **__: rounds.pop(0))

    assert steering.settle(target, Stack(), "c1", "sent") == 5
    assert (rounds, target.now) == ([], 2.0)


def test_chunks_that_stay_busy_are_waited_for_no_more_than_two_minutes(
    target: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = [Settled(4, busy_chunks=1)]
    again = Settled(0, busy_chunks=1)
    monkeypatch.setattr(control, "settle", lambda *_, **__: rounds.pop() if rounds else again)

    with pytest.raises(MailfanoutError, match=r"^Settled: 4\. Others are being sent just now"):
        steering.settle(target, Stack(), "c1", "pending")
    assert target.now == pytest.approx(120, abs=1)


@pytest.mark.parametrize("steer", [steering.pause, steering.resume, steering.cancel])
@pytest.mark.parametrize("state", ["done", "failed"])
def test_a_campaign_that_is_over_is_left_alone(
    state: str,
    steer: Callable[[Any, Stack, str], None],
    target: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control, "status", lambda *_: {"state": state})
    monkeypatch.setattr(control, steer.__name__, lambda *_: pytest.fail("It was written."))

    with pytest.raises(InputError, match=f"Campaign c1 is {state}: nothing of it is left"):
        steer(target, Stack(), "c1")


@pytest.mark.parametrize("function", ["sweepCampaigns", "sendQueue"])
def test_a_function_that_is_gone_is_named_and_not_the_ledger(
    function: str, target: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function}:$LATEST"
    answer = {"Code": "ResourceNotFoundException", "Message": f"Function not found: {arn}"}
    gone = ClientError({"Error": answer}, "Invoke")
    monkeypatch.setattr(control, "settle", Mock(side_effect=gone))

    with pytest.raises(ResourceMissing, match=f"^Function {function} does not exist"):
        steering.settle(target, Stack(), "c1", "sent")
