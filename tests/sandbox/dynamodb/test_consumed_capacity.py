"""What reads and writes consume."""

from __future__ import annotations

from typing import Any

import pytest

from support.dynamodb_tables import INDEX, Table


@pytest.mark.parametrize(
    ("asked", "units"),
    [
        ({}, 1.5),
        ({"Select": "COUNT"}, 1.5),
        ({"FilterExpression": "attribute_exists(nothing)"}, 1.5),
        ({"ProjectionExpression": "email"}, 1.5),
        ({"Limit": 1}, 0.5),
    ],
)
def test_query_and_scan_consume_by_what_they_read(table: Table, asked: Any, units: float) -> None:
    for name in "abcdefghi":
        table.put(name, text={"S": "x" * 1000})

    query = table.query_index(ReturnConsumedCapacity="TOTAL", **asked)
    scan = table.scan(ReturnConsumedCapacity="TOTAL", **asked)

    expected = {"TableName": "mailaddress", "CapacityUnits": units}
    assert query["ConsumedCapacity"] == scan["ConsumedCapacity"] == expected


def test_consistent_read_consumes_twice_as_much(table: Table) -> None:
    table.put("a", text={"S": "x" * 5000})
    asked = {"ReturnConsumedCapacity": "TOTAL", "ConsistentRead": True}

    scan = table.scan(**asked)
    get = table.get_item(Key={"email": {"S": "a"}}, ProjectionExpression="email", **asked)

    assert scan["ConsumedCapacity"]["CapacityUnits"] == 2
    assert get["ConsumedCapacity"]["CapacityUnits"] == 2


def test_read_that_finds_nothing_consumes_half_a_unit(table: Table) -> None:
    asked = {"ReturnConsumedCapacity": "TOTAL"}

    answers = [
        table.query_index(**asked),
        table.scan(**asked),
        table.get_item(Key={"email": {"S": "a"}}, **asked),
    ]

    assert [answer["ConsumedCapacity"]["CapacityUnits"] for answer in answers] == [0.5] * 3


def test_consumed_capacity_tells_the_index_from_the_table(table: Table) -> None:
    table.put("a")

    query = table.query_index(ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    scan = table.scan(ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]

    half = {"CapacityUnits": 0.5}
    assert query["GlobalSecondaryIndexes"] == {INDEX: half}
    assert (query["Table"], query["CapacityUnits"]) == ({"CapacityUnits": 0}, 0.5)
    assert scan == {"TableName": "mailaddress", "CapacityUnits": 0.5, "Table": half}


def test_write_consumes_a_unit(table: Table) -> None:
    asked = {"_no": {"N": "0"}, "ReturnConsumedCapacity": "TOTAL"}

    answer = table.update("a", "SET haserror = :no", **asked)

    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1


def test_each_item_of_a_batch_is_counted_for_itself(table: Table) -> None:
    table.put("a", text={"S": "x" * 5000})
    keys = [{"email": {"S": name}} for name in ("a", "nobody")]

    def units(**asked: Any) -> Any:
        request = {table.name: {"Keys": keys, **asked}}
        answer = table.client.batch_get_item(RequestItems=request, ReturnConsumedCapacity="TOTAL")
        return answer["ConsumedCapacity"]

    assert units() == [{"TableName": table.name, "CapacityUnits": 1.5}]
    assert units(ConsistentRead=True) == [{"TableName": table.name, "CapacityUnits": 3}]
