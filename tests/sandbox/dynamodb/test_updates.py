"""What the actions of an UpdateExpression do, one by one and together."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.parts.dynamodb_tables import Table

EMAIL = "sato@example.com"
HELD = {
    "count": {"N": "7"},
    "letters": {"L": [{"S": one} for one in "abc"]},
    "about": {"M": {"age": {"N": "40"}}},
    "tags": {"SS": ["a", "b"]},
}
VALUES = {
    ":n": {"N": "1.5"},
    ":s": {"S": "new"},
    ":list": {"L": [{"S": "d"}]},
    ":set": {"SS": ["b", "c"]},
    ":all": {"SS": ["a", "b"]},
    ":empty": {"S": ""},
}


@pytest.fixture
def held(table: Table) -> Table:
    table.put(EMAIL, **HELD)
    return table


def updated(table: Table, expression: str) -> dict[str, Any]:
    values = {name: one for name, one in VALUES.items() if name in expression.split()}
    given = {"ExpressionAttributeValues": values} if values else {}
    attributes: dict[str, Any] = table.update(
        EMAIL, expression, **given, ReturnValues="ALL_NEW"
    ).get("Attributes", {})
    return attributes


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("SET count = count - :n", {"count": {"N": "5.5"}}),
        ("SET fresh = if_not_exists ( fresh, :s )", {"fresh": {"S": "new"}}),
        ("SET count = if_not_exists ( count, :s )", {}),
        ("SET about.name = :s", {"about": {"M": {"age": {"N": "40"}, "name": {"S": "new"}}}}),
        ("SET letters[9] = :s", {"letters": {"L": [{"S": one} for one in ("a", "b", "c", "new")]}}),
        (
            "SET letters = list_append( letters, :list )",
            {"letters": {"L": [{"S": one} for one in "abcd"]}},
        ),
        ("REMOVE letters[0], letters[2], letters[7]", {"letters": {"L": [{"S": "b"}]}}),
        (
            "REMOVE letters[0] SET letters[1] = :s",
            {"letters": {"L": [{"S": "new"}, {"S": "c"}]}},
        ),
        ("ADD count :n", {"count": {"N": "8.5"}}),
        ("ADD fresh :n", {"fresh": {"N": "1.5"}}),
        ("ADD tags :set", {"tags": {"SS": ["a", "b", "c"]}}),
        ("ADD fresh :set", {"fresh": {"SS": ["b", "c"]}}),
        ("DELETE tags :set", {"tags": {"SS": ["a"]}}),
        ("DELETE fresh :set", {}),
    ],
)
def test_action_changes_what_it_names_and_nothing_else(
    held: Table, expression: str, changed: dict[str, Any]
) -> None:
    before = held.get(EMAIL)
    assert before

    assert updated(held, expression) == before | changed


def test_set_without_members_is_gone(held: Table) -> None:
    assert "tags" not in updated(held, "DELETE tags :all")


def test_values_are_those_before_the_update(held: Table) -> None:
    found = updated(held, "SET count = :n, old = count, copy = about, about.age = :n")

    assert (found["old"], found["copy"]) == (HELD["count"], HELD["about"])


def test_update_that_says_nothing_puts_the_key(table: Table) -> None:
    table.update_item(Key={"email": {"S": EMAIL}})

    assert table.get(EMAIL) == {"email": {"S": EMAIL}}


@pytest.mark.parametrize(
    "expression",
    [
        "SET count = fresh",
        "SET count = about.age.years",
        "SET count = count + about",
        "SET letters = list_append( letters, tags )",
        "SET about.age.years = :n",
        "SET fresh.name = :s",
        "SET tags[0] = :s",
        "REMOVE fresh.name",
        "REMOVE count.name",
        "ADD tags :n",
        "ADD count :set",
        "DELETE letters :set",
        "SET email = :s",
        "SET haserror = :s",
    ],
)
def test_action_that_the_item_does_not_bear_changes_nothing(held: Table, expression: str) -> None:
    before = held.get(EMAIL)

    assert refusal(updated, held, expression)[0] == "ValidationException"

    assert held.get(EMAIL) == before


def test_item_cannot_grow_beyond_400_kilobytes(held: Table) -> None:
    values = {":long": {"S": "x" * 400 * 1024}}

    code = refusal(held.update, EMAIL, "SET long = :long", ExpressionAttributeValues=values)[0]

    assert code == "ValidationException"


def test_key_of_an_index_cannot_become_empty(replaced: Any) -> None:
    replaced.create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("email", "city")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "city-index",
                "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )

    code, _ = refusal(updated, Table(replaced, "people"), "SET city = :empty")
    assert code == "ValidationException"
