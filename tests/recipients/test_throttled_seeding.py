"""What becomes of recipients whom DynamoDB does not take at once."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from mailfanout.errors import MailfanoutError
from mailfanout.recipients.checking import Recipient
from mailfanout.recipients.table import seed
from mailfanout.stack import Stack
from support.calls.throttled_dynamodb import ThrottledDynamoDB, in_process, people


def test_unprocessed_items_are_tried_again_after_growing_waits() -> None:
    client = ThrottledDynamoDB(capacity=10)
    waits: list[float] = []
    assert seed(in_process(client, waits.append), Stack(), people(25)) == 25
    assert client.emails == [one.email for one in people(25)]
    assert waits == [0.05, 0.1]


WHOLE_CALL = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "TransactionInProgressException",
]
ONE_WRITE = ["ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"]


@pytest.mark.parametrize(
    "code, present",
    [*((code, []) for code in WHOLE_CALL[:2]), *((code, people(3)) for code in WHOLE_CALL)]
    + [(code, people(3)) for code in ONE_WRITE],
)
def test_batch_that_dynamodb_cannot_write_now_is_tried_again(
    code: str, present: list[Recipient]
) -> None:
    client = ThrottledDynamoDB(errors={1: code, 2: code}, present=present)
    waits: list[float] = []
    assert seed(in_process(client, waits.append), Stack(), people(3)) == 3
    assert client.emails == [one.email for one in people(3)]
    assert waits == [0.05, 0.1]


def test_seed_gives_up_and_says_how_many_were_written() -> None:
    client = ThrottledDynamoDB(capacity=2)
    waits: list[float] = []
    progress: list[int] = []
    with pytest.raises(MailfanoutError, match="18 of 60 recipients .* do the same again"):
        seed(in_process(client, waits.append), Stack(), people(60), progress=progress.append)
    assert len(client.emails) == 18
    assert progress == []
    assert 9 < sum(waits) < 10


def test_seed_gives_up_on_who_is_there_and_says_how_many_were_written() -> None:
    client = ThrottledDynamoDB(
        errors=dict.fromkeys(range(2, 99), "ThrottlingError"), present=people(60)
    )
    progress: list[int] = []
    with pytest.raises(MailfanoutError, match="25 of 60 recipients .* do the same again"):
        seed(in_process(client, lambda _: None), Stack(), people(60), progress=progress.append)
    assert progress == [25]


@pytest.mark.parametrize("present", [[], people(1)])
@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationError"])
def test_any_other_error_of_dynamodb_is_passed_on_at_once(
    code: str, present: list[Recipient]
) -> None:
    client = ThrottledDynamoDB(errors={1: code}, present=present)
    with pytest.raises(ClientError):
        seed(in_process(client), Stack(), people(1))
    assert client.calls == 1
