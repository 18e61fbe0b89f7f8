"""Paths into items: what a read gives of them, and what an update changes."""

from __future__ import annotations

from typing import Any

import pytest

from support.parts.dynamodb_tables import Table

ITEM: dict[str, Any] = {
    "email": {"S": "sato"},
    "sent": {"L": [{"S": "0"}, {"B": b"\x01\xff"}, {"M": {"to": {"NS": ["1"]}, "no": {"S": ""}}}]},
    "a.b": {"M": {"c[0]": {"S": "odd"}, "name": {"BOOL": False}}},
}


def read(table: Table, operation: str, **projection: Any) -> Any:
    """The item, as one of the operations that take a projection gives it."""
    key = {"email": ITEM["email"]}
    match operation:
        case "batch":
            request = {table.name: {"Keys": [key], **projection}}
            return table.client.batch_get_item(RequestItems=request)["Responses"][table.name][0]
        case "transaction":
            get = {"TableName": table.name, "Key": key, **projection}
            return table.client.transact_get_items(TransactItems=[{"Get": get}])["Responses"][0][
                "Item"
            ]
        case "scan":
            return table.scan(**projection)["Items"][0]
        case _:
            return table.get_item(Key=key, **projection)["Item"]


@pytest.mark.parametrize("operation", ["get", "batch", "transaction", "scan"])
@pytest.mark.parametrize(
    ("projection", "names", "found"),
    [
        (
            "sent[2].#t, sent[1]",
            {"#t": "to"},
            {"sent": {"L": [{"B": b"\x01\xff"}, {"M": {"to": {"NS": ["1"]}}}]}},
        ),
        ("#s[0]", {"#s": "sent"}, {"sent": {"L": [{"S": "0"}]}}),
        (
            "#ab.#c,\n email",
            {"#ab": "a.b", "#c": "c[0]"},
            {"a.b": {"M": {"c[0]": {"S": "odd"}}}, "email": {"S": "sato"}},
        ),
        ("#e.part, sent[7], sent[2].#n", {"#e": "email", "#n": "none"}, {}),
    ],
)
def test_a_projection_gives_what_lies_on_its_paths(
    table: Table, operation: str, projection: str, names: dict[str, str], found: Any
) -> None:
    table.put_item(Item=ITEM)

    read_part = read(
        table, operation, ProjectionExpression=projection, ExpressionAttributeNames=names
    )

    assert read_part == found


UPDATED = [
    ("SET l[9] = :nine, l[7] = :seven", ["0", "1", "2", "7", "9"]),
    ("REMOVE l[0] SET l[2] = :nine", ["1", "9"]),
    ("REMOVE l[0], l[1] ADD l[2] :seven", ["9"]),
    ("SET l[0] = l[2], l[2] = l[0] REMOVE l[1]", ["2", "0"]),
    ("SET l[0] = if_not_exists(a, if_not_exists(b, :nine))", ["9", "1", "2"]),
    ("SET l[0] = (:nine) - (:seven)", ["2", "1", "2"]),
]


@pytest.mark.parametrize(("expression", "numbers"), UPDATED)
def test_indexes_mean_what_they_did_before_the_update(
    table: Table, expression: str, numbers: list[str]
) -> None:
    table.put("sato", l={"L": [{"N": str(number)} for number in range(3)]})
    values = {":nine": {"N": "9"}, ":seven": {"N": "7"}}
    used = {name: value for name, value in values.items() if name in expression}

    table.update("sato", expression, **({"ExpressionAttributeValues": used} if used else {}))

    assert (table.get("sato") or {})["l"] == {"L": [{"N": one} for one in numbers]}
