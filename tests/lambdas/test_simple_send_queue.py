"""The simple sendQueue: one uploaded object in, one message per recipient out."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest

BUCKET_NAME = "mailbody-20221119"
TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET_NAME}


@pytest.fixture
def queue(aws: None) -> Any:
    return boto3.resource("sqs").create_queue(QueueName="mailsendqueue0000001")


@pytest.fixture
def send_queue(load_handler: Callable[..., ModuleType], table: Any, queue: Any) -> ModuleType:
    return load_handler("simple/sendQueue", TABLE_NAME=table.name, QUEUE_URL=queue.url)


def s3_event(*keys: str) -> dict[str, Any]:
    """What S3 tells the function about uploads: bucket names plain, keys URL-encoded."""
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": BUCKET_NAME}, "object": {"key": quote_plus(key)}},
            }
            for key in keys
        ]
    }


def receive_all(queue: Any) -> list[Any]:
    received: list[Any] = []
    while messages := queue.receive_messages(MaxNumberOfMessages=10, MessageAttributeNames=["All"]):
        received += messages
    return received


def bodies(queue: Any) -> list[str]:
    return sorted(message.body for message in receive_all(queue))


def values(message: Any) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in message.message_attributes.items()}


def fail_entries(
    monkeypatch: pytest.MonkeyPatch, send_queue: ModuleType, *, fails: Callable[[int], bool]
) -> list[int]:
    """Let SQS refuse, in call 0, 1, …, each entry `fails(call)`; returns the sizes of the calls."""
    send_message_batch = send_queue.sqs.send_message_batch
    sizes: list[int] = []

    def flaky(*, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        refused = [entry for entry in Entries if fails(len(sizes))][:2]
        accepted = [entry for entry in Entries if entry not in refused]
        sizes.append(len(Entries))
        response = send_message_batch(QueueUrl=QueueUrl, Entries=accepted) if accepted else {}
        failed = [{"Id": e["Id"], "Code": "InternalError", "SenderFault": False} for e in refused]
        return {**response, "Failed": failed}

    monkeypatch.setattr(send_queue.sqs, "send_message_batch", flaky)
    monkeypatch.setattr(send_queue.time, "sleep", lambda seconds: None)
    return sizes


def test_every_recipient_gets_one_message(
    send_queue: ModuleType, queue: Any, put_recipient: Any
) -> None:
    put_recipient("yamada@example.com", username="山田太郎")
    put_recipient("tanaka@example.com", username="田中一郎")

    send_queue.lambda_handler(s3_event("example.txt"), None)

    assert {message.body: values(message) for message in receive_all(queue)} == {
        email: {"username": username, "bucketname": BUCKET_NAME, "filename": "example.txt"}
        for email, username in (
            ("yamada@example.com", "山田太郎"),
            ("tanaka@example.com", "田中一郎"),
        )
    }


def test_each_uploaded_object_is_enqueued_for_every_recipient(
    send_queue: ModuleType, queue: Any, put_recipient: Any
) -> None:
    put_recipient("yamada@example.com")

    send_queue.lambda_handler(s3_event("first.txt", "second.txt"), None)

    filenames = [values(message)["filename"] for message in receive_all(queue)]
    assert sorted(filenames) == ["first.txt", "second.txt"]


def test_recipient_with_a_delivery_error_is_left_out(
    send_queue: ModuleType, queue: Any, issend: Any, put_recipient: Any
) -> None:
    put_recipient("yamada@example.com")
    put_recipient("bounced@example.com", haserror=1, issend=1)

    send_queue.lambda_handler(s3_event("example.txt"), None)

    assert bodies(queue) == ["yamada@example.com"]
    assert issend("bounced@example.com") == 1


def test_issend_is_reset_for_the_new_mail(
    send_queue: ModuleType, issend: Any, put_recipient: Any
) -> None:
    put_recipient("yamada@example.com", issend=1)

    send_queue.lambda_handler(s3_event("example.txt"), None)

    assert issend("yamada@example.com") == 0


def test_recipients_beyond_the_first_query_page_are_enqueued(
    send_queue: ModuleType, queue: Any, table: Any, put_recipient: Any
) -> None:
    emails = [f"recipient{number}@example.com" for number in range(5)]
    for email in emails:
        put_recipient(email, note="x" * 300_000)
    page = table.scan(IndexName="haserror-index")
    assert page["Count"] < len(emails)

    send_queue.lambda_handler(s3_event("example.txt"), None)

    assert bodies(queue) == emails


def test_messages_are_sent_in_tens(
    send_queue: ModuleType, queue: Any, put_recipient: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    emails = [f"recipient{number:02}@example.com" for number in range(23)]
    for email in emails:
        put_recipient(email)
    sizes = fail_entries(monkeypatch, send_queue, fails=lambda call: False)

    send_queue.lambda_handler(s3_event("example.txt"), None)

    assert sizes == [10, 10, 3]
    assert bodies(queue) == emails


@pytest.mark.parametrize("key", ["two words.txt", "a+b.txt", "2022/お知らせ.txt", "100%.txt"])
def test_object_key_is_decoded(
    send_queue: ModuleType, queue: Any, put_recipient: Any, key: str
) -> None:
    put_recipient("yamada@example.com")

    send_queue.lambda_handler(s3_event(key), None)

    assert [values(message)["filename"] for message in receive_all(queue)] == [key]


def test_failed_entries_alone_are_sent_again(
    send_queue: ModuleType, queue: Any, put_recipient: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    emails = [f"recipient{number}@example.com" for number in range(5)]
    for email in emails:
        put_recipient(email)
    sizes = fail_entries(monkeypatch, send_queue, fails=lambda call: call < 2)

    send_queue.lambda_handler(s3_event("example.txt"), None)

    assert sizes == [5, 2, 2]
    assert bodies(queue) == emails


def test_entries_that_fail_every_time_make_lambda_retry(
    send_queue: ModuleType, put_recipient: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_recipient("yamada@example.com")
    sizes = fail_entries(monkeypatch, send_queue, fails=lambda call: True)

    with pytest.raises(RuntimeError, match="SQS refused 1 messages: InternalError"):
        send_queue.lambda_handler(s3_event("example.txt"), None)

    assert sizes == [1, 1, 1, 1]


def test_recipient_deleted_during_the_send_does_not_come_back(
    send_queue: ModuleType, queue: Any, table: Any, put_recipient: Any
) -> None:
    put_recipient("yamada@example.com")
    put_recipient("sato@example.com")
    send_queue.dynamodb.meta.events.register(
        "after-call.dynamodb.Query",
        lambda **_: table.delete_item(Key={"email": "sato@example.com"}),
    )

    send_queue.lambda_handler(s3_event("example.txt"), None)

    assert bodies(queue) == ["yamada@example.com"]
    assert [item["email"] for item in table.scan()["Items"]] == ["yamada@example.com"]


def test_recipient_without_a_username_is_enqueued_without_the_attribute(
    send_queue: ModuleType, queue: Any, table: Any, put_recipient: Any
) -> None:
    put_recipient("empty@example.com", username="")
    table.put_item(Item={"email": "missing@example.com", "haserror": 0})

    send_queue.lambda_handler(s3_event("example.txt"), None)

    messages = receive_all(queue)
    assert {message.body for message in messages} == {"empty@example.com", "missing@example.com"}
    assert all("username" not in values(message) for message in messages)


@pytest.mark.parametrize(("event", "name"), [(TEST_EVENT, "s3:TestEvent"), ({}, None)])
def test_event_without_records_is_logged_and_ignored(
    send_queue: ModuleType, queue: Any, put_recipient: Any, log_lines: Any, event: Any, name: Any
) -> None:
    put_recipient("yamada@example.com")

    send_queue.lambda_handler(event, None)

    assert bodies(queue) == []
    assert log_lines() == [
        {"outcome": "ignored", "reason": "the event has no records", "event": name}
    ]


def test_each_object_is_logged_with_the_number_enqueued_and_no_address(
    send_queue: ModuleType, put_recipient: Any, log_lines: Any
) -> None:
    put_recipient("yamada@example.com")
    put_recipient("tanaka@example.com")

    send_queue.lambda_handler(s3_event("お知らせ.txt"), None)

    assert log_lines() == [
        {
            "outcome": "enqueued",
            "bucketname": BUCKET_NAME,
            "filename": "お知らせ.txt",
            "recipients": 2,
        }
    ]
