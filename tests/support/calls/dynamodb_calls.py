"""Random calls of DynamoDB, of every kind that the pipeline makes and of many more.

None asks for what moto alone is known to answer wrong: the size of an attribute that is not there,
and UPDATED_OLD and UPDATED_NEW. Nor for an update that is none, which rules refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any

CALLS_PER_RUN = 120

Call = tuple[str, dict[str, Any]]

NAMES = [{"S": name} for name in "abcdef"]
NUMBERS = [{"N": number} for number in ("-2", "0", "0.7", "10")]
VALUES: list[dict[str, Any]] = [
    *NAMES,
    *NUMBERS,
    {"S": ""},
    {"S": "メール \N{ENVELOPE WITH DOWNWARDS ARROW ABOVE}\n"},
    {"B": b"\x00\xff\xfe"},
    {"SS": ["one", "two"]},
    {"NS": ["1", "2.5"]},
    {"BS": [b"\x01", b"\xff"]},
    {"BOOL": False},
    {"NULL": True},
    {"L": []},
    {"L": [{"N": "1"}, {"L": [{"B": b"\x02"}]}, {"SS": ["x"]}]},
    {"M": {}},
    {"M": {"inner": {"M": {"B": {"B": b"\x03"}, "N": {"NS": ["3"]}}}, "count": {"N": "7"}}},
]


def some_calls(random: Random) -> Iterator[Call]:
    for table in ["flat"] * 6 + ["ranked"] * 30:
        yield "put_item", {"TableName": table, "Item": an_item(random, table)}
    for _ in range(CALLS_PER_RUN):
        yield random.choice(CALLS)(random)


def a_key(random: Random, table: str) -> dict[str, Any]:
    key = {"email": random.choice(NAMES)}
    return key if table == "flat" else key | {"rank": random.choice(NUMBERS)}


def an_item(random: Random, table: str) -> dict[str, Any]:
    attributes = {
        "n": random.choice(NUMBERS),
        "s": random.choice(NAMES),
        "v": random.choice(VALUES),
        "w": random.choice(VALUES),
        "m": {"M": {"count": random.choice(NUMBERS), "inner": {"M": {}}}},
        "l": {"L": [random.choice(VALUES) for _ in range(3)]},
        "tags": {"SS": ["a", "b"]},
    }
    kept = random.sample(sorted(attributes), random.randint(0, len(attributes)))
    return a_key(random, table) | {name: attributes[name] for name in kept}


def values_of(random: Random, *expressions: str) -> dict[str, Any]:
    """Names and values for the placeholders in these expressions."""
    known = {
        ":n": random.choice(NUMBERS),
        ":s": random.choice(NAMES),
        ":v": random.choice(VALUES),
        ":w": random.choice(VALUES),
        ":low": {"N": "0"},
        ":high": {"N": "9"},
        ":set": {"SS": random.choice([["a"], ["b", "c"], ["a", "b", "c"]])},
        ":list": {"L": [random.choice(VALUES)]},
        ":type": {"S": random.choice(["S", "N", "M", "NULL"])},
    }
    text = " ".join(expressions)
    values = {name: value for name, value in known.items() if re.search(rf"{name}\b", text)}
    names = {name: attribute for name, attribute in ALIASES.items() if name in text}
    return {
        **({"ExpressionAttributeValues": values} if values else {}),
        **({"ExpressionAttributeNames": names} if names else {}),
    }


ALIASES = {"#value": "v", "#inner": "inner", "#mail": "email"}
CONDITIONS = [
    "attribute_exists(email)",
    "attribute_not_exists(#value)",
    "n = :n",
    "n < :n OR s = :s",
    "s <> :s AND n >= :low",
    "contains(tags, :s)",
    "begins_with(s, :s)",
    "n BETWEEN :low AND :high",
    "NOT n IN (:low, :n)",
    "attribute_type(#value, :type)",
    "m.#inner = :v",
    "#value = :v",
    "attribute_exists(s) AND size(s) = :n",
    "n = :undefined",
    "n = :undefined",
]
UPDATES = [
    "SET v = :v",
    "SET n = :n",
    "SET s = :s, #value = :v, w = :w REMOVE tags",
    "SET n = n + :n",
    "SET n = if_not_exists(n, :low) - :n",
    "SET w = n, n = :n",
    "SET m.#inner.deep = :v, m.#inner.listed = :list",
    "SET l = list_append(if_not_exists(l, :list), :list)",
    "SET l[1] = :v",
    "REMOVE l[0], l[2]",
    "REMOVE n, m.#inner",
    "REMOVE v ADD n :n",
    "ADD tags :set",
    "DELETE tags :set",
    "SET #mail = :s",
    "SET v = w.nowhere",
]
PROJECTIONS = ["email", "email, #value, n", "m.#inner, s", "l[0], tags", "nowhere"]


def put_item(random: Random) -> Call:
    table = random.choice(["flat", "ranked"])
    condition = maybe(random, CONDITIONS, "ConditionExpression")
    returned = maybe(random, ["ALL_OLD", "NONE"], "ReturnValues")
    parameters = {"TableName": table, "Item": an_item(random, table), **condition, **returned}
    return "put_item", parameters | values_of(random, *condition.values())


def update_item(random: Random) -> Call:
    table = random.choice(["flat", "ranked"])
    update = random.choice(UPDATES)
    condition = maybe(random, CONDITIONS, "ConditionExpression")
    returned = maybe(random, ["ALL_OLD", "ALL_NEW", "NONE"], "ReturnValues")
    failed = maybe(random, ["ALL_OLD"], "ReturnValuesOnConditionCheckFailure")
    parameters = {"TableName": table, "Key": a_key(random, table), "UpdateExpression": update}
    values = values_of(random, update, *condition.values())
    return "update_item", parameters | condition | returned | failed | values


def delete_item(random: Random) -> Call:
    table = random.choice(["flat", "ranked"])
    condition = maybe(random, CONDITIONS, "ConditionExpression")
    returned = maybe(random, ["ALL_OLD"], "ReturnValues")
    parameters = {"TableName": table, "Key": a_key(random, table), **condition, **returned}
    return "delete_item", parameters | values_of(random, *condition.values())


def get_item(random: Random) -> Call:
    table = random.choice(["flat", "ranked"])
    projection = maybe(random, PROJECTIONS, "ProjectionExpression")
    parameters = {"TableName": table, "Key": a_key(random, table), **projection}
    return "get_item", parameters | values_of(random, *projection.values())


def batch_get_item(random: Random) -> Call:
    asked = {}
    for table in ("flat", "ranked"):
        projection = maybe(random, PROJECTIONS, "ProjectionExpression")
        keys = [a_key(random, table) for _ in range(random.randint(1, 3))]
        asked[table] = {"Keys": keys, **projection, **values_of(random, *projection.values())}
    return "batch_get_item", {"RequestItems": asked}


def batch_write_item(random: Random) -> Call:
    asked: dict[str, list[Any]] = {"flat": [], "ranked": []}
    for table, writes in asked.items():
        for _ in range(random.randint(1, 3)):
            writes.append({"PutRequest": {"Item": an_item(random, table)}})
        writes.append({"DeleteRequest": {"Key": a_key(random, table)}})
    return "batch_write_item", {"RequestItems": asked}


def transact_get_items(random: Random) -> Call:
    gets = [{"Get": {"TableName": "flat", "Key": a_key(random, "flat")}} for _ in range(3)]
    return "transact_get_items", {"TransactItems": gets}


def transact_write_items(random: Random) -> Call:
    kinds = {
        "Put": put_item,
        "Update": update_item,
        "Delete": delete_item,
        "ConditionCheck": delete_item,
    }
    writes = []
    for kind in random.choices(list(kinds), k=random.randint(1, 3)):
        _name, write = kinds[kind](random)
        write.pop("ReturnValues", None)
        if kind == "ConditionCheck":
            write |= {"ConditionExpression": CONDITIONS[0]}
        writes.append({kind: write})
    return "transact_write_items", {"TransactItems": writes}


def query(random: Random) -> Call:
    where, condition = random.choice(KEY_CONDITIONS)
    extras = page_options(random)
    texts = [text for text in extras.values() if isinstance(text, str)]
    forward = maybe(random, [True, False], "ScanIndexForward")
    parameters = {**where, "KeyConditionExpression": condition, **extras, **forward}
    return "query", parameters | values_of(random, condition, *texts)


def scan(random: Random) -> Call:
    where = random.choice(KEY_CONDITIONS)[0]
    extras = page_options(random)
    texts = [text for text in extras.values() if isinstance(text, str)]
    segments = maybe(random, [0, 1, 2], "Segment")
    total = {"TotalSegments": 3} if segments else {}
    return "scan", {**where, **extras, **segments, **total, **values_of(random, *texts)}


def page_options(random: Random) -> dict[str, Any]:
    projection = maybe(random, PROJECTIONS, "ProjectionExpression")
    count = {} if projection else maybe(random, ["COUNT"], "Select")
    filters = maybe(random, CONDITIONS, "FilterExpression")
    return projection | count | filters | maybe(random, [1, 2, 5], "Limit")


FLAT, RANKED = {"TableName": "flat"}, {"TableName": "ranked"}
KEY_CONDITIONS: list[tuple[dict[str, str], str]] = [
    (FLAT, "email = :s"),
    (FLAT | {"IndexName": "n-index"}, "n = :n"),
    (FLAT | {"IndexName": "s-index"}, "s = :s"),
    (FLAT | {"IndexName": "s-index"}, "s = :s AND n <= :n"),
    (RANKED, "#mail = :s"),
    *((RANKED, f"email = :s AND rank {sign} :n") for sign in ("=", "<", "<=", ">", ">=")),
    (RANKED, "email = :s AND rank BETWEEN :low AND :high"),
    (RANKED | {"IndexName": "local"}, "email = :s"),
    (RANKED | {"IndexName": "local"}, "email = :s AND begins_with(s, :s)"),
    (RANKED | {"IndexName": "s-index"}, "s = :s AND n > :low"),
    (RANKED, "rank = :n"),
]


def legacy_query(random: Random) -> Call:
    equal = {"ComparisonOperator": "EQ", "AttributeValueList": [random.choice(NAMES)]}
    above = {"ComparisonOperator": "GE", "AttributeValueList": [random.choice(NUMBERS)]}
    return "query", {"TableName": "ranked", "KeyConditions": {"email": equal, "rank": above}}


def legacy_update(random: Random) -> Call:
    change = {"n": {"Action": "ADD", "Value": random.choice(NUMBERS)}, "v": {"Action": "DELETE"}}
    key = a_key(random, "flat")
    return "update_item", {"TableName": "flat", "Key": key, "AttributeUpdates": change}


def describe_table(random: Random) -> Call:
    return "describe_table", {"TableName": random.choice(["flat", "ranked", "nowhere"])}


def maybe(random: Random, choices: list[Any], name: str) -> dict[str, Any]:
    return {name: random.choice(choices)} if random.random() < 0.4 else {}


CALLS = [
    put_item,
    put_item,
    put_item,
    update_item,
    update_item,
    update_item,
    delete_item,
    get_item,
    batch_get_item,
    batch_write_item,
    transact_get_items,
    transact_write_items,
    query,
    query,
    scan,
    legacy_query,
    legacy_update,
    describe_table,
]
