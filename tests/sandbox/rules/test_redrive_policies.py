"""Which redrive policies SQS refuses, of a queue and of its dead-letter queue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account, queue_arn


def policy(**changes: Any) -> dict[str, str]:
    redrive = {"deadLetterTargetArn": queue_arn(), "maxReceiveCount": 3}
    return {"RedrivePolicy": json.dumps({**redrive, **changes})}


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"RedrivePolicy": "no JSON"}, "Redrive policy is not a valid JSON map."),
        (policy(more=1), "supported: [deadLetterTargetArn, maxReceiveCount]."),
        ({"RedrivePolicy": '{"maxReceiveCount": 3}'}, "mandatory attribute: deadLetterTargetArn."),
        (policy(deadLetterTargetArn="queue"), "Invalid value for deadLetterTargetArn."),
        (policy(maxReceiveCount="9" * 5000), "valid values are from 1 to 1000 both inclusive."),
        (policy(maxReceiveCount=0), "valid values are from 1 to 1000 both inclusive."),
        (policy(deadLetterTargetArn=queue_arn("orders.fifo")), "must be same type of queue"),
        (policy(deadLetterTargetArn=queue_arn("nope")), "Dead letter target does not exist."),
    ],
)
def test_a_redrive_policy_that_sqs_does_not_take_is_refused(
    account: Account, attributes: dict[str, str], words: str
) -> None:
    create = account.client("sqs").create_queue

    code, message = refusal(create, QueueName="another", Attributes=attributes)

    assert code == "InvalidParameterValue"
    assert message.startswith(f"Value {attributes['RedrivePolicy']} for parameter RedrivePolicy")
    assert words in message


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("[" * 100_000, "not a valid JSON map."),
        ('{"redrivePermission": "some"}', "Invalid value for redrivePermission: some."),
        ('{"redrivePermission": "byQueue"}', "sourceQueueArns go with"),
        ('{"redrivePermission": "denyAll", "sourceQueueArns": ["a"]}', "sourceQueueArns go with"),
        ('{"redrivePermission": "byQueue", "sourceQueueArns": []}', "from 1 to 10 queues."),
    ],
    ids=lambda text: text[:60],
)
def test_a_redrive_allow_policy_that_sqs_does_not_take_is_refused(
    account: Account, policy: str, words: str
) -> None:
    attributes = {"RedriveAllowPolicy": policy}

    code, message = refusal(
        account.client("sqs").create_queue, QueueName="another", Attributes=attributes
    )

    assert (code, words in message) == ("InvalidParameterValue", True)


def test_a_dead_letter_queue_says_whose_it_is(account: Account) -> None:
    sqs = account.client("sqs")
    let_in = {"redrivePermission": "byQueue", "sourceQueueArns": [queue_arn("let-in")]}
    sqs.create_queue(QueueName="dead", Attributes={"RedriveAllowPolicy": json.dumps(let_in)})
    redrive = policy(deadLetterTargetArn=queue_arn("dead"))

    sqs.create_queue(QueueName="let-in", Attributes=redrive)

    answer = refusal(sqs.create_queue, QueueName="left-out", Attributes=redrive)
    assert answer[1].endswith("Dead letter target does not allow this queue.")
