"""What SQS refuses of batches."""

from __future__ import annotations

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account


@pytest.mark.parametrize(("number", "code"), [(0, "EmptyBatchRequest"), (11, "TooManyEntries")])
def test_a_batch_has_one_to_ten_entries(account: Account, number: int, code: str) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    entries = [{"Id": "same", "ReceiptHandle": "x"}] * number
    changes = [{**entry, "VisibilityTimeout": 1} for entry in entries]

    assert code in refusal(sqs.delete_message_batch, QueueUrl=url, Entries=entries)[0]
    assert code in refusal(sqs.change_message_visibility_batch, QueueUrl=url, Entries=changes)[0]


@pytest.mark.parametrize(
    ("ids", "code"), [(("a:b",), "InvalidBatchEntryId"), (("a", "a"), "BatchEntryIdsNotDistinct")]
)
def test_entries_of_a_batch_have_ids_of_their_own(
    account: Account, ids: tuple[str, ...], code: str
) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    entries = [{"Id": one, "ReceiptHandle": "x"} for one in ids]
    changes = [{**entry, "VisibilityTimeout": 1} for entry in entries]

    assert code in refusal(sqs.delete_message_batch, QueueUrl=url, Entries=entries)[0]
    assert code in refusal(sqs.change_message_visibility_batch, QueueUrl=url, Entries=changes)[0]


def test_an_entry_that_changes_visibility_tells_for_how_long(account: Account) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    entries = [{"Id": "a", "ReceiptHandle": "x"}]

    refused = refusal(sqs.change_message_visibility_batch, QueueUrl=url, Entries=entries)

    assert refused[1] == "The request must contain the parameter VisibilityTimeout."
