"""DynamoDB where the sandbox follows AWS and moto does not; the rest is in _like_moto."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb import comparisons
from moto.dynamodb.models import dynamodb_backends

from mailfanout.sandbox.seams import dynamodb

REGION, ACCOUNT_ID = "us-east-1", "123456789012"
INDEX = "haserror-index"
REPLACEMENTS = dynamodb.replacements()


class Table:
    """The client's calls on one table, and short forms of the common ones."""

    def __init__(self, client: Any, name: str = "mailaddress") -> None:
        self.client = client
        self.name = name

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            return getattr(self.client, operation)(TableName=self.name, **parameters)

        return call

    def put(self, email: str, **attributes: Any) -> None:
        self.put_item(Item={"email": {"S": email}, "haserror": {"N": "0"}} | attributes)

    def get(self, email: str) -> dict[str, Any] | None:
        item: dict[str, Any] | None = self.get_item(Key={"email": {"S": email}}).get("Item")
        return item

    def update(self, email: str, expression: str, **parameters: Any) -> Any:
        """`_value` stands for `:value` in the expressions."""
        values = {f":{name[1:]}": parameters.pop(name) for name in [*parameters] if name[0] == "_"}
        if values:
            parameters["ExpressionAttributeValues"] = values
        return self.update_item(
            Key={"email": {"S": email}}, UpdateExpression=expression, **parameters
        )

    def query_index(self, **parameters: Any) -> Any:
        return self.query(
            IndexName=INDEX,
            KeyConditionExpression="haserror = :no",
            ExpressionAttributeValues={":no": {"N": "0"}},
            **parameters,
        )

    def transact(self, *items: Any, **parameters: Any) -> Any:
        return self.client.transact_write_items(TransactItems=[*items], **parameters)


def new_table(client: Any, **parameters: Any) -> Table:
    client.create_table(
        TableName="mailaddress",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "email", "AttributeType": "S"},
            {"AttributeName": "haserror", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[index(INDEX, "haserror")],
        **parameters,
    )
    return Table(client)


