"""Where a page of items ends, and where the next one begins."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.parts.dynamodb_tables import Table, emails


def test_page_ends_before_it_exceeds_one_mebibyte(table: Table) -> None:
    for name in "edcba":
        table.put(name, text={"S": "x" * 345_000})

    first = table.query_index()
    second = table.query_index(ExclusiveStartKey=first["LastEvaluatedKey"])

    assert (emails(first), emails(second)) == (["a", "b", "c"], ["d", "e"])
    assert first["LastEvaluatedKey"] == {"email": {"S": "c"}, "haserror": {"N": "0"}}
    assert "LastEvaluatedKey" not in second
    assert emails(table.scan()) == ["a", "b", "c"]


def test_page_that_limit_filled_has_a_key_though_nothing_is_left(table: Table) -> None:
    table.put("a")
    table.put("b")

    page = table.query_index(Limit=2)
    last = table.query_index(ExclusiveStartKey=page["LastEvaluatedKey"])

    assert (emails(page), emails(last)) == (["a", "b"], [])
    assert "LastEvaluatedKey" not in last


def test_pages_go_on_where_the_last_item_has_been_deleted(table: Table) -> None:
    for name in "abc":
        table.put(name)
    page = table.query_index(Limit=2)

    table.delete_item(Key={"email": {"S": "b"}})

    assert emails(table.query_index(ExclusiveStartKey=page["LastEvaluatedKey"])) == ["c"]
    backwards = {"ScanIndexForward": False, "ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert emails(table.query_index(**backwards)) == ["a"]


def test_start_key_without_the_index_key_is_refused(table: Table) -> None:
    table.put("a")

    code = refusal(table.query_index, ExclusiveStartKey={"email": {"S": "a"}})[0]

    assert code == "ValidationException"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["email", "issend", "name"]),
        ({"Select": "ALL_ATTRIBUTES"}, ["email", "issend", "name", "subject"]),
        ({"ProjectionExpression": "subject"}, ["subject"]),
    ],
)
def test_what_a_local_index_lacks_is_read_from_its_table(
    replaced: Any, asked: dict[str, Any], found: list[str]
) -> None:
    def schema(second: str) -> list[dict[str, str]]:
        pairs = [("email", "HASH"), (second, "RANGE")]
        return [{"AttributeName": name, "KeyType": kind} for name, kind in pairs]

    local = {
        "IndexName": "by-issend",
        "KeySchema": schema("issend"),
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    table = Table(replaced, "local")
    table.create_table(
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema("name"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("email", "name", "issend")
        ],
        LocalSecondaryIndexes=[local],
    )
    table.put_item(Item={name: {"S": "a"} for name in ("email", "issend", "name", "subject")})

    (item,) = table.query(
        IndexName="by-issend",
        KeyConditionExpression="email = :a",
        ExpressionAttributeValues={":a": {"S": "a"}},
        **asked,
    )["Items"]

    assert sorted(item) == found
