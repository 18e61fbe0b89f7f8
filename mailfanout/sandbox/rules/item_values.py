"""Attribute values of DynamoDB: of one type each, sets without doubles, numbers in one spelling.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from mailfanout.sandbox.http import ApiError

MOST_DIGITS = 38
# What is as DynamoDB would write it already.
_PLAIN = re.compile(r"-?[1-9]\d{0,17}|0")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_SETS = ("SS", "NS", "BS")


def settle_values(values: dict[str, Any]) -> None:
    """Spell every number as DynamoDB does. Raises ApiError for what is no attribute value."""
    for value in values.values():
        _settle(value)


def _settle(value: dict[str, Any]) -> None:
    if len(value) != 1:
        what = "has more than one datatypes set" if value else "is empty"
        raise _invalid(
            f"Supplied AttributeValue {what}, must contain exactly one of the supported datatypes"
        )
    kind, held = next(iter(value.items()))
    if kind == "N":
        value["N"] = held if _PLAIN.fullmatch(held) else _spelled(held)
    elif kind == "M":
        settle_values(held)
    elif kind == "L":
        for one in held:
            _settle(one)
    elif kind in _SETS:
        if kind == "NS":
            value["NS"] = held = [_spelled(one) for one in held]
        if len(set(held)) != len(held):
            shown = "" if kind == "BS" else f" [{', '.join(held)}]"
            raise _invalid(
                "One or more parameter values were invalid: Input collection"
                f"{shown} contains duplicates."
            )


def _spelled(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise _invalid(f"The parameter cannot be converted to a numeric value: {text}")
    number = Decimal(text.strip())
    digits = number.as_tuple().digits
    significant = "".join(map(str, digits)).strip("0")
    if len(significant) > MOST_DIGITS:
        raise _invalid("Attempting to store more than 38 significant digits in a Number")
    if not number:
        return "0"
    if not -130 <= number.adjusted() <= 125:
        size = "larger" if number.adjusted() > 0 else "smaller"
        flow = "overflow" if number.adjusted() > 0 else "underflow"
        raise _invalid(
            f"Number {flow}. Attempting to store a number with magnitude {size} than supported "
            "range"
        )
    written = format(number, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
