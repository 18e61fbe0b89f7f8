"""Comparisons of what an item may lack, or have of another type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.dynamodb.comparisons import AttributeValue
from moto.dynamodb.models.dynamo_type import DynamoType, Item


def value_of_attribute(original: Any) -> property:
    """The property cast_value, what a stored value is compared by.

    A boolean stands beside its type, and so equals no number: Python's True is 1.
    """

    def cast_value(self: DynamoType) -> Any:
        if self.type == "S":  # most are texts, and it is asked for at each look-up
            return self.value
        return (self.type, self.value) if self.type == "BOOL" else original.__get__(self)

    return property(cast_value)


def hash_of(self: DynamoType) -> int:
    """Of the type and what it is compared by, as equal values have to; a text is that itself."""
    return hash(("S", self.value) if self.type == "S" else (self.type, self.cast_value))


def equals(self: DynamoType, other: DynamoType) -> bool:
    """Whether type and value are equal; one number may be written in two ways."""
    if self.type != other.type:
        return False
    return bool(self.value == other.value or self.cast_value == other.cast_value)


def value_of_operand(original: Callable[..., Any], self: AttributeValue, item: Item | None) -> Any:
    """What a value in a request is compared by, which is the same for each item."""
    known = vars(self)
    if "compared_by" not in known:
        is_boolean = self.type == "BOOL"
        known["compared_by"] = (self.type, self.value) if is_boolean else original(self, item)
    return known["compared_by"]


def begins_with(self: Any, item: Item | None) -> bool:
    """The function begins_with(), of texts and of bytes."""
    kind = self.attr.get_type(item)
    if kind not in ("S", "B") or self.substr.get_type(item) != kind:
        return False
    return bool(self.attr.expr(item).startswith(self.substr.expr(item)))


def contains(original: Callable[..., bool], self: Any, item: Item | None) -> bool:
    """The function contains(), also of bytes."""
    if self.attr.get_type(item) != "B":
        return original(self, item)
    is_binary = self.operand.get_type(item) == "B"
    return is_binary and self.operand.expr(item) in self.attr.expr(item)


class _Sizeless:
    """The size of what is not there: neither above nor below any number, nor one."""

    def _is_not(self, other: object) -> bool:
        return False

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _is_not
    __hash__ = None  # type: ignore[assignment]


def size_of(original: Callable[..., int], self: Any, item: Item | None) -> int | _Sizeless:
    """The function size(), also for what has no size."""
    has_size = self.attr.get_type(item) in ("S", "B", "SS", "NS", "BS", "L", "M")
    return original(self, item) if has_size else _Sizeless()


def false_if_unlike(original: Callable[..., bool], self: Any, item: Item | None) -> bool:
    """A comparison that is false of two types, and fails for none."""
    try:
        return original(self, item)
    except TypeError:
        return False