def index(name: str, key: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    client = boto3.Session("testing", "testing", region_name=REGION).client("dynamodb")
    yield client
    client.close()


@pytest.fixture
def plain(client: Any) -> Iterator[Table]:
    """The table in plain moto."""
    with mock_aws():
        yield new_table(client)


@pytest.fixture
def replaced(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an empty account, with moto as the sandbox changes it."""
    for owner, name, value, _reason in REPLACEMENTS:
        monkeypatch.setattr(owner, name, value)
    with mock_aws():
        yield client


@pytest.fixture
def table(replaced: Any) -> Table:
    return new_table(replaced)


def emails(answer: Any) -> list[str]:
    return [item["email"]["S"] for item in answer["Items"]]


def refusal(call: Callable[..., Any], *args: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*args, **parameters)
    return str(caught.value.response["Error"]["Code"])


def put(email: str, **attributes: Any) -> dict[str, Any]:
    item = {"email": {"S": email}} | attributes
    return {"Put": {"TableName": "mailaddress", "Item": item}}


def test_of_two_claims_at_once_one_wins(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    assert winners_of_two_claims(table, monkeypatch) == 1


def test_moto_lets_two_claims_at_once_win(plain: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    assert winners_of_two_claims(plain, monkeypatch) == 2


def winners_of_two_claims(table: Table, monkeypatch: pytest.MonkeyPatch) -> int:
    """Each claim's condition waits for the other's, to be checked before either writes."""
    table.put("sato@example.com", issend={"N": "0"})
    both = threading.Barrier(2)
    check = comparisons.OpEqual.expr

    def check_together(self: Any, item: Any) -> bool:
        result = check(self, item)
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=0.5)
        return result

    monkeypatch.setattr(comparisons.OpEqual, "expr", check_together)

    def claim(_number: int) -> bool:
        with suppress(table.client.exceptions.ConditionalCheckFailedException):
            table.update(
                "sato@example.com",
                "SET issend = :yes",
                ConditionExpression="issend = :no",
                _yes={"N": "1"},
                _no={"N": "0"},
            )
            return True
        return False

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(claim, range(2)))


def test_many_claims_at_once_have_one_winner_each(table: Table) -> None:
    numbers = [str(number) for number in range(30)]

    def claim(number: str) -> bool:
        with suppress(table.client.exceptions.ConditionalCheckFailedException):
            table.put_item(
                Item={"email": {"S": number}}, ConditionExpression="attribute_not_exists(email)"
            )
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, numbers * 4))

    assert sum(won) == len(numbers)


def test_reads_run_beside_writes(table: Table) -> None:
    rounds = range(60)

    def write(number: int) -> None:
        table.put(f"{number}", issend={"N": "0"})
        table.update(f"{number}", "SET haserror = :yes", _yes={"N": "1"})
        table.delete_item(Key={"email": {"S": f"{number}"}})

    def read(_number: int) -> None:
        assert all(item["haserror"] == {"N": "0"} for item in table.query_index()["Items"])
        table.scan()

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(call, number) for number in rounds for call in (write, read)]
        for done in work:
            done.result()

    assert table.scan()["Count"] == 0


def test_failed_update_leaves_nothing_behind(table: Table) -> None:
    assert_failed_update_changes(table, False)


def test_moto_leaves_half_of_a_failed_update_behind(plain: Table) -> None:
    assert_failed_update_changes(plain, True)


def assert_failed_update_changes(table: Table, expected: bool) -> None:
    table.put("sato@example.com", tags={"SS": ["a"]}, seen={"N": "1"})
    before = table.get("sato@example.com")

    code = refusal(
        table.update,
        "sato@example.com",
        "SET haserror = :one ADD tags :tags, seen :tags",
        _one={"N": "1"},
        _tags={"SS": ["b"]},
    )

    assert code == "ValidationException"
    assert (table.get("sato@example.com") != before) == expected
    assert (table.query_index()["Count"] == 0) == expected


def test_failed_update_of_a_missing_item_creates_none(table: Table) -> None:
    expression = "SET haserror = :no ADD email_count :words"

    code = refusal(table.update, "new@example.com", expression, _no={"N": "0"}, _words={"S": "x"})

    assert code == "ValidationException"
    assert (table.scan()["Count"], table.query_index()["Count"]) == (0, 0)


def test_condition_on_a_missing_item_creates_none(table: Table) -> None:
    code = refusal(
        table.update,
        "gone@example.com",
        "SET issend = :yes",
        ConditionExpression="attribute_exists(email)",
        _yes={"N": "1"},
    )

    assert code == "ConditionalCheckFailedException"
    assert table.scan()["Count"] == 0


def test_failed_transaction_leaves_nothing_behind(table: Table) -> None:
    table.put("sato@example.com")
    taken = put("sato@example.com")
    taken["Put"]["ConditionExpression"] = "attribute_not_exists(email)"

    code = refusal(table.transact, put("new@example.com", haserror={"N": "0"}), taken)

    assert code == "TransactionCanceledException"
    assert emails(table.scan()) == emails(table.query_index()) == ["sato@example.com"]


def test_transaction_that_comes_again_after_a_lost_reply_changes_nothing(table: Table) -> None:
    first = put("sato@example.com")
    first["Put"]["ConditionExpression"] = "attribute_not_exists(email)"

    table.transact(first, ClientRequestToken="one")
    table.transact(first, ClientRequestToken="one")

    assert refusal(table.transact, first, ClientRequestToken="two") == (
        "TransactionCanceledException"
    )


def test_token_of_another_transaction_is_refused(table: Table) -> None:
    table.transact(put("sato@example.com"), ClientRequestToken="one")

    code = refusal(table.transact, put("tanaka@example.com"), ClientRequestToken="one")

    assert code == "IdempotentParameterMismatchException"
    assert emails(table.scan()) == ["sato@example.com"]


def test_token_of_a_refused_transaction_can_be_used_again(table: Table) -> None:
    there = {
        "ConditionCheck": {
            "TableName": "mailaddress",
            "Key": {"email": {"S": "sato@example.com"}},
            "ConditionExpression": "attribute_exists(email)",
        }
    }
    refusal(table.transact, there, ClientRequestToken="one")
    table.put("sato@example.com")

    table.transact(there, ClientRequestToken="one")


def test_stream_has_one_record_of_each_change(replaced: Any) -> None:
    table = new_table(
        replaced,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )

    table.update("sato@example.com", "SET haserror = :no", _no={"N": "0"})
    table.transact(put("sato@example.com", haserror={"N": "1"}))
    table.transact(
        {"Delete": {"TableName": "mailaddress", "Key": {"email": {"S": "sato@example.com"}}}}
    )

    stream = dynamodb_backends[ACCOUNT_ID][REGION].tables["mailaddress"].stream_shard
    assert stream
    records = [record.to_json() for record in stream.items]
    images = [
        [record["dynamodb"].get(kind, {}).get("haserror") for kind in ("OldImage", "NewImage")]
        for record in records
    ]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert images == [[None, {"N": "0"}], [{"N": "0"}, {"N": "1"}], [{"N": "1"}, None]]


@pytest.mark.parametrize(
    ("expression", "old"),
    [
        ("SET issend = :one", {"issend": {"N": "1"}}),
        ("SET #send = :one", {"issend": {"N": "1"}}),
        ("SET haserror = :one, fresh = :one", {"haserror": {"N": "0"}}),
        ("SET haserror = :one REMOVE issend", {"haserror": {"N": "0"}, "issend": {"N": "1"}}),
        ("ADD issend :one", {"issend": {"N": "1"}}),
        ("SET about.age = :one", {"about": {"M": {"age": {"N": "7"}, "name": {"S": "佐藤"}}}}),
        ("SET fresh = :one", None),
    ],
)
def test_updated_old_has_every_attribute_that_the_expression_names(
    table: Table, expression: str, old: Any
) -> None:
    table.put(
        "sato@example.com",
        issend={"N": "1"},
        about={"M": {"age": {"N": "7"}, "name": {"S": "佐藤"}}},
    )
    names = {"ExpressionAttributeNames": {"#send": "issend"}} if "#" in expression else {}

    answer = table.update(
        "sato@example.com", expression, _one={"N": "1"}, ReturnValues="UPDATED_OLD", **names
    )

    assert answer.get("Attributes") == old


def test_updated_old_knows_the_legacy_attribute_updates(table: Table) -> None:
    table.put("sato@example.com", issend={"N": "1"})

    answer = table.update_item(
        Key={"email": {"S": "sato@example.com"}},
        AttributeUpdates={"issend": {"Action": "PUT", "Value": {"N": "1"}}},
        ReturnValues="UPDATED_OLD",
    )

    assert answer["Attributes"] == {"issend": {"N": "1"}}


@pytest.mark.parametrize("write", ["put", "batch", "transaction", "update", "update by an alias"])
def test_index_key_of_another_type_is_refused(table: Table, write: str) -> None:
    table.put("sato@example.com")
    wrong = {"email": {"S": "sato@example.com"}, "haserror": {"S": "0"}}
    alias = {"ExpressionAttributeNames": {"#error": "haserror"}}
    writes: dict[str, Callable[[], Any]] = {
        "put": lambda: table.put_item(Item=wrong),
        "batch": lambda: table.client.batch_write_item(
            RequestItems={"mailaddress": [{"PutRequest": {"Item": wrong}}]}
        ),
        "transaction": lambda: table.transact(put("sato@example.com", haserror={"S": "0"})),
        "update": lambda: table.update("sato@example.com", "SET haserror = :s", _s={"S": "0"}),
        "update by an alias": lambda: table.update(
            "sato@example.com", "SET #error = :s", _s={"S": "0"}, **alias
        ),
    }

    assert refusal(writes[write]) == "ValidationException"

    assert emails(table.query_index()) == ["sato@example.com"]


def test_key_that_is_no_number_is_refused(replaced: Any) -> None:
    replaced.create_table(
        TableName="numbers",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "number", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "number", "AttributeType": "N"}],
    )

    code = refusal(replaced.put_item, TableName="numbers", Item={"number": {"N": "one"}})

    assert code == "ValidationException"


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

    code = refusal(table.query_index, ExclusiveStartKey={"email": {"S": "a"}})

    assert code == "ValidationException"


def test_new_index_has_the_items_that_were_there(table: Table) -> None:
    table.put("a", issend={"N": "1"})
    table.scan()

    table.update_table(
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("email", "S"), ("haserror", "N"), ("issend", "N"))
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index("issend-index", "issend")}],
    )
    table.put("b", issend={"N": "1"})

    found = table.query(
        IndexName="issend-index",
        KeyConditionExpression="issend = :yes",
        ExpressionAttributeValues={":yes": {"N": "1"}},
    )
    assert emails(found) == ["a", "b"]


def test_restored_table_keeps_what_it_was_and_lives_on(table: Table) -> None:
    table.put("a")
    table.query_index()
    backup = table.create_backup(BackupName="backup")["BackupDetails"]["BackupArn"]
    table.update("a", "SET haserror = :yes", _yes={"N": "1"})

    table.client.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)
    restored = Table(table.client, "restored")
    restored.put("b")

    assert (emails(restored.query_index()), emails(table.query_index())) == (["a", "b"], [])


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


def test_answers_carry_only_what_was_asked_for(table: Table) -> None:
    item = {"email": {"S": "a"}}
    answers = [
        table.update("a", "SET haserror = :no", _no={"N": "0"}),
        table.client.batch_write_item(
            RequestItems={"mailaddress": [{"PutRequest": {"Item": item}}]}
        ),
        table.client.batch_get_item(RequestItems={"mailaddress": {"Keys": [item]}}),
        table.transact(put("b")),
        table.query_index(),
        table.scan(),
        table.get_item(Key=item),
    ]

    members = {member for answer in answers for member in answer}
    assert not members & {"ConsumedCapacity", "ItemCollectionMetrics"}


def test_name_that_an_expression_does_not_use_is_refused_each_time(table: Table) -> None:
    """What is remembered of an expression must not grow with the requests that use it."""
    names = {"#mail": "email", "#unused": "issend"}
    values = {":no": {"N": "0"}}
    request = {"FilterExpression": "haserror = :no", "ExpressionAttributeValues": values}
    table.scan(**request, ProjectionExpression="#mail", ExpressionAttributeNames={"#mail": "email"})

    code = refusal(table.scan, **request, ExpressionAttributeNames=names)
    again = refusal(table.scan, **request, ExpressionAttributeNames={"#mail": "email"})

    assert (code, again) == ("ValidationException",) * 2


CALLS: dict[str, Callable[[Table], Any]] = {
    "query": lambda table: table.query_index(Limit=3),
    "scan": lambda table: table.scan(Limit=3),
    "next page": lambda table: table.query_index(
        Limit=3, ExclusiveStartKey={"email": {"S": "0005"}, "haserror": {"N": "0"}}
    ),
    "transaction": lambda table: table.transact(put("0001", haserror={"N": "0"})),
}
UNCHANGING_CALLS: dict[str, Callable[[Table], Any]] = {
    "put": lambda table: table.put("0001", haserror={"N": "1"}),
    "update": lambda table: table.update("0001", "SET haserror = :yes", _yes={"N": "1"}),
    "get": lambda table: table.get("0001"),
}


@pytest.mark.parametrize("name", [*CALLS, *UNCHANGING_CALLS])
def test_cost_of_a_call_does_not_grow_with_the_table(table: Table, name: str) -> None:
    assert growth(table, (CALLS | UNCHANGING_CALLS)[name]) < 100


@pytest.mark.parametrize("name", CALLS)
def test_in_moto_the_cost_of_a_call_grows_with_the_table(plain: Table, name: str) -> None:
    assert growth(plain, CALLS[name]) > 1000


CHUNK = {f"user{number}": {"M": {"state": {"S": "pending"}}} for number in range(50)}
COSTLY_CALLS: dict[str, Callable[[Table], Any]] = {
    "query": lambda table: table.query_index(),
    "get": lambda table: table.get("chunk"),
    "put": lambda table: table.put("chunk", recipients={"M": CHUNK}),
    "update": lambda table: table.update(
        "chunk",
        "SET haserror = :no, leased = :yes",
        ConditionExpression="attribute_exists(email) AND haserror = :no",
        _no={"N": "0"},
        _yes={"N": "1"},
    ),
}


@pytest.mark.parametrize(
    ("name", "share"), [("query", 0.1), ("get", 0.2), ("put", 0.9), ("update", 0.45)]
)
def test_call_takes_a_share_of_the_steps_that_moto_takes(
    client: Any, monkeypatch: pytest.MonkeyPatch, name: str, share: float
) -> None:
    def steps() -> int:
        with mock_aws():
            table = new_table(client)
            fill(table, 0, 50)
            table.put("chunk", recipients={"M": CHUNK})
            COSTLY_CALLS[name](table)
            return function_calls(COSTLY_CALLS[name], table)

    in_moto = steps()
    for owner, attribute, value, _reason in REPLACEMENTS:
        monkeypatch.setattr(owner, attribute, value)

    assert steps() < share * in_moto


def growth(table: Table, call: Callable[[Table], Any]) -> int:
    """How many more function calls it takes where the table is ten times as large."""
    fill(table, 0, 30)
    call(table)
    in_small_table = function_calls(call, table)
    fill(table, 30, 300)
    return function_calls(call, table) - in_small_table


def fill(table: Table, start: int, stop: int) -> None:
    for first in range(start, stop, 25):
        numbers = range(first, min(first + 25, stop))
        items = [{"email": {"S": f"{number:04}"}, "haserror": {"N": "0"}} for number in numbers]
        writes = [{"PutRequest": {"Item": item}} for item in items]
        table.client.batch_write_item(RequestItems={"mailaddress": writes})


def function_calls(call: Callable[[Table], Any], table: Table) -> int:
    counted = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event == "call"

    sys.setprofile(count)
    try:
        call(table)
    finally:
        sys.setprofile(None)
    return counted
