"""What SQS refuses: messages too large, empty or malformed."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.calls.sqs_calls import MakeQueue, bodies, counts, receive, send

MEBIBYTE = 1024 * 1024


def test_message_may_have_one_mebibyte(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue()

    send(client, url, "x" * MEBIBYTE)

    assert counts(client, url) == (1, 0, 0)


def test_message_is_measured_in_bytes(client: Any, make_queue: MakeQueue) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValue.*1048576 bytes"):
        send(client, make_queue(), "メ" * (MEBIBYTE // 3 + 1))


def test_attributes_count_as_part_of_the_message(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue(MaximumMessageSize=1024)
    attribute = {"name": {"DataType": "Binary", "BinaryValue": b"x" * 14}}
    fits = {"MessageBody": "b" * 1000, "MessageAttributes": attribute}

    client.send_message(QueueUrl=url, **fits)
    with pytest.raises(ClientError, match="shorter than 1024 bytes"):
        client.send_message(QueueUrl=url, **{**fits, "MessageBody": "b" * 1001})


def test_batch_may_have_one_mebibyte_together(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue()
    half = MEBIBYTE // 2

    def batch(*sizes: int) -> Any:
        entries = [{"Id": str(i), "MessageBody": "x" * size} for i, size in enumerate(sizes)]
        return client.send_message_batch(QueueUrl=url, Entries=entries)

    assert len(batch(half, half)["Successful"]) == 2
    with pytest.raises(client.exceptions.BatchRequestTooLong):
        batch(half, half, 1)
    assert counts(client, url) == (2, 0, 0)


def test_large_message_of_a_batch_fails_alone(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue(MaximumMessageSize=1024)
    entries = [{"Id": str(size), "MessageBody": "x" * size} for size in (1024, 1025)]

    answer = client.send_message_batch(QueueUrl=url, Entries=entries)

    assert [one["Id"] for one in answer["Successful"]] == ["1024"]
    assert answer["Failed"] == [
        {
            "Id": "1025",
            "SenderFault": True,
            "Code": "InvalidParameterValue",
            "Message": "One or more parameters cannot be validated. "
            "Reason: Message must be shorter than 1024 bytes.",
        }
    ]


@pytest.mark.parametrize("body", ["\x00", "before\x1fafter", "\ufffe"])
def test_character_that_sqs_does_not_carry_is_refused(
    client: Any, make_queue: MakeQueue, body: str
) -> None:
    with pytest.raises(client.exceptions.InvalidMessageContents):
        send(client, make_queue(), body)


@pytest.mark.parametrize("body", ["\t\r\n", "メール配信テスト", "📮"])
def test_characters_that_sqs_carries_arrive(client: Any, make_queue: MakeQueue, body: str) -> None:
    url = make_queue()
    send(client, url, body)

    assert bodies(receive(client, url)) == [body]


def test_empty_message_is_refused(client: Any, make_queue: MakeQueue) -> None:
    with pytest.raises(ClientError, match="MissingParameter"):
        send(client, make_queue(), "")


def test_batch_answers_for_every_entry(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue(MaximumMessageSize=1024)
    entries = [
        {"Id": "good", "MessageBody": "x"},
        {"Id": "long", "MessageBody": "x" * 1025},
        {"Id": "late", "MessageBody": "x", "DelaySeconds": 901},
        {"Id": "null", "MessageBody": "\x00"},
    ]

    answer = client.send_message_batch(QueueUrl=url, Entries=entries)

    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert {entry["Id"]: entry["Code"] for entry in answer["Failed"]} == {
        "long": "InvalidParameterValue",
        "late": "InvalidParameterValue",
        "null": "InvalidMessageContents",
    }
    assert counts(client, url) == (1, 0, 0)


@pytest.mark.parametrize(
    ("ids", "error"),
    [
        (["same", "same"], "BatchEntryIdsNotDistinct"),
        (["not an id"], "InvalidBatchEntryId"),
    ],
)
def test_batch_that_is_malformed_is_refused_whole(
    client: Any, make_queue: MakeQueue, ids: list[str], error: str
) -> None:
    url = make_queue()
    entries = [{"Id": entry_id, "MessageBody": "x"} for entry_id in ids]

    with pytest.raises(getattr(client.exceptions, error)):
        client.send_message_batch(QueueUrl=url, Entries=entries)
    assert counts(client, url) == (0, 0, 0)
