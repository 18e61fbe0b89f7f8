"""What DynamoDB refuses of items and expressions, and how it spells values."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.account_in_sandbox import ACCOUNT_ID, Account, refusal

KEY, OTHER_KEY = {"email": {"S": "a"}}, {"email": {"N": "1"}}
NAMES = {"#b": "b"}


MANY = [{"Key": str(number), "Value": ""} for number in range(51)]
TWICE = [{"Key": "a", "Value": ""}] * 2
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT_ID}:table/people"
NO_TABLE = f"{TABLE}-nope"


# What each is refused with; none of them has a placeholder.
WRONG_CONDITIONS = {
    "a = a": "operands for this operator or function; operator: =, first operand: [a]",
    "contains(a.b[1], a.b[1])": "operator: contains, first operand: [a, b, [1]]",
    "contains(a)": "operator or function: contains, number of operands: 1",
    "a = b AND size(a)": "not allowed to be used this way in an expression; function: size",
    "a = contains(a, b)": "not allowed to be used this way in an expression; function: contains",
    "whatever(a)": "Invalid function name; function: whatever",
    "attribute_exists(size(a))": "requires a document path; operator or function: attribute_exists",
    "begins_with(a, size(b))": "operator or function: begins_with, operand type: N",
    "((a = b))": "The expression has redundant parentheses;",
    "a.views = b": "reserved keyword: views",
    " OR ".join(["a = b"] * 151): "contains too many operators; operator count: 301",
    f"a = {'b' * 4093}": "exceeded the maximum allowed size; expression size: 4097",
}
VALUES = {":n": {"N": "1"}, ":s": {"S": "a"}}
WRONG_UPDATES = {
    "ADD n :s SET m = :n": "operator: ADD, operand type: STRING",
    "DELETE n :n SET m = :s": "operator: DELETE, operand type: NUMBER",
    "SET n = n + :s, m = :n": "operator or function: +, operand type: S",
    "SET n = list_append(n, :s), m = :n": "operator or function: list_append, operand type: S",
    "SET n = if_not_exists(:n, :s)": "requires a document path; operator or function: if_not_exi",
    "SET n = if_not_exists(:n), m = :s": "function: if_not_exists, number of operands: 1",
    "SET n = size(:n), m = :s": "Invalid function name; function: size",
    "SET n = :n, n = :s": "Two document paths overlap",
    "ADD n n": 'Syntax error; token: "n", near: "n n"',
}
WRONG_KEY_CONDITIONS = {
    "email <> :s": "Invalid operator used in KeyConditionExpression: <>",
    "contains(email, :s)": "Invalid operator used in KeyConditionExpression: contains",
    "size(email) = :s": "KeyConditionExpressions cannot contain nested operations",
    "email = :s AND a.b = :s": "cannot have conditions on nested attributes",
    "email = :s AND a = b": "Multiple attribute names used in one condition",
    ":s = :s": "No key attribute specified",
    "begins_with(:s, email)": "begins_with operator must have the key attribute as its first",
}


def nested(levels: int) -> dict[str, Any]:
    """A value in so many lists."""
    return {"L": [nested(levels - 1)]} if levels else {"S": "a"}


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
        (
            "update_item",
            {
                "Key": KEY,
                "UpdateExpression": "SET n = :n - :n + :n",
                "ExpressionAttributeValues": {":n": {"N": "1"}},
            },
            'Syntax error; token: "+", near: ":n + :n"',
        ),
        *(
            ("put_item", {"Item": KEY, "ConditionExpression": one}, "Expression: Syntax error;")
            for one in ("a IN ()", "NOT NOT a = b", "a", "a == b", "a b", "a..b = c", "(" * 2000)
        ),
        *(("scan", {"FilterExpression": one}, words) for one, words in WRONG_CONDITIONS.items()),
        *(
            (
                "update_item",
                {"Key": KEY, "UpdateExpression": one, "ExpressionAttributeValues": VALUES},
                words,
            )
            for one, words in WRONG_UPDATES.items()
        ),
        *(
            (
                "query",
                {"KeyConditionExpression": one, "ExpressionAttributeValues": {":s": {"S": "a"}}},
                words,
            )
            for one, words in WRONG_KEY_CONDITIONS.items()
        ),
        *(
            ("get_item", {"Key": KEY, "ProjectionExpression": one}, words)
            for one, words in {"a,,b": 'token: ",", near: ",,b"', "size(a)": "Syntax error"}.items()
        ),
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
            "scan",
            {
                "FilterExpression": "a BETWEEN :x AND :x",
                "ExpressionAttributeValues": {":x": {"M": {}}},
            },
            "operator or function: BETWEEN, operand type: M",
        ),
        (
            "put_item",
            {"Item": KEY | {"v": {"N": "1e9999999999999999999"}}},
            "cannot be converted to a numeric value",
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
        ("query", {}, "Either the KeyConditions or KeyConditionExpression parameter must be"),
        (
            "update_time_to_live",
            {"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "until"}},
            "TimeToLive is already disabled",
        ),
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


@pytest.mark.parametrize(
    ("operation", "request_of_table"),
    [
        ("batch_get_item", {"Keys": [OTHER_KEY]}),
        ("batch_write_item", [{"PutRequest": {"Item": OTHER_KEY}}]),
        ("batch_write_item", [{"PutRequest": {"Item": {"name": {"S": "a"}}}}]),
    ],
)
def test_keys_in_batches_are_the_tables(
    account: Account, operation: str, request_of_table: Any
) -> None:
    call = getattr(account.client("dynamodb"), operation)

    assert refusal(call, RequestItems={"people": request_of_table}) == (
        "ValidationException",
        "The provided key element does not match the schema",
    )


def test_a_batch_has_so_many_items_of_a_table(account: Account) -> None:
    writes = [{"PutRequest": {"Item": {"email": {"S": str(number)}}}} for number in range(26)]

    message = refusal(account.client("dynamodb").batch_write_item, RequestItems={"t": writes})[1]

    assert message.endswith(
        "at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, "
        "Member must have length greater than or equal to 1]"
    )


@pytest.mark.parametrize("operation", ["describe_time_to_live", "delete_table"])
def test_a_table_that_is_not_there_is_named(account: Account, operation: str) -> None:
    call = getattr(account.client("dynamodb"), operation)

    assert refusal(call, TableName="nope") == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: nope not found",
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


def test_nothing_is_set_within_what_is_no_map(account: Account) -> None:
    client = account.client("dynamodb")
    client.put_item(TableName="people", Item={"email": {"S": "z"}, "name": {"S": "Z"}})
    given = {"TableName": "people", "Key": {"email": {"S": "z"}}}

    for path in ("#n.given", "#n[0]"):
        assert refusal(
            client.update_item,
            **given,
            UpdateExpression=f"SET {path} = :v",
            ExpressionAttributeNames={"#n": "name"},
            ExpressionAttributeValues={":v": {"S": "z"}},
        ) == (
            "ValidationException",
            "The document path provided in the update expression is invalid for update",
        )


@pytest.mark.parametrize(
    ("service", "method", "given", "code"),
    [
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"aws:a": ""}}, "InvalidParameterV"),
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"k" * 129: ""}}, "InvalidParameterV"),
        ("sqs", "create_queue", {"QueueName": "new", "tags": {"k": "v" * 257}}, "InvalidParameter"),
        ("sns", "create_topic", {"Name": "new", "Tags": MANY}, "TagLimitExceeded"),
        ("sesv2", "create_email_identity", {"EmailIdentity": "a.jp", "Tags": MANY}, "BadRequest"),
        ("events", "put_rule", {"Name": "r", "Tags": TWICE}, "ValidationException"),
        ("dynamodb", "tag_resource", {"ResourceArn": TABLE, "Tags": TWICE}, "ValidationExc"),
        ("dynamodb", "tag_resource", {"ResourceArn": NO_TABLE, "Tags": []}, "ResourceNotFound"),
    ],
)
def test_tags_that_no_service_gives_are_refused(
    account: Account, service: str, method: str, given: dict[str, Any], code: str
) -> None:
    assert refusal(getattr(account.client(service), method), **given)[0].startswith(code)
