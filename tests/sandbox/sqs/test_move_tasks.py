"""StartMessageMoveTask and its siblings: dead letters go back, or on to another queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.sandboxes.account_in_sandbox import Account, queue_arn
from support.waiting import wait_until

SOON = {"VisibilityTimeout": 0}


@pytest.fixture
def dead_url(account: Account) -> Iterator[str]:
    """Of an empty dead-letter queue, `dead`, to which `queue` sends what was received once."""
    url = account.queue("dead")
    redrive = {"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 1}
    account.queue("queue", RedrivePolicy=json.dumps(redrive), **SOON)
    yield url


def url_of(account: Account) -> str:
    url: str = account.client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    return url


def fail(account: Account, *bodies: str) -> None:
    """Let messages go through the queue to its dead-letter queue."""
    sqs, url = account.client("sqs"), url_of(account)
    attributes = {"username": {"DataType": "String", "StringValue": "山田"}}
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
        sqs.receive_message(QueueUrl=url)
    sqs.receive_message(QueueUrl=url)


def tasks(account: Account, **options: Any) -> list[dict[str, Any]]:
    answer = account.client("sqs").list_message_move_tasks(SourceArn=queue_arn("dead"), **options)
    found: list[dict[str, Any]] = answer.get("Results", [])
    return found


def start(account: Account, **options: Any) -> str:
    answer = account.client("sqs").start_message_move_task(SourceArn=queue_arn("dead"), **options)
    return str(answer["TaskHandle"])


def ended(account: Account) -> dict[str, Any]:
    """The latest task, once it is over."""
    wait_until(lambda: tasks(account)[0]["Status"] != "RUNNING")
    return tasks(account)[0]


def test_dead_letters_go_back_to_where_they_came_from_as_new_messages(
    account: Account, dead_url: str
) -> None:
    fail(account, "a", "b", "c")

    start(account)

    task = ended(account)
    assert task.pop("StartedTimestamp") > 1_700_000_000_000
    assert task == {
        "Status": "COMPLETED",
        "SourceArn": queue_arn("dead"),
        "ApproximateNumberOfMessagesMoved": 3,
        "ApproximateNumberOfMessagesToMove": 3,
    }
    assert account.messages_in(dead_url) == 0
    message = account.receive(url_of(account))
    assert message["Body"] == "a"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in message["Attributes"]
    assert message["MessageAttributes"]["username"]["StringValue"] == "山田"


def test_dead_letters_go_on_to_the_queue_that_is_named(account: Account, dead_url: str) -> None:
    other_url = account.queue("other")
    account.client("sqs").send_message(QueueUrl=dead_url, MessageBody="sent here by hand")

    start(account, DestinationArn=queue_arn("other"))

    assert ended(account)["DestinationArn"] == queue_arn("other")
    assert account.receive(other_url)["Body"] == "sent here by hand"


@pytest.mark.parametrize(
    "by_hand, reason",
    [
        (True, "CouldNotDetermineMessageSource"),
        (False, "AWS.SimpleQueueService.NonExistentQueue"),
    ],
)
def test_message_that_has_nowhere_to_go_ends_the_task_and_stays(
    account: Account, dead_url: str, by_hand: bool, reason: str
) -> None:
    sqs = account.client("sqs")
    if by_hand:
        sqs.send_message(QueueUrl=dead_url, MessageBody="sent here by hand")
    else:
        fail(account, "a")
        redrive = {"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 1}
        account.queue("other", RedrivePolicy=json.dumps(redrive))
        sqs.delete_queue(QueueUrl=url_of(account))

    start(account)

    task = ended(account)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", reason)
    assert account.receive(dead_url)


def test_one_task_runs_at_a_time_at_its_rate_until_it_is_cancelled(
    account: Account, dead_url: str
) -> None:
    sqs = account.client("sqs")
    fail(account, *"abc")

    handle = start(account, MaxNumberOfMessagesPerSecond=1)
    wait_until(lambda: tasks(account)[0]["ApproximateNumberOfMessagesMoved"] == 1)

    assert tasks(account)[0]["TaskHandle"] == handle
    with pytest.raises(ClientError, match="There is already a task running"):
        start(account)
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 1
    wait_until(lambda: tasks(account)[0]["Status"] == "CANCELLED")
    assert account.messages_in(dead_url) == 2
    with pytest.raises(ClientError, match="Task does not exist"):
        sqs.cancel_message_move_task(TaskHandle=handle)


def test_latest_of_the_tasks_comes_first(account: Account, dead_url: str) -> None:
    account.queue("other")
    start(account)
    ended(account)
    start(account, DestinationArn=queue_arn("other"))

    latest, first = tasks(account, MaxResults=10)

    assert (latest.get("DestinationArn"), first.get("DestinationArn")) == (
        queue_arn("other"),
        None,
    )
    assert tasks(account) == [latest]


@pytest.mark.parametrize(
    "parameters, code, message",
    [
        ({"SourceArn": queue_arn("nobody")}, "ResourceNotFoundException", "SourceArn"),
        ({"SourceArn": "dead"}, "ResourceNotFoundException", "SourceArn"),
        ({"DestinationArn": queue_arn("nobody")}, "ResourceNotFoundException", "DestinationArn"),
        ({"DestinationArn": queue_arn("dead")}, "InvalidParameterValue", "cannot be the same"),
        ({"SourceArn": queue_arn("queue")}, "InvalidParameterValue", "as a Dead Letter Queue"),
        ({"MaxNumberOfMessagesPerSecond": 501}, "InvalidParameterValue", "between 1 and 500"),
    ],
)
def test_task_is_not_started(
    account: Account, dead_url: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    asked = {"SourceArn": queue_arn("dead"), **parameters}

    with pytest.raises(ClientError, match=message) as caught:
        account.client("sqs").start_message_move_task(**asked)

    assert caught.value.response["Error"]["Code"] == code
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status == (404 if code == "ResourceNotFoundException" else 400)


def test_handle_that_nobody_gave_is_refused(account: Account) -> None:
    with pytest.raises(ClientError, match="Value for parameter TaskHandle is invalid"):
        account.client("sqs").cancel_message_move_task(TaskHandle="no handle")


def test_dead_letters_of_a_fifo_queue_keep_their_groups(account: Account) -> None:
    sqs = account.client("sqs")
    fifo = {"FifoQueue": "true"}
    dead_url = account.queue("dead.fifo", **fifo)
    redrive = {"deadLetterTargetArn": queue_arn("dead.fifo"), "maxReceiveCount": 1}
    url = account.queue("queue.fifo", RedrivePolicy=json.dumps(redrive), **fifo, **SOON)
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
    sqs.receive_message(QueueUrl=url)
    sqs.receive_message(QueueUrl=url)
    assert account.messages_in(dead_url) == 1

    sqs.start_message_move_task(SourceArn=queue_arn("dead.fifo"))

    assert account.receive(url)["Attributes"]["MessageGroupId"] == "g"
