"""Attribute values of DynamoDB: of one type each, sets without doubles, numbers in one spelling.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

from typing import Any

from mailfanout.sandbox.dynamodb import InvalidNumber, spelled
from mailfanout.sandbox.rules.tables import invalid

DEEPEST = 32
_SETS = ("SS", "NS", "BS")


def settle_values(values: dict[str, Any], depth: int = 0) -> None:
    """Spell every number as DynamoDB does. Raises ApiError for what is no attribute value."""
    for value in values.values():
        _settle(value, depth)


def _settle(value: dict[str, Any], depth: int) -> None:
    if depth > DEEPEST:
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
    elif kind in _SETS:
        if kind == "NS":
            value["NS"] = held = [_number(one) for one in held]
        if len(set(held)) != len(held):
            shown = "" if kind == "BS" else f" [{', '.join(held)}]"
            raise invalid(
                "One or more parameter values were invalid: Input collection"
                f"{shown} contains duplicates."
            )


def _number(text: str) -> str:
    try:
        return spelled(text)
    except InvalidNumber as error:
        raise invalid(str(error)) from error
