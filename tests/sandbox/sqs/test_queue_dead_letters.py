"""Messages that were received too often move to the dead-letter queue."""

from __future__ import annotations

import json
from typing import Any

from support.calls.sqs_calls import (
    Clock,
    MakePair,
    MakeQueue,
    arn,
    bodies,
    counts,
    delete,
    receive,
    send,
)


def test_message_moves_to_the_dead_letter_queue_on_the_receive_after_the_last_allowed_one(
    client: Any, make_dead_letter_pair: MakePair, clock: Clock
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=2)
    [message_id] = send(client, url, "poison")
    sent_ms = str(clock.now_ms)
    for _ in range(2):
        clock.advance(1)
        assert bodies(receive(client, url)) == ["poison"]
    assert counts(client, dead_url) == (0, 0, 0)

    assert receive(client, url) == []

    assert counts(client, url) == (0, 0, 0)
    [dead] = receive(client, dead_url)
    assert dead["MessageId"] == message_id
    assert dead["Attributes"]["SentTimestamp"] == sent_ms
    assert dead["Attributes"]["ApproximateReceiveCount"] == "3"
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == arn(url)


def test_source_of_a_dead_letter_comes_only_where_it_is_asked_for(
    client: Any, make_dead_letter_pair: MakePair
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=1, VisibilityTimeout=0)
    send(client, url, "poison")
    receive(client, url)
    receive(client, url)

    [plain] = receive(client, dead_url, AttributeNames=["SentTimestamp"])
    [named] = receive(
        client,
        dead_url,
        AttributeNames=[],
        MessageSystemAttributeNames=["DeadLetterQueueSourceArn"],
    )

    assert list(plain["Attributes"]) == ["SentTimestamp"]
    assert named["Attributes"] == {"DeadLetterQueueSourceArn": arn(url)}


def test_one_receive_passes_dead_letters_and_gives_what_is_alive(
    client: Any, make_dead_letter_pair: MakePair
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=1)
    send(client, url, "poison", "poison")
    receive(client, url)
    send(client, url, "alive")

    assert bodies(receive(client, url)) == ["alive"]
    assert counts(client, dead_url) == (2, 0, 0)


def test_old_receipt_handle_does_not_reach_into_the_dead_letter_queue(
    client: Any, make_dead_letter_pair: MakePair
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=1)
    send(client, url, "poison")
    [message] = receive(client, url)
    receive(client, url)

    delete(client, url, message)

    assert counts(client, dead_url) == (1, 0, 0)


def test_dead_letter_expires_by_the_time_at_which_it_was_first_sent(
    client: Any, make_dead_letter_pair: MakePair, clock: Clock
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=1, MessageRetentionPeriod=120)
    send(client, url, "poison")
    clock.advance(60)
    receive(client, url)
    receive(client, url)
    assert counts(client, dead_url) == (1, 0, 0)

    clock.advance(60)

    assert counts(client, dead_url) == (0, 0, 0)


def test_dead_letter_queue_counts_its_own_receives(
    client: Any, make_queue: MakeQueue, make_dead_letter_pair: MakePair
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=2)
    last_arn = arn(make_queue("last"))
    policy = json.dumps({"deadLetterTargetArn": last_arn, "maxReceiveCount": 1})
    client.set_queue_attributes(QueueUrl=dead_url, Attributes={"RedrivePolicy": policy})
    send(client, url, "poison")
    for _ in range(3):
        receive(client, url)

    assert bodies(receive(client, dead_url)) == ["poison"]


def test_dead_letter_queue_that_was_created_anew_is_found(
    client: Any, make_queue: MakeQueue, make_dead_letter_pair: MakePair
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=1)
    client.delete_queue(QueueUrl=dead_url)
    make_queue("dead")
    send(client, url, "poison")

    receive(client, url)
    receive(client, url)

    assert counts(client, dead_url) == (1, 0, 0)


def test_message_stays_where_the_dead_letter_queue_is_gone(
    client: Any, make_dead_letter_pair: MakePair
) -> None:
    url, dead_url = make_dead_letter_pair(max_receive_count=1)
    client.delete_queue(QueueUrl=dead_url)
    send(client, url, "poison")

    assert [bodies(receive(client, url)) for _ in range(3)] == [["poison"]] * 3


def test_dead_letter_queue_lists_its_sources(client: Any, make_dead_letter_pair: MakePair) -> None:
    url, dead_url = make_dead_letter_pair()

    assert client.list_dead_letter_source_queues(QueueUrl=dead_url)["queueUrls"] == [url]
