"""What reads and writes consume."""

from __future__ import annotations

from typing import Any

import pytest
from moto.dynamodb.models.dynamo_type import DynamoType

from support.parts.dynamodb_tables import INDEX, Table, new_sorted_table, new_table, put

INDEXES = {"ReturnConsumedCapacity": "INDEXES"}
TEXT = {"ExpressionAttributeNames": {"#t": "text"}}


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


def test_a_write_consumes_by_the_larger_one_of_before_and_after(table: Table) -> None:
    def units(write: Any, **asked: Any) -> Any:
        return write(**asked, **INDEXES)["ConsumedCapacity"]["Table"]["CapacityUnits"]

    key = {"email": {"S": "a"}}

    assert units(table.put_item, Item=key | {"text": {"S": "x" * 2000}}) == 2
    assert units(table.update_item, Key=key, UpdateExpression="REMOVE #t", **TEXT) == 2
    assert units(table.put_item, Item=key) == 1
    assert units(table.delete_item, Key=key) == units(table.delete_item, Key=key) == 1


def test_a_write_consumes_for_each_index_that_it_changes(table: Table) -> None:
    def units(**attributes: Any) -> Any:
        answer = table.put_item(Item={"email": {"S": "a"}, **attributes}, **INDEXES)
        consumed = answer["ConsumedCapacity"]
        of_index = consumed.get("GlobalSecondaryIndexes", {INDEX: {"CapacityUnits": 0}})[INDEX]
        assert consumed["CapacityUnits"] == 1 + of_index["CapacityUnits"]
        return of_index["CapacityUnits"]

    assert units() == 0  # the item is not in the index
    assert units(haserror={"N": "0"}) == 1
    assert units(haserror={"N": "0"}) == 0  # nothing changes
    assert units(haserror={"N": "0"}, name={"S": "a"}) == 1
    assert units(haserror={"N": "1"}) == 2  # a delete and a put
    assert units() == 1


def test_a_batch_consumes_by_tables(table: Table) -> None:
    writes = [
        {"PutRequest": {"Item": {"email": {"S": name}, "text": {"S": "x" * 1500}}}} for name in "ab"
    ]

    answer = table.client.batch_write_item(
        RequestItems={table.name: writes}, ReturnConsumedCapacity="TOTAL"
    )

    assert answer["ConsumedCapacity"] == [{"TableName": table.name, "CapacityUnits": 4}]


def test_a_transaction_consumes_twice_as_much(table: Table) -> None:
    asked = {"ReturnConsumedCapacity": "TOTAL"}
    write = put("a", text={"S": "x" * 1500})
    read = {"Get": {"TableName": table.name, "Key": {"email": {"S": "a"}}}}
    nobody = {"Get": {"TableName": table.name, "Key": {"email": {"S": "nobody"}}}}

    first, again = [table.transact(write, ClientRequestToken="t", **asked) for _ in range(2)]
    got = table.client.transact_get_items(TransactItems=[read, nobody], **asked)

    def consumed(count: float, member: str) -> Any:
        return [{"TableName": table.name, "CapacityUnits": count, member: count}]

    assert first["ConsumedCapacity"] == consumed(4, "WriteCapacityUnits")
    assert again["ConsumedCapacity"] == consumed(2, "ReadCapacityUnits")  # it changes nothing
    assert got["ConsumedCapacity"] == consumed(4, "ReadCapacityUnits")


def test_what_a_write_says_of_item_collections(replaced: Any) -> None:
    table = new_table(replaced)
    new_sorted_table(replaced, "sorted")
    item = {"email": {"S": "a"}, "day": {"S": "1"}}
    asked = {"ReturnItemCollectionMetrics": "SIZE"}
    collection = {"ItemCollectionKey": {"email": {"S": "a"}}, "SizeEstimateRangeGB": [0, 1]}

    single = replaced.put_item(TableName="sorted", Item=item, **asked)
    two = [item, item | {"day": {"S": "2"}}]
    writes = [{"Put": {"TableName": "sorted", "Item": one}} for one in two]
    several = replaced.transact_write_items(TransactItems=writes, **asked)

    assert single["ItemCollectionMetrics"] == collection
    assert several["ItemCollectionMetrics"] == {"sorted": [collection]}
    assert "ItemCollectionMetrics" not in table.put_item(Item={"email": {"S": "a"}}, **asked)


@pytest.mark.parametrize(
    ("value", "size_bytes"),
    [
        ({"N": "12345"}, 4),
        ({"N": "-1200"}, 3),
        ({"NS": ["1", "100"]}, 4),
        ({"L": [{"S": "ab"}, {"NULL": True}]}, 8),
        ({"M": {"key": {"S": "ab"}}}, 9),
    ],
)
@pytest.mark.usefixtures("replaced")
def test_what_a_value_counts(value: Any, size_bytes: int) -> None:
    assert DynamoType(value).size() == size_bytes


def test_each_item_of_a_batch_is_counted_for_itself(table: Table) -> None:
    table.put("a", text={"S": "x" * 5000})
    keys = [{"email": {"S": name}} for name in ("a", "nobody")]

    def units(**asked: Any) -> Any:
        request = {table.name: {"Keys": keys, **asked}}
        answer = table.client.batch_get_item(RequestItems=request, ReturnConsumedCapacity="TOTAL")
        return answer["ConsumedCapacity"]

    assert units() == [{"TableName": table.name, "CapacityUnits": 1.5}]
    assert units(ConsistentRead=True) == [{"TableName": table.name, "CapacityUnits": 3}]
