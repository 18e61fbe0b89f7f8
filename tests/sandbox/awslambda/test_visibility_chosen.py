"""A function may choose when a message that it fails to handle comes back."""

from __future__ import annotations

from typing import Any

import pytest

from support.sandboxes.account_in_sandbox import RECORD, Account, queue_arn

pytestmark = pytest.mark.slow

# Gives each of its messages a visibility timeout, then fails. With 0 it comes back at once.
CHOOSE_AND_FAIL = f"""
import boto3
sqs = boto3.client("sqs")
{RECORD}
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    for record in event["Records"]:
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=SECONDS
        )
    raise ValueError("not yet")
"""


def send_to(account: Account, *, seconds: int, **attributes: Any) -> str:
    """Have a message handled by a function that chooses so many seconds; the queue's URL."""
    queue_url = account.queue(**attributes)
    account.function(CHOOSE_AND_FAIL.replace("SECONDS", str(seconds)))
    account.client("lambda").create_event_source_mapping(
        EventSourceArn=queue_arn(), FunctionName="recorder"
    )
    account.client("sqs").send_message(QueueUrl=queue_url, MessageBody="later")
    return queue_url


def test_message_comes_back_when_the_function_has_chosen(account: Account) -> None:
    account.set_time_scale(1)

    send_to(account, seconds=1, VisibilityTimeout=600)

    records = account.wait_for(2, account.records)
    counts = [record["attributes"]["ApproximateReceiveCount"] for record in records[:2]]
    assert counts == ["1", "2"]


def test_message_stays_away_as_long_as_the_function_has_chosen(account: Account) -> None:
    queue_url = send_to(account, seconds=600, VisibilityTimeout=20)

    account.wait_for(1, account.events)
    account.client("sqs").receive_message(QueueUrl=queue_url, WaitTimeSeconds=2)
    assert len(account.events()) == 1
    assert account.messages_in(queue_url) == 1
