"""How many messages a batch has, how long it collects them, and how many run at once."""

from __future__ import annotations

import pytest

from support.parts.mapped_queues import bodies, map_queue, send, wait_until_empty
from support.sandboxes.account_in_sandbox import (
    RECORD,
    Account,
)

pytestmark = pytest.mark.slow


def test_batch_is_no_larger_than_the_batch_size(account: Account) -> None:
    queue_url = account.queue()
    send(account, queue_url, *map(str, range(7)))
    account.function(RECORD)

    map_queue(account, BatchSize=3)

    wait_until_empty(account, queue_url)
    assert sorted(len(event["Records"]) for event in account.events()) == [1, 3, 3]
    assert sorted(bodies(account)) == list("0123456")


def test_window_collects_what_comes_one_by_one(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account, BatchSize=100, MaximumBatchingWindowInSeconds=2)

    send(account, queue_url, *map(str, range(30)))

    (event,) = account.wait_for(1, account.events)
    assert len(event["Records"]) == 30


def test_full_batch_does_not_wait_for_the_end_of_the_window(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD)
    map_queue(account, BatchSize=20, MaximumBatchingWindowInSeconds=300)

    send(account, queue_url, *map(str, range(20)))

    wait_until_empty(account, queue_url)
    assert len(account.events()) == 1


def test_batch_can_have_a_thousand_messages(account: Account) -> None:
    queue_url = account.queue()
    for start in range(0, 1000, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
        account.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)
    account.function(RECORD)

    map_queue(account, BatchSize=10_000, MaximumBatchingWindowInSeconds=1)

    wait_until_empty(account, queue_url)
    assert [len(event["Records"]) for event in account.events()] == [1000]


def test_batch_ends_at_six_megabytes_and_the_rest_is_received_once(account: Account) -> None:
    queue_url = account.queue(MaximumMessageSize=2**20)
    send(account, queue_url, *["x" * 1_000_000] * 8)
    account.function(RECORD)

    map_queue(account)

    wait_until_empty(account, queue_url)
    assert sorted(len(event["Records"]) for event in account.events()) == [2, 6]
    counts = {record["attributes"]["ApproximateReceiveCount"] for record in account.records()}
    assert counts == {"1"}


def test_function_runs_no_more_often_at_once_than_the_maximum_concurrency(
    account: Account,
) -> None:
    # Each run takes a number, and notes how many others were running at its end.
    source = """
import os, pathlib, time, uuid
def lambda_handler(event, context):
    directory = pathlib.Path(os.environ["RECORDS"])
    mine = directory / f"{uuid.uuid4()}.running"
    mine.touch()
    time.sleep(0.2)
    at_once = len(list(directory.glob("*.running")))
    (directory / f"{at_once}-{uuid.uuid4()}.seen").touch()
    mine.unlink()
"""
    queue_url = account.queue()
    send(account, queue_url, *map(str, range(12)))
    account.function(source)

    map_queue(account, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})

    wait_until_empty(account, queue_url)
    at_once = [int(path.name.split("-")[0]) for path in account.files("*.seen")]
    assert len(at_once) == 12
    assert max(at_once) == 2
