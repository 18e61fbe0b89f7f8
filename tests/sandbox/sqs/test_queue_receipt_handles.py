"""Which receipt handles delete a message, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.sqs_calls import (
    Clock,
    MakeQueue,
    change_visibility,
    counts,
    delete,
    receive,
    send,
)


def test_deleted_message_does_not_return(client: Any, make_queue: MakeQueue, clock: Clock) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "one")
    [message] = receive(client, url)

    delete(client, url, message)
    clock.advance(3600)

    assert counts(client, url) == (0, 0, 0)
    assert receive(client, url) == []


def test_deleting_twice_is_no_error(client: Any, make_queue: MakeQueue) -> None:
    url = make_queue()
    send(client, url, "one", "two")
    first, second = receive(client, url)

    delete(client, url, first)
    delete(client, url, first)

    assert counts(client, url) == (0, 0, 1)


def test_old_receipt_handle_is_accepted_and_deletes_nothing(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "one")
    [old] = receive(client, url)
    clock.advance(30)
    [new] = receive(client, url)

    delete(client, url, old)
    assert counts(client, url) == (0, 0, 1)

    delete(client, url, new)
    assert counts(client, url) == (0, 0, 0)


def test_message_that_is_visible_again_can_still_be_deleted(
    client: Any, make_queue: MakeQueue, clock: Clock
) -> None:
    url = make_queue(VisibilityTimeout=30)
    send(client, url, "one")
    [message] = receive(client, url)
    clock.advance(31)

    delete(client, url, message)

    assert counts(client, url) == (0, 0, 0)


@pytest.mark.parametrize("handle", ["nonsense", "bm9uc2Vuc2U=", "YTpiOmM6ZA==", "ジ"])
def test_nonsense_is_no_receipt_handle(client: Any, make_queue: MakeQueue, handle: str) -> None:
    url = make_queue()

    with pytest.raises(client.exceptions.ReceiptHandleIsInvalid):
        client.delete_message(QueueUrl=url, ReceiptHandle=handle)
    with pytest.raises(client.exceptions.ReceiptHandleIsInvalid):
        change_visibility(client, url, {"ReceiptHandle": handle}, 1)


def test_receipt_handle_of_another_queue_is_refused(client: Any, make_queue: MakeQueue) -> None:
    url, other_url = make_queue(), make_queue("other")
    send(client, url, "one")
    [message] = receive(client, url)

    with pytest.raises(client.exceptions.ReceiptHandleIsInvalid):
        delete(client, other_url, message)


def test_batch_of_deletions_tells_which_handles_are_invalid(
    client: Any, make_queue: MakeQueue
) -> None:
    url = make_queue()
    send(client, url, "one")
    [message] = receive(client, url)
    entries = [
        {"Id": "good", "ReceiptHandle": message["ReceiptHandle"]},
        {"Id": "bad", "ReceiptHandle": "nonsense"},
    ]

    answer = client.delete_message_batch(QueueUrl=url, Entries=entries)

    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(e["Id"], e["Code"]) for e in answer["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]
