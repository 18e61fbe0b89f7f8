"""Numbers, sums, updated values and comparisons are as DynamoDB has them."""

from __future__ import annotations

import pytest

from mailfanout.sandbox.rules.key_conditions import spelled
from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account

KEY = {"email": {"S": "a"}}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("01.0", "1"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("1.50", "1.5"),
        ("1E-3", "0.001"),
        ("7", "7"),
        ("0e125", "0"),
        (f"1e{'0' * 5000}1", "10"),
    ],
)
def test_numbers_have_one_spelling(account: Account, written: str, kept: str) -> None:
    table = account.client("dynamodb")

    table.put_item(TableName="people", Item=KEY | {"n": {"N": written}})

    assert table.get_item(TableName="people", Key=KEY)["Item"]["n"] == {"N": kept}


def test_an_item_is_as_deep_and_as_large_as_dynamodb_holds_it(account: Account) -> None:
    table, deep = account.client("dynamodb"), {"S": "leaf"}
    for _ in range(31):
        deep = {"L": [deep]}  # type: ignore[dict-item]
    rest = 400 * 1024 - len("emailaname")
    whole, larger = (KEY | {"name": {"S": "x" * size}} for size in (rest, rest + 1))
    too_large = ("ValidationException", "Item size has exceeded the maximum allowed size")

    table.put_item(TableName="people", Item=KEY | {"deep": deep})
    table.put_item(TableName="people", Item=whole)
    part = {"Put": {"TableName": "people", "Item": larger}}

    assert refusal(table.put_item, TableName="people", Item=larger) == too_large
    assert refusal(table.transact_write_items, TransactItems=[part]) == too_large


@pytest.mark.parametrize(
    ("held", "added", "sum_or_code"),
    [
        ("0.1", "0.2", "0.3"),
        ("9" * 38, "1", "1" + "0" * 38),
        ("1" + "0" * 36, "1", "1" + "0" * 35 + "1"),
        ("9" * 38, "1.1", "ValidationException"),
        ("9e125", "9e125", "ValidationException"),
        ("1", "\u0663", "ValidationException"),
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


@pytest.mark.parametrize("condition", ["v = :v", "v IN (:v)", "NOT v <> :v"])
@pytest.mark.parametrize(
    ("stored", "compared"),
    [
        ({"BOOL": False}, {"N": "0"}),
        ({"N": "1"}, {"BOOL": True}),
        ({"L": [{"BOOL": True}]}, {"L": [{"N": "1"}]}),
    ],
)
def test_no_boolean_equals_a_number(
    account: Account, stored: object, compared: object, condition: str
) -> None:
    table = account.client("dynamodb")
    table.put_item(TableName="people", Item={"email": {"S": "one"}, "v": stored})

    found = table.scan(
        TableName="people",
        FilterExpression=condition,
        ExpressionAttributeValues={":v": compared},
    )

    assert found["Items"] == []


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("n = :v\n  AND (n) = :v\tAND NOT l[12] = :v", {"N": "1"}),
        ("(size(l)) > :v AND size(s) > :v", {"N": "1"}),
        ("size(:v) < n", {"S": ""}),
        ("begins_with(b, :v) AND contains(b, :v)", {"B": b"a"}),
    ],
)
def test_a_condition_may_be_written_in_any_way(
    account: Account, condition: str, value: object
) -> None:
    table = account.client("dynamodb")
    numbers = {"L": [{"N": str(number)} for number in range(13)]}
    item = {"n": {"N": "1"}, "s": {"S": "xx"}, "l": numbers, "b": {"B": b"abc"}}
    table.put_item(TableName="people", Item={"email": {"S": "one"}, **item})

    found = table.scan(
        TableName="people",
        FilterExpression=f"email = :one AND {condition}",
        ExpressionAttributeValues={":v": value, ":one": {"S": "one"}},
    )

    assert found["Count"] == 1


@pytest.mark.parametrize(
    "condition",
    ["email=:e", ":e = email", "(email = :e)", "\nemail\n=\n:e", "((email) = (:e))"],
)
def test_a_key_condition_may_be_written_in_any_way(account: Account, condition: str) -> None:
    table = account.client("dynamodb")
    table.put_item(TableName="people", Item={"email": {"S": "one"}})

    found = table.query(
        TableName="people",
        KeyConditionExpression=condition,
        ExpressionAttributeValues={":e": {"S": "one"}},
    )

    assert found["Count"] == 1


@pytest.mark.parametrize(
    ("condition", "of_both_keys"),
    [
        ("rank between :a and :b AND email = :e", "rank BETWEEN :a AND :b AND email = :e"),
        ("(email=:e) AND begins_with( #r,:a )", "email = :e AND begins_with(#r, :a)"),
        (":e = email AND :a<=rank", "email = :e AND rank >= :a"),
    ],
)
def test_a_condition_of_two_keys_is_spelled_as_moto_reads_it(
    condition: str, of_both_keys: str
) -> None:
    assert spelled(condition) == of_both_keys


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("SET l = list_append(:l, nope)", "refers to an attribute that does not exist in the item"),
        ("SET l = list_append(n, :l)", "An operand in the update expression has an incorrect data"),
        ("SET l = l + :n", "An operand in the update expression has an incorrect data type"),
    ],
)
def test_operands_that_only_an_item_tells_are_refused(
    account: Account, expression: str, words: str
) -> None:
    table = account.client("dynamodb")
    table.put_item(TableName="people", Item=KEY | {"l": {"L": []}, "n": {"N": "1"}})
    values = {":l": {"L": []}, ":n": {"N": "1"}}
    used = {name: value for name, value in values.items() if name in expression}

    refused = refusal(
        table.update_item,
        TableName="people",
        Key=KEY,
        UpdateExpression=expression,
        ExpressionAttributeValues=used,
    )

    assert words in refused[1]
