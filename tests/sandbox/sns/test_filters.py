"""Which messages a subscription's filter policy lets pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.sandbox.sns.filters import is_wanted

SHIRT = {"color": "Red", "price": 12.5, "sizes": ["S", "M"], "ip": "10.0.0.9", "sale": True}


def as_attributes(values: dict[str, Any]) -> dict[str, dict[str, str]]:
    """As a topic holds a message's attributes."""
    kinds = {str: "String", float: "Number", list: "String.Array"}
    return {
        name: {
            "Type": kinds[type(value)],
            "Value": value if isinstance(value, str) else json.dumps(value),
        }
        for name, value in values.items()
        if type(value) in kinds
    }


RULES: list[tuple[str, list[Any], bool]] = [
    ("color", ["Blue", "Red"], True),
    ("color", ["red"], False),
    ("color", [{"equals-ignore-case": "RED"}], True),
    ("color", [{"prefix": "R"}], True),
    ("color", [{"suffix": "R"}], False),
    ("color", [{"wildcard": "R*d"}], True),
    ("color", [{"wildcard": "R*"}], True),
    ("color", [{"wildcard": "R*x"}], False),
    ("color", [{"wildcard": "R.d"}], False),
    ("color", [{"anything-but": "Red"}], False),
    ("color", [{"anything-but": ["Blue", "Green"]}], True),
    ("color", [{"anything-but": {"prefix": "B"}}], True),
    ("color", [{"anything-but": {"suffix": ["d", "e"]}}], False),
    ("color", [{"anything-but": {"wildcard": "R*"}}], False),
    ("color", [{"anything-but": {"equals-ignore-case": "red"}}], False),
    ("color", [{"numeric": ["=", 1]}], False),
    ("price", [12.5], True),
    ("price", ["12.5"], False),
    ("price", [{"numeric": [">", 12, "<=", 12.5]}], True),
    ("price", [{"numeric": ["<", 12]}], False),
    ("price", [{"anything-but": 12.5}], False),
    ("price", [{"anything-but": {"prefix": "1"}}], True),
    ("sizes", ["M"], True),
    ("sizes", ["L", {"prefix": "X"}], False),
    ("sizes", [{"anything-but": ["S", "L"]}], True),
    ("ip", [{"cidr": "10.0.0.0/24"}], True),
    ("ip", [{"cidr": "10.0.1.0/24"}], False),
    ("color", [{"cidr": "10.0.0.0/24"}], False),
    ("color", [{"exists": True}], True),
    ("color", [{"exists": False}], False),
    ("none", [{"exists": False}], True),
    ("none", [{"anything-but": "x"}], False),
    ("$or", [{"color": ["Blue"]}, {"price": [12.5]}], True),
    ("$or", [{"color": ["Blue"]}, {"price": [1]}], False),
]


@pytest.mark.parametrize(("name", "rules", "wanted"), RULES)
def test_a_rule_reads_attributes_and_bodies_alike(
    name: str, rules: list[Any], wanted: bool
) -> None:
    policy = {name: rules}

    assert is_wanted(policy, "MessageAttributes", as_attributes(SHIRT), "") is wanted
    assert is_wanted(policy, "MessageBody", {}, json.dumps(SHIRT)) is wanted


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ({"shirt": {"color": ["Red"]}}, True),
        ({"shirt": {"color": ["Red"], "price": [1]}}, False),
        ({"all": {"color": ["Blue"]}}, True),
        ({"all": {"color": ["Green"]}}, False),
        ({"none": {"color": ["Red"]}}, False),
        ({"none": {"color": [{"exists": False}]}}, True),
        ({"shirt": {"sale": [True]}}, True),
        ({"shirt.color": ["Red"]}, True),
        ({"shirt.color": ["Blue"]}, False),
        ({"tags.new": ["yes"]}, True),
        ({"tags": {"new": ["yes"]}}, True),
        ({"tags": {"old": ["yes"]}}, False),
        ({"shirt.tags.new": ["yes"]}, True),
    ],
)
def test_a_rule_for_bodies_may_lie_deep(policy: dict[str, Any], wanted: bool) -> None:
    deep = {"tags.new": "yes"}
    body = json.dumps({**deep, "shirt": {**SHIRT, **deep}, "all": [SHIRT, {"color": "Blue"}]})

    assert is_wanted(policy, "MessageBody", {}, body) is wanted


def test_a_body_that_is_no_object_is_not_wanted() -> None:
    assert not is_wanted({"a": [{"exists": False}]}, "MessageBody", {}, "hello")
    assert not is_wanted({"a": [{"exists": False}]}, "MessageBody", {}, "[" * 100_000)


@pytest.mark.parametrize("rules", [[{"exists": False}], [None, {"anything-but": "Red"}]])
def test_a_message_without_attributes_fits_no_rule_on_them(rules: list[Any]) -> None:
    assert not is_wanted({"color": rules}, "MessageAttributes", {}, "")
    assert is_wanted({}, "MessageAttributes", {}, "")


def test_null_asks_for_no_such_attribute() -> None:
    policy = {"color": [None, {"anything-but": "Red"}]}

    assert is_wanted(policy, "MessageAttributes", as_attributes({"size": "L"}), "")
    assert is_wanted(policy, "MessageAttributes", as_attributes({"color": "Blue"}), "")
    assert not is_wanted(policy, "MessageAttributes", as_attributes(SHIRT), "")
