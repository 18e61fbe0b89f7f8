"""Comparisons of what an item may lack, or have of another type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.dynamodb.models.dynamo_type import Item


class _Sizeless:
    """The size of what is not there: neither above nor below any number, nor one."""

    def _is_not(self, other: object) -> bool:
        return False

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _is_not
    __hash__ = None  # type: ignore[assignment]


def size_of(original: Callable[..., int]) -> Callable[..., int | _Sizeless]:
    """The function size(), also for what has no size."""

    def expr(self: Any, item: Item | None) -> int | _Sizeless:
        has_size = self.attr.get_type(item) in ("S", "B", "SS", "NS", "BS", "L", "M")
        return original(self, item) if has_size else _Sizeless()

    return expr


def false_if_unlike(original: Callable[..., bool]) -> Callable[..., bool]:
    """A comparison that is false of two types, and fails for none."""

    def expr(self: Any, item: Item | None) -> bool:
        try:
            return original(self, item)
        except TypeError:
            return False

    return expr
