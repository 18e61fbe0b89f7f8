"""The actions of an UpdateExpression, carried out on the attributes of an item.

Every value is worked out from what the item held before.
See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from moto.dynamodb.exceptions import (
    AttributeDoesNotExist,
    IncorrectDataType,
    InvalidUpdateExpressionInvalidDocumentPath,
    MockValidationException,
)
from moto.dynamodb.models.dynamo_type import DynamoType

from mailfanout.sandbox.dynamodb import grammar
from mailfanout.sandbox.dynamodb.grammar import Applied, DocumentPath, Node, Value
from mailfanout.sandbox.dynamodb.numbers import ARITHMETIC, InvalidNumber, spelled
from mailfanout.sandbox.dynamodb.values import copied, of_type
from mailfanout.sandbox.json_objects import Json

Path = list[str | int]


class Change(NamedTuple):
    """One action: what holds the attribute or the list's entry, its name or index, an operand."""

    action: str
    holder: DynamoType
    place: str | int
    operand: DynamoType | None

    @property
    def held(self) -> DynamoType | None:
        return _entry(self.holder, self.place)

    def put(self, value: DynamoType) -> None:
        if isinstance(self.place, int):  # an entry behind a list's last one is added to it
            self.holder.value[self.place : self.place + 1] = [value]
        else:
            self.holder.value[self.place] = value


def carry_out(
    text: str,
    attributes: Mapping[str, DynamoType],
    names: Mapping[str, str],
    values: Mapping[str, Json],
) -> dict[str, DynamoType]:
    """The attributes of an item after an UpdateExpression. Raises moto's errors."""
    item = of_type("M", {name: copied(value) for name, value in attributes.items()})
    actions = grammar.parse_update(text)
    changes = [_change(one, item, names, values) for one in actions]
    for one in sorted(changes, key=_turn):
        _DO[one.action](one)
    found: dict[str, DynamoType] = item.value
    return found


def changed_paths(text: str, names: Mapping[str, str]) -> list[Path]:
    """What an UpdateExpression changes: `SET a.b[0] = :c` changes a, b, 0."""
    changed = (action.operands[0] for action in grammar.parse_update(text))
    return [grammar.resolved(one, names) for one in changed if isinstance(one, DocumentPath)]


def _change(
    action: Applied, item: DynamoType, names: Mapping[str, str], values: Mapping[str, Json]
) -> Change:
    target, *operands = action.operands
    assert isinstance(target, DocumentPath)
    *above, place = grammar.resolved(target, names)
    holder = _found(item, above)
    if holder is None or holder.type != ("L" if isinstance(place, int) else "M"):
        raise InvalidUpdateExpressionInvalidDocumentPath
    if not operands:
        return Change(action.operator, holder, place, None)
    operand = _worked_out(operands[0], item, names, values)
    if operand is None:
        raise AttributeDoesNotExist
    return Change(action.operator, holder, place, operand)


def _turn(change: Change) -> tuple[bool, int]:
    """Last what is removed; from a list the last entry first, so that the others stay in place.

    Entries are added to a list in the order of their indexes.
    """
    is_removal, place = change.action == "REMOVE", change.place
    if not isinstance(place, int):
        return is_removal, 0
    return is_removal, -place if is_removal else place


def _worked_out(
    node: Node, item: DynamoType, names: Mapping[str, str], values: Mapping[str, Json]
) -> DynamoType | None:
    """The value of an operand; None if the item does not have it."""
    if isinstance(node, Value):
        return DynamoType(values[node.name])
    if isinstance(node, DocumentPath):
        found = _found(item, grammar.resolved(node, names))
        return None if found is None else copied(found)
    one, other = (_worked_out(operand, item, names, values) for operand in node.operands)
    if node.operator == "if_not_exists":
        return other if one is None else one
    if one is None or other is None:
        raise AttributeDoesNotExist
    return (
        _joined(one, other) if node.operator == "list_append" else _sum(node.operator, one, other)
    )


def _joined(one: DynamoType, other: DynamoType) -> DynamoType:
    if one.type != "L" or other.type != "L":
        raise IncorrectDataType
    return of_type("L", one.value + other.value)


def _sum(sign: str, one: DynamoType, other: DynamoType) -> DynamoType:
    if one.type != "N" or other.type != "N":
        raise IncorrectDataType
    apply = ARITHMETIC.subtract if sign == "-" else ARITHMETIC.add
    try:
        return of_type("N", spelled(str(apply(Decimal(one.value), Decimal(other.value)))))
    except InvalidNumber as error:
        raise MockValidationException(str(error)) from error


def _found(item: DynamoType, path: Path) -> DynamoType | None:
    found: DynamoType | None = item
    for part in path:
        found = None if found is None else _entry(found, part)
    return found


def _entry(holder: DynamoType, place: str | int) -> DynamoType | None:
    """The attribute of a map, or the entry of a list; None if it is not there."""
    found: DynamoType | None = None
    if holder.type == "M":
        found = holder.value.get(place)
    elif holder.type == "L" and isinstance(place, int) and place < len(holder.value):
        found = holder.value[place]
    return found


def _set(change: Change) -> None:
    assert change.operand is not None
    change.put(change.operand)


def _add(change: Change) -> None:
    held, operand = change.held, change.operand
    assert operand is not None
    if operand.type == "N":
        change.put(operand if held is None else _sum("+", held, operand))
    else:
        _check_set(operand, held or operand)
        members = dict.fromkeys((*held.value, *operand.value) if held else operand.value)
        change.put(of_type(operand.type, [*members]))


def _delete(change: Change) -> None:
    held, operand = change.held, change.operand
    assert operand is not None
    if held is None:
        return
    _check_set(operand, held)
    if left := [one for one in held.value if one not in operand.value]:
        change.put(of_type(held.type, left))
    else:  # no set is empty
        _remove(change)


def _check_set(operand: DynamoType, held: DynamoType) -> None:
    if not operand.is_set() or operand.type != held.type:
        raise IncorrectDataType


def _remove(change: Change) -> None:
    if change.held is not None:
        del change.holder.value[change.place]


_DO: Mapping[str, Callable[[Change], None]] = {
    "ADD": _add,
    "DELETE": _delete,
    "REMOVE": _remove,
    "SET": _set,
}
