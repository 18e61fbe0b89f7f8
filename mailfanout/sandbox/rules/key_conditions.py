"""What DynamoDB refuses of key conditions: whatever does not compare one key with values.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mailfanout.sandbox.dynamodb import Applied, DocumentPath, Node, Value, grammar
from mailfanout.sandbox.rules.tables import invalid

_TAKEN = ("AND", "=", "<", "<=", ">", ">=", "BETWEEN", "begins_with", "size")
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_IN = "Invalid condition in KeyConditionExpression:"


def check_key_condition(text: str, names: Mapping[str, str]) -> None:
    """Raise ApiError for what asks for more than one thing of each of the keys."""
    asked = set[str]()
    for one in _conditions(grammar.parse(text)):
        if one.operator not in _TAKEN:
            raise invalid(f"Invalid operator used in KeyConditionExpression: {one.operator}")
        key = grammar.resolved(_key_of(one), names)
        if len(key) > 1:
            raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
        if str(key[0]) in asked:
            raise invalid(
                "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one "
                "condition per key"
            )
        asked.add(str(key[0]))


class Compared(NamedTuple):
    """A key that is asked for, how, and the placeholders of the values that it is compared to."""

    key: str
    operator: str
    values: list[str]


def compared(text: str, names: Mapping[str, str]) -> Iterator[Compared]:
    """What a condition asks of each key."""
    for one in _conditions(grammar.parse(text)):
        key = str(grammar.resolved(_key_of(one), names)[0])
        yield Compared(key, _operator(one), _values(one))


def spelled(text: str) -> str:
    """The same condition as moto reads it: keys first, one space, no parentheses around."""
    return " AND ".join(map(_spelled, _conditions(grammar.parse(text))))


def _spelled(condition: Applied) -> str:
    operator, key, values = _operator(condition), _key_of(condition).parts[0], _values(condition)
    if operator == "begins_with":
        return f"begins_with({key}, {values[0]})"
    if operator == "BETWEEN":
        return f"{key} BETWEEN {' AND '.join(values)}"
    return f"{key} {operator} {values[0]}"


def _operator(condition: Applied) -> str:
    """How the key is compared, if it comes first: `:a < b` is `b > :a`."""
    is_mirrored = isinstance(condition.operands[0], Value)
    return _MIRRORED[condition.operator] if is_mirrored else condition.operator


def _values(condition: Applied) -> list[str]:
    return [value.name for value in condition.operands if isinstance(value, Value)]


def _conditions(node: Node) -> Iterator[Applied]:
    """What AND combines."""
    if isinstance(node, Applied) and node.operator == "AND":
        for one in node.operands:
            yield from _conditions(one)
    elif isinstance(node, Applied):
        yield node


def _key_of(condition: Applied) -> DocumentPath:
    operator, operands = condition.operator, condition.operands
    if any(isinstance(one, Applied) for one in operands):
        raise invalid("KeyConditionExpressions cannot contain nested operations")
    if operator in ("BETWEEN", "begins_with") and not isinstance(operands[0], DocumentPath):
        raise invalid(f"{_IN} {operator} operator must have the key attribute as its first operand")
    found = [one for one in operands if isinstance(one, DocumentPath)]
    if not found:
        raise invalid(f"{_IN} No key attribute specified")
    if len(found) > 1:
        raise invalid(f"{_IN} Multiple attribute names used in one condition")
    return found[0]
