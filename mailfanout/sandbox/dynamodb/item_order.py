"""A table's items in the order of some of their attributes; a look-up never walks them all."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import SecondaryIndex, Table

# The type of each attribute comes before its value, so that values of two types can be compared.
Key = tuple[Any, ...]

KEY_TYPES = ("S", "N", "B")
# By table, then by the attributes that sort: two indexes with the same keys share an order.
_orders: WeakKeyDictionary[Table, dict[tuple[str, ...], ItemOrder]] = WeakKeyDictionary()


class ItemOrder:
    """The items that have all of these attributes, as keys, sorted by them.

    The table's own key is among the attributes, so that each item has a place of its own.
    """

    def __init__(self, attributes: Sequence[str], items: Iterable[Item]) -> None:
        self._attributes = attributes
        self._items = {key: item for item in items if (key := self._key(item.attrs))}
        self._keys = sorted(self._items)

    def replace(self, before: Item | None, after: Item | None) -> None:
        """Forget one version of an item, and give the next one its place."""
        old = self._key(before.attrs) if before else None
        is_moved = not (before and after) or any(
            before.attrs.get(name) is not after.attrs.get(name) for name in self._attributes
        )
        new = (self._key(after.attrs) if after else None) if is_moved else old
        if old and old != new and self._items.pop(old, None):
            del self._keys[bisect_left(self._keys, old)]
        if new and after:
            if new not in self._items:
                insort(self._keys, new)
            self._items[new] = after

    def items(self, positions: Iterable[int]) -> Iterator[Item]:
        """The items at these positions, each found when its turn comes."""
        return (self._items[self._keys[position]] for position in positions)

    def all(self) -> range:
        """The positions of all items."""
        return range(len(self._keys))

    def equal(self, values: Iterable[DynamoType]) -> range:
        """The positions of the items whose first attributes have these values."""
        return self._starting_with(_parts(values))

    def compared(
        self, values: Iterable[DynamoType], comparison: str, operands: Sequence[DynamoType]
    ) -> range:
        """The positions of items of `equal` whose next attribute compares so with the operands."""
        prefix = (*_parts(values), operands[0].type)
        same_type = self._starting_with(prefix)
        if comparison == "BEGINS_WITH":
            return self._beginning_with(operands[0].value, len(prefix), same_type)
        low = self._starting_with((*prefix, operands[0].cast_value))
        high = self._starting_with((*prefix, operands[-1].cast_value))
        start, stop = {
            "=": (low.start, low.stop),
            "<": (same_type.start, low.start),
            "<=": (same_type.start, low.stop),
            ">": (low.stop, same_type.stop),
            ">=": (low.start, same_type.stop),
            "BETWEEN": (low.start, high.stop),
        }[comparison]
        return range(start, stop)

    def beyond(self, start: Mapping[str, DynamoType], positions: range, *, forward: bool) -> range:
        """The positions after this key, in the direction of a read. The item may be gone."""
        place = self._key(start)
        if place is None:
            raise MockValidationException("The provided starting key is invalid")
        if forward:
            return range(max(positions.start, bisect_right(self._keys, place)), positions.stop)
        return range(positions.start, min(positions.stop, bisect_left(self._keys, place)))

    def _key(self, attributes: Mapping[str, DynamoType]) -> Key | None:
        values = [attributes[name] for name in self._attributes if name in attributes]
        if len(values) < len(self._attributes) or any(v.type not in KEY_TYPES for v in values):
            return None
        return _parts(values)

    def _starting_with(self, prefix: Key) -> range:
        length = len(prefix)
        start = bisect_left(self._keys, prefix)
        return range(start, bisect_right(self._keys, prefix, start, key=lambda key: key[:length]))

    def _beginning_with(self, beginning: Any, depth: int, positions: range) -> range:
        within = positions.start, positions.stop

        def start_of_value(key: Key) -> Any:
            return key[depth][: len(beginning)]

        start = bisect_left(self._keys, beginning, *within, key=start_of_value)
        return range(start, bisect_right(self._keys, beginning, *within, key=start_of_value))


def order_of(table: Table, index: SecondaryIndex | None) -> ItemOrder:
    """The order of an index, or of the table itself; kept from the first time that it is read."""
    by_kind = sorted(index.schema if index else [], key=lambda key: key["KeyType"])
    names = [key["AttributeName"] for key in by_kind] + table.table_key_attrs
    attributes = tuple(dict.fromkeys(names))
    orders = _orders.setdefault(table, {})
    if attributes not in orders:
        orders[attributes] = ItemOrder(attributes, _items(table))
    return orders[attributes]


def sort_in(table: Table, before: Item | None, after: Item | None) -> None:
    """Follow a change of one item in every order of its table."""
    for order in _orders.get(table, {}).values():
        order.replace(before, after)


def _items(table: Table) -> Iterator[Item]:
    for partition in table.items.values():
        if isinstance(partition, Item):
            yield partition
        else:
            yield from partition.values()


def _parts(values: Iterable[DynamoType]) -> Key:
    return tuple(part for value in values for part in (value.type, value.cast_value))
