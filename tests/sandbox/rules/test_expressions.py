"""What DynamoDB refuses of expressions."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

KEY = {"email": {"S": "a"}}
NAMES = {"#b": "b"}
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
    "attribute_type(a, b)": "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
    "#z = a": "used in the document path is not defined; attribute name: #z",
    " OR ".join(["a = b"] * 151): "contains too many operators; operator count: 301",
    f"a IN ({', '.join(['b'] * 101)})": "The IN operator is provided with too many operands",
    f"a = {'b' * 4093}": "exceeded the maximum allowed size; expression size: 4097",
}

VALUES = {":n": {"N": "1"}, ":s": {"S": "a"}}
WRONG_UPDATES = {
    "ADD n :s SET m = :n": "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OP",
    "DELETE n :n SET m = :s": "operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DE",
    "SET n = n + :s, m = :n": "operator or function: +, operand type: S",
    "SET n = list_append(n, :s), m = :n": "operator or function: list_append, operand type: S",
    "SET n = if_not_exists(:n, :s)": "requires a document path; operator or function: if_not_exi",
    "SET n = if_not_exists(:n), m = :s": "function: if_not_exists, number of operands: 1",
    "SET n = size(:n), m = :s": "not allowed in an update expression; function: size",
    "SET n = half(:n), m = :s": "Invalid function name; function: half",
    "SET n = :n, n = :s": "Two document paths overlap",
    "SET n = :n SET m = :s": 'The "SET" section can only be used once',
    "SET n.a = :n, n[0] = :s": "conflict with each other; must remove or rewrite one of these pat",
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


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
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
            "scan",
            {"FilterExpression": "a = :z", "ExpressionAttributeValues": {"z": {"S": ""}}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "z"',
        ),
        (
            "scan",
            {"FilterExpression": "#a = a", "ExpressionAttributeNames": {"#-": "a"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "#-"',
        ),
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
                ("((a = b)", ")"),
                ("a = b AND", "AND"),
                ("attribute_exists(", "("),
            )
        ),
        ("scan", {"FilterExpression": " "}, "Invalid FilterExpression: The expression can not be"),
        (
            "scan",
            {
                "FilterExpression": "attribute_type(a, :x)",
                "ExpressionAttributeValues": {":x": {"S": "String"}},
            },
            "Invalid attribute type name found; type: String, valid types: {B,NULL,SS,BOOL,L,BS,N,",
        ),
        (
            "get_item",
            {"Key": KEY, "ExpressionAttributeNames": NAMES},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            "update_item",
            {"Key": KEY, "ExpressionAttributeValues": VALUES},
            "using expressions: UpdateExpression and ConditionExpression are null",
        ),
        (
            "scan",
            {"ProjectionExpression": "email", "ExpressionAttributeValues": VALUES},
            "using expressions: FilterExpression is null",
        ),
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
            "query",
            {
                "KeyConditionExpression": "email > :e AND email < :e",
                "ExpressionAttributeValues": {":e": {"S": "a"}},
            },
            "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one "
            "condition per key",
        ),
        (
            "query",
            {
                "KeyConditionExpression": "email = :e AND a = :e",
                "ExpressionAttributeValues": {":e": {"S": "a"}},
            },
            "The number of query conditions (2) exceeds the number of key attributes defined in "
            "the schema (1)",
        ),
        (
            "get_item",
            {"Key": KEY, "ProjectionExpression": "a, #b, a.b", "ExpressionAttributeNames": NAMES},
            "path one: [a], path two: [a, b]",
        ),
        ("query", {}, "Either the KeyConditions or KeyConditionExpression parameter must be"),
    ],
)
def test_an_expression_that_dynamodb_does_not_take_is_refused(
    account: Account, operation: str, parameters: dict[str, Any], words: str
) -> None:
    call = getattr(account.client("dynamodb"), operation)

    code, message = refusal(call, TableName="people", **parameters)

    assert code == "ValidationException"
    assert words in message


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
