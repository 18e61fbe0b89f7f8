"""What DynamoDB refuses of items and expressions, and how it spells values."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.account_in_sandbox import Account, refusal

KEY, OTHER_KEY = {"email": {"S": "a"}}, {"email": {"N": "1"}}
NAMES = {"#b": "b"}


def nested(levels: int) -> dict[str, Any]:
    """A value in so many lists."""
    return {"L": [nested(levels - 1)]} if levels else {"S": "a"}


EMAIL = ("email", "HASH")


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("put_item", {"Item": {"email": {"N": "1"}}}, "expected: S actual: N"),
        ("put_item", {"Item": {"email": {"S": ""}}}, "cannot contain an empty string value"),
        ("put_item", {"Item": KEY | {"n": {"N": "1", "S": "1"}}}, "more than one datatypes set"),
        ("put_item", {"Item": KEY | {"n": {"N": "1" * 39}}}, "more than 38 significant digits"),
        ("put_item", {"Item": KEY | {"n": {"N": "one"}}}, "cannot be converted to a numeric"),
        ("put_item", {"Item": KEY | {"s": {"SS": ["a", "a"]}}}, "[a, a] contains duplicates."),
        ("put_item", {"Item": KEY | {"v": nested(33)}}, "nested levels beyond supported limit"),
        ("get_item", {"Key": {"email": {"N": "1"}}}, "does not match the schema"),
        ("get_item", {"Key": KEY | {"more": {"S": "1"}}}, "does not match the schema"),
        (
            "put_item",
            {
                "Item": KEY,
                "ConditionExpression": "attribute_not_exists(email)",
                "ExpressionAttributeValues": {":x": {"S": "a"}},
            },
            "ExpressionAttributeValues unused in expressions: keys: {:x}",
        ),
        ("scan", {"FilterExpression": "a = :z"}, "is not defined; attribute value: :z"),
        (
            "query",
            {
                "KeyConditionExpression": "email = :e",
                "FilterExpression": "email = :e",
                "ExpressionAttributeValues": {":e": {"S": "a"}},
            },
            "Primary key attribute: email",
        ),
        (
            "query",
            {
                "IndexName": "issend-index",
                "KeyConditionExpression": "issend = :no",
                "ExpressionAttributeValues": {":no": {"S": "0"}},
            },
            "Condition parameter type does not match schema type",
        ),
        (
            "query",
            {
                "IndexName": "nope-index",
                "KeyConditionExpression": "issend = :no",
                "ExpressionAttributeValues": {":no": {"N": "0"}},
            },
            "The table does not have the specified index: nope-index",
        ),
        (
            "query",
            {
                "KeyConditionExpression": "email = :a OR email = :a",
                "ExpressionAttributeValues": {":a": {"S": "a"}},
            },
            "Invalid operator used in KeyConditionExpression: OR",
        ),
        *(
            (
                "put_item",
                {"Item": KEY, "ConditionExpression": unfinished},
                f'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "{near}"',
            )
            for unfinished, near in (
                ("a =", "="),
                ("((a = b)", "b)"),
                ("a = b AND", "AND"),
                ("attribute_exists(", "attribute_exists("),
            )
        ),
        ("scan", {"FilterExpression": " "}, "Invalid FilterExpression: The expression can not be"),
        (
            "put_item",
            {"Item": KEY, "ConditionExpression": "attribute_exists(a)", "Expected": {}},
            "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
        (
            "scan",
            {"FilterExpression": "attribute_exists(a)", "ExpressionAttributeNames": {}},
            "ExpressionAttributeNames must not be empty",
        ),
        (
            "scan",
            {
                "FilterExpression": "a.b BETWEEN :x AND :y",
                "ExpressionAttributeValues": {":x": {"N": "10"}, ":y": {"N": "9"}},
            },
            "Invalid FilterExpression: The BETWEEN operator requires upper bound to be greater",
        ),
        (
            "scan",
            {
                "FilterExpression": "a BETWEEN :x AND :y",
                "ExpressionAttributeValues": {":x": {"N": "1"}, ":y": {"S": "2"}},
            },
            "requires same data type for lower and upper bounds",
        ),
        (
            "scan",
            {
                "FilterExpression": "begins_with(a, :x)",
                "ExpressionAttributeValues": {":x": {"N": "1"}},
            },
            "operator or function: begins_with, operand type: N",
        ),
        (
            "scan",
            {"FilterExpression": "a <= :x", "ExpressionAttributeValues": {":x": {"L": []}}},
            "operator or function: <=, operand type: L",
        ),
        (
            "query",
            {
                "KeyConditionExpression": "email > :e AND email < :e",
                "ExpressionAttributeValues": {":e": {"S": "a"}},
            },
            "KeyConditionExpressions must only contain one condition per key",
        ),
        (
            "get_item",
            {"Key": KEY, "ProjectionExpression": "a, #b, a.b", "ExpressionAttributeNames": NAMES},
            "path one: [a], path two: [a, b]",
        ),
        (
            "scan",
            {"ExclusiveStartKey": {"email": {"N": "1"}}},
            "The provided starting key is invalid: The provided key element does not match",
        ),
        ("update_table", {}, "At least one of ProvisionedThroughput"),
        (
            "update_table",
            {
                "GlobalSecondaryIndexUpdates": [
                    {
                        "Create": {
                            "IndexName": "name-index",
                            "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
                            "Projection": {"ProjectionType": "ALL"},
                        }
                    }
                ]
            },
            "not defined in AttributeDefinitions. Keys: [name]",
        ),
    ],
)
def test_what_dynamodb_does_not_take_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    call = getattr(account.client("dynamodb"), operation)

    code, message = refusal(call, TableName="people", **parameters)

    assert code == "ValidationException"
    assert words in message


def test_a_batch_writes_each_item_once(account: Account) -> None:
    writes = [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]

    assert refusal(
        account.client("dynamodb").batch_write_item, RequestItems={"people": writes}
    ) == ("ValidationException", "Provided list of item keys contains duplicates")


def test_a_batch_has_so_many_items_whatever_their_tables(account: Account) -> None:
    client = account.client("dynamodb")
    keys = [{"email": {"S": str(number)}} for number in range(101)]
    deletes = [{"DeleteRequest": {"Key": key}} for key in keys]

    assert refusal(
        client.batch_write_item, RequestItems={"people": deletes[:20], "nope": deletes[:6]}
    ) == ("ValidationException", "Too many items requested for the BatchWriteItem call")
    assert refusal(
        client.batch_get_item,
        RequestItems={"people": {"Keys": keys[:50]}, "nope": {"Keys": keys[50:]}},
    ) == ("ValidationException", "Too many items requested for the BatchGetItem call")


def test_keys_in_batches_are_the_tables(account: Account) -> None:
    requests = {"people": {"Keys": [OTHER_KEY]}}

    assert refusal(account.client("dynamodb").batch_get_item, RequestItems=requests) == (
        "ValidationException",
        "The provided key element does not match the schema",
    )


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("transact_write_items", {"Delete": {"TableName": "people", "Key": OTHER_KEY}}),
        ("transact_write_items", {"Put": {"TableName": "people", "Item": OTHER_KEY}}),
        ("transact_get_items", {"Get": {"TableName": "people", "Key": KEY | {"n": {"N": "1"}}}}),
    ],
)
def test_a_transaction_says_which_of_its_parts_has_no_key_of_the_table(
    account: Account, operation: str, part: dict[str, Any]
) -> None:
    [kind] = part
    fine = {kind: {"TableName": "people", "Item" if kind == "Put" else "Key": KEY}}

    with pytest.raises(ClientError) as caught:
        getattr(account.client("dynamodb"), operation)(TransactItems=[fine, part])

    answer = caught.value.response
    assert answer["Error"]["Code"] == "TransactionCanceledException"
    assert answer["Error"]["Message"].endswith("[None, ValidationError]")
    assert [one["Code"] for one in answer["CancellationReasons"]] == ["None", "ValidationError"]


def test_a_transaction_reads_each_item_once(account: Account) -> None:
    part = {"Get": {"TableName": "people", "Key": KEY}}

    assert refusal(account.client("dynamodb").transact_get_items, TransactItems=[part] * 2) == (
        "ValidationException",
        "Transaction request cannot include multiple operations on one item",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"TableName": "ab"}, "at least 3 characters long"),
        ({"TableName": "a table"}, "must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        ({"KeySchema": [("email", "RANGE")]}, "The first KeySchemaElement is not a HASH key"),
        (
            {"KeySchema": [("email", "HASH"), ("email", "HASH")]},
            "The second KeySchemaElement is not a RANGE key type",
        ),
        ({"KeySchema": [("email", "HASH"), ("email", "RANGE")]}, "have the same name"),
        ({"GlobalSecondaryIndexes": ["ALL", "ALL"]}, "Duplicate index name: by-mail"),
        ({"GlobalSecondaryIndexes": ["INCLUDE"]}, "NonKeyAttributes is not specified"),
        ({"GlobalSecondaryIndexes": [None]}, "Unknown ProjectionType: null"),
        ({"GlobalSecondaryIndexes": ["ALL"] * 21}, "exceeds the per-table limit of 20"),
        ({"LocalSecondaryIndexes": ["ALL"]}, "does not have a range key for index: by-mail"),
    ],
)
def test_a_table_that_dynamodb_does_not_make_is_refused(
    account: Account, changes: dict[str, Any], words: str
) -> None:
    def schema(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
        return [{"AttributeName": name, "KeyType": kind} for name, kind in pairs]

    def index(projection: str | None) -> dict[str, Any]:
        kind = {"ProjectionType": projection} if projection else {}
        return {"IndexName": "by-mail", "KeySchema": schema([EMAIL]), "Projection": kind}

    given = {
        name: schema(value)
        if name == "KeySchema"
        else [index(one) for one in value]
        if name.endswith("Indexes")
        else value
        for name, value in changes.items()
    }
    settings = {
        "TableName": "new-table",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": schema([EMAIL]),
        "AttributeDefinitions": [{"AttributeName": "email", "AttributeType": "S"}],
        **given,
    }

    code, message = refusal(account.client("dynamodb").create_table, **settings)

    assert code == "ValidationException"
    assert words in message


@pytest.mark.parametrize(
    ("actions", "code"),
    [
        (["Delete"], "ResourceNotFoundException"),
        (["Create", "Create"], "LimitExceededException"),
        (["Create"], "ValidationException"),
    ],
)
def test_an_index_that_cannot_be_changed_is_refused(
    account: Account, actions: list[str], code: str
) -> None:
    new = {
        "IndexName": "issend-index",
        "KeySchema": [{"AttributeName": "issend", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    updates = [{one: new if one == "Create" else {"IndexName": "nope-index"}} for one in actions]
    update = account.client("dynamodb").update_table

    assert refusal(update, TableName="people", GlobalSecondaryIndexUpdates=updates)[0] == code


@pytest.mark.parametrize(
    ("written", "kept"),
    [("01.0", "1"), ("1e3", "1000"), ("-0", "0"), ("1.50", "1.5"), ("1E-3", "0.001"), ("7", "7")],
)
def test_numbers_have_one_spelling(account: Account, written: str, kept: str) -> None:
    table = account.client("dynamodb")

    table.put_item(TableName="people", Item=KEY | {"n": {"N": written}})

    assert table.get_item(TableName="people", Key=KEY)["Item"]["n"] == {"N": kept}


@pytest.mark.parametrize(
    ("held", "added", "sum_or_code"),
    [
        ("0.1", "0.2", "0.3"),
        ("9" * 38, "1", "1" + "0" * 38),
        ("1" + "0" * 36, "1", "1" + "0" * 35 + "1"),
        ("9" * 38, "1.1", "ValidationException"),
        ("9e125", "9e125", "ValidationException"),
    ],
)
def test_sums_are_exact_or_refused(
    account: Account, held: str, added: str, sum_or_code: str
) -> None:
    table = account.client("dynamodb")
    table.put_item(TableName="people", Item=KEY | {"n": {"N": held}})
    addition = {
        "TableName": "people",
        "Key": KEY,
        "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": added}},
    }

    if sum_or_code == "ValidationException":
        assert refusal(table.update_item, **addition)[0] == sum_or_code
    else:
        answer = table.update_item(**addition, ReturnValues="UPDATED_NEW")
        assert answer["Attributes"] == {"n": {"N": sum_or_code}}


@pytest.mark.parametrize(("asked", "value"), [("UPDATED_OLD", "1"), ("UPDATED_NEW", "5")])
def test_of_a_nested_attribute_only_what_was_updated_comes_back(
    account: Account, asked: str, value: str
) -> None:
    table = account.client("dynamodb")
    one, two = {"N": "1"}, {"N": "2"}
    lists = {"L": [two, {"M": {"x": one, "y": two}}]}
    table.put_item(TableName="people", Item=KEY | {"m": {"M": {"x": one, "y": two}}, "l": lists})

    answer = table.update_item(
        TableName="people",
        Key=KEY,
        UpdateExpression="SET m.x = :five, #list[1].x = :five",
        ExpressionAttributeNames={"#list": "l"},
        ExpressionAttributeValues={":five": {"N": "5"}},
        ReturnValues=asked,
    )

    only = {"M": {"x": {"N": value}}}
    assert answer["Attributes"] == {"m": only, "l": {"L": [only]}}


def test_updated_new_has_what_did_not_change_too(account: Account) -> None:
    table = account.client("dynamodb")
    answers = [
        table.update_item(
            TableName="people",
            Key=KEY,
            UpdateExpression="SET m = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )["Attributes"]
        for _ in range(2)
    ]

    assert answers == [{"m": {"N": "1"}}] * 2


def test_a_value_may_stand_in_parentheses(account: Account) -> None:
    answer = account.client("dynamodb").update_item(
        TableName="people",
        Key={"email": {"S": "counted"}},
        UpdateExpression="SET n = (if_not_exists(n, :zero) + :one), m = :one",
        ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )

    assert answer["Attributes"]["n"] == answer["Attributes"]["m"] == {"N": "1"}


@pytest.mark.parametrize("condition", ["n > :five", "n BETWEEN :five AND :five", "n = :five"])
def test_what_has_another_type_is_left_out_of_a_scan(account: Account, condition: str) -> None:
    table = account.client("dynamodb")
    for n, value in enumerate(({"S": "7"}, {"L": []}, {"SS": ["7"]}, {"BOOL": True})):
        table.put_item(TableName="people", Item={"email": {"S": f"other-{n}"}, "n": value})

    found = table.scan(
        TableName="people",
        FilterExpression=f"begins_with(email, :other) AND {condition}",
        ExpressionAttributeValues={":other": {"S": "other"}, ":five": {"N": "5"}},
    )

    assert found["Items"] == []


def test_what_has_no_size_is_left_out_of_a_scan(account: Account) -> None:
    table = account.client("dynamodb")
    table.put_item(TableName="people", Item={"email": {"S": "without"}})
    table.put_item(TableName="people", Item={"email": {"S": "a number"}, "tags": {"N": "7"}})
    table.put_item(TableName="people", Item={"email": {"S": "with"}, "tags": {"SS": ["x", "y"]}})

    found = table.scan(
        TableName="people",
        FilterExpression="size(tags) > :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )

    assert [item["email"]["S"] for item in found["Items"]] == ["with"]
