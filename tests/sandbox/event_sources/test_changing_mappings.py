"""A mapping that is switched off, changed or deleted, or that lacks what it needs."""

from __future__ import annotations

import pytest

from support.parts.mapped_queues import bodies, delete, map_queue, send, update, wait_until_empty
from support.sandboxes.account_in_sandbox import (
    EVERYTHING,
    RECORD,
    Account,
    allow,
)

pytestmark = pytest.mark.slow


def test_disabled_mapping_leaves_the_queue_alone_until_it_is_enabled(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    uuid = map_queue(account, Enabled=False)
    send(account, queue_url, "later")
    assert account.receive(queue_url, VisibilityTimeout=0)["Body"] == "later"

    account.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)

    wait_until_empty(account, queue_url)
    assert bodies(account) == ["later"]


@pytest.mark.parametrize("end", ["disable", "delete"])
def test_mapping_that_was_ended_takes_no_more_messages(account: Account, end: str) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    uuid = map_queue(account)
    send(account, queue_url, "before")
    wait_until_empty(account, queue_url)

    if end == "disable":
        update(account, {"UUID": uuid}, Enabled=False)
    else:
        delete(account, {"UUID": uuid})
    send(account, queue_url, "after")

    assert account.receive(queue_url)["Body"] == "after"
    assert bodies(account) == ["before"]


def test_updated_batch_size_holds_for_the_next_batch(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    uuid = map_queue(account, Enabled=False)
    account.client("lambda").update_event_source_mapping(UUID=uuid, BatchSize=1, Enabled=True)

    send(account, queue_url, "one", "two")

    wait_until_empty(account, queue_url)
    assert len(account.events()) == 2


def test_updated_mapping_can_be_for_another_function(account: Account) -> None:
    queue_url = account.queue()
    account.function("def lambda_handler(event, context):\n    1 / 0\n")
    account.function(RECORD, name="another")
    uuid = map_queue(account)

    update(account, {"UUID": uuid}, FunctionName="another")
    send(account, queue_url, "hello")

    wait_until_empty(account, queue_url)
    assert bodies(account) == ["hello"]


def test_queue_that_was_deleted_and_created_again_is_polled_again(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account)
    account.client("sqs").delete_queue(QueueUrl=queue_url)
    account.queue()

    send(account, queue_url, "hello")

    assert account.wait_for(1, lambda: bodies(account)) == ["hello"]


def test_messages_wait_while_their_function_is_missing(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account)
    account.client("lambda").delete_function(FunctionName="recorder")
    send(account, queue_url, "hello")

    account.function(RECORD)

    (record,) = account.wait_for(1, account.records)
    assert record["body"] == "hello"
    # The poll that was under way may have taken it once; no other did.
    assert int(record["attributes"]["ApproximateReceiveCount"]) <= 2


def test_messages_wait_while_the_role_may_not_receive(account: Account) -> None:
    queue_url = account.queue()
    account.role(EVERYTHING)
    account.function(RECORD)
    uuid = map_queue(account, Enabled=False)
    account.role(allow("logs:*"))
    account.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)
    send(account, queue_url, "hello")
    assert account.receive(queue_url)["Body"] == "hello"
    assert account.events() == []

    account.role(EVERYTHING)
    send(account, queue_url, "again")

    account.wait_for(1, account.events)
    assert "again" in bodies(account)
