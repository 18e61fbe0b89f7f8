"""Attribute values of DynamoDB: of one type each, sets without doubles, numbers in one spelling.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import base64
from typing import Any

from mailfanout.sandbox.dynamodb import InvalidNumber, spelled
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.rules.tables import invalid, wrong

# How many levels an attribute has, itself and what it holds at last among them.
DEEPEST = 32
# What is said of each if it is empty. The second spaces are AWS's.
_SETS = {
    "SS": "An string set  may not be empty",
    "NS": "An number set  may not be empty",
    "BS": "Binary sets should not be empty",
}


def settle_values(values: dict[str, Any], depth: int = 0) -> None:
    """Spell every number as DynamoDB does. Raises ApiError for what is no attribute value."""
    for value in values.values():
        _settle(value, depth)


def settle_expression_values(values: dict[str, Any]) -> None:
    """The same of the values of an expression, whose placeholders are named if one is wrong.

    DynamoDB does not name that of an empty set.
    """
    for name, value in values.items():
        try:
            _settle(value, 0)
        except ApiError as error:
            words = f"ExpressionAttributeValues contains invalid value: {error.message}"
            is_named = not error.message.endswith(tuple(_SETS.values()))
            raise invalid(f"{words} for key {name}" if is_named else words) from error


def _settle(value: dict[str, Any], depth: int) -> None:
    if depth >= DEEPEST:
        raise invalid(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
            "levels beyond supported limit"
        )
    if len(value) != 1:
        what = "has more than one datatypes set" if value else "is empty"
        raise invalid(
            f"Supplied AttributeValue {what}, must contain exactly one of the supported datatypes"
        )
    kind, held = next(iter(value.items()))
    if kind == "N":
        value["N"] = _number(held)
    elif kind == "M":
        settle_values(held, depth + 1)
    elif kind == "L":
        for one in held:
            _settle(one, depth + 1)
    elif kind == "NULL" and held is not True:
        raise wrong("Null attribute value types must have the value of true")
    elif kind in _SETS:
        if not held:
            raise wrong(_SETS[kind])
        if kind == "NS":
            value["NS"] = held = [_number(one) for one in held]
        if len(set(held)) != len(held):
            raise _has_doubles(kind, held)


def _has_doubles(kind: str, held: list[Any]) -> ApiError:
    if kind == "NS":
        return invalid("Input collection contains duplicates")
    if kind == "SS":
        return wrong(f"Input collection [{', '.join(held)}] contains duplicates.")
    shown = ", ".join(base64.b64encode(one).decode() for one in held)
    return wrong(f"Input collection [{shown}]of type BS contains duplicates.")


def _number(text: str) -> str:
    try:
        return spelled(text)
    except InvalidNumber as error:
        raise invalid(str(error)) from error
