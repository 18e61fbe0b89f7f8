"""How many messages wait, once so many do."""

from __future__ import annotations

import pytest

from mailfanout import show
from mailfanout.errors import MailfanoutError, ResourceMissing
from mailfanout.show import patience
from mailfanout.target import Target


def test_it_is_how_many_messages_wait(mailfanout_target: Target) -> None:
    sqs = mailfanout_target.client("sqs")
    queue_url = sqs.create_queue(QueueName="letters")["QueueUrl"]
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=queue_url, MessageBody=body)

    assert show.depth(mailfanout_target, "letters", at_least=2) == 2


def test_no_queue_has_no_messages(mailfanout_target: Target) -> None:
    assert show.depth(mailfanout_target, "letters") == 0
    with pytest.raises(ResourceMissing, match="Queue letters does not exist"):
        show.depth(mailfanout_target, "letters", at_least=1)


def test_what_never_comes_is_said(
    mailfanout_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailfanout_target.client("sqs").create_queue(QueueName="letters")
    monkeypatch.setattr(patience, "WAIT_LIMIT_SECONDS", 0)

    with pytest.raises(MailfanoutError, match="queue letters has fewer than 1 message"):
        show.depth(mailfanout_target, "letters", at_least=1)
