"""What all the items of one call may come to."""

from __future__ import annotations

from typing import Any

from support.calls.refusals import refusal
from support.parts.dynamodb_tables import Table, put

LARGE = {"S": "x" * 400_000}
TOO_LARGE = "ValidationException"


def key(number: int) -> dict[str, Any]:
    return {"email": {"S": f"{number:02}"}}


def fill(table: Table, count: int) -> None:
    for number in range(count):
        table.put(f"{number:02}", text=LARGE)


def test_a_transaction_writes_four_mebibytes_at_the_most(table: Table) -> None:
    puts = [put(f"{number:02}", text=LARGE) for number in range(11)]

    assert refusal(table.transact, *puts)[0] == TOO_LARGE
    assert table.scan()["Items"] == []
    assert table.transact(*puts[:10])


def test_what_a_transaction_looks_at_or_deletes_counts_too(table: Table) -> None:
    fill(table, 11)
    named: list[Any] = [{"TableName": table.name, "Key": key(number)} for number in range(11)]
    exists = {"ConditionExpression": "attribute_exists(email)"}
    checks = [{"ConditionCheck": one | exists} for one in named]
    deletes = [{"Delete": one} for one in named]

    assert refusal(table.transact, *checks)[0] == TOO_LARGE
    assert refusal(table.transact, *deletes)[0] == TOO_LARGE
    assert table.get("00")
    assert table.transact(*deletes[:10])


def test_a_transaction_reads_four_mebibytes_at_the_most(table: Table) -> None:
    fill(table, 11)
    gets = [{"Get": {"TableName": table.name, "Key": key(number)}} for number in range(11)]
    read = table.client.transact_get_items

    assert refusal(read, TransactItems=gets)[0] == TOO_LARGE
    assert len(read(TransactItems=gets[:10])["Responses"]) == 10


def test_what_a_batch_does_not_read_is_left_as_it_was_asked_for(table: Table) -> None:
    fill(table, 43)
    asked = {
        "ConsistentRead": True,
        "ProjectionExpression": "email, #t",
        "ExpressionAttributeNames": {"#t": "text"},
    }
    request = {table.name: {"Keys": [key(number) for number in range(43)], **asked}}

    answer = table.client.batch_get_item(RequestItems=request, ReturnConsumedCapacity="TOTAL")

    assert answer["UnprocessedKeys"] == {table.name: {"Keys": [key(41), key(42)], **asked}}
    assert len(answer["Responses"][table.name]) == 41
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 41 * 98
