"""Attribute values: moto's, with fewer copies, and their JSON."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.utilities import bytesize

from mailfanout.sandbox.json_objects import Json, written

# Names of attributes and indexes of lists, from the outermost on.
ResolvedPath = tuple[str | int, ...]
CONTAINERS = ("M", "L", "SS", "NS", "BS")
LARGEST_ITEM_BYTES = 400 * 1024
# Of a map or a list; each of its parts takes one more.
OVERHEAD_BYTES = 3


def size(self: DynamoType) -> int:
    """What a value counts against the limits, in bytes.

    See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    match self.type:
        case "M":
            parts: list[int] = [bytesize(name) + one.size() for name, one in self.value.items()]
            return OVERHEAD_BYTES + len(parts) + sum(parts)
        case "L":
            entries: list[int] = [one.size() for one in self.value]
            return OVERHEAD_BYTES + len(entries) + sum(entries)
        case "NS":
            return sum(map(_size_of_number, self.value))
        case "SS" | "BS":
            return sum(bytesize(value) for value in self.value)
        case "BOOL" | "NULL":
            return 1
        case "N":
            return _size_of_number(str(self.value))
        case _:
            return bytesize(self.value)


def _size_of_number(text: str) -> int:
    """A byte, one for a minus, and one for two digits; zeros around the others take none."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return 1 + math.ceil(len(digits) / 2) + text.startswith("-")


def new_item(original: Callable[..., None], self: Item, *parts: Any) -> None:
    """Another item. Raises ItemSizeTooLarge for one that DynamoDB does not hold."""
    original(self, *parts)
    if self.size() > LARGEST_ITEM_BYTES:
        raise ItemSizeTooLarge


def item_size(self: Item) -> int:
    """What an item counts against the limits, in bytes; most of its values are strings.

    It is counted once: an item never changes.
    """
    counted: int | None = vars(self).get("size_bytes")
    if counted is None:
        counted = sum(
            len(name.encode()) + (len(value.value.encode()) if value.type == "S" else value.size())
            for name, value in self.attrs.items()
        )
        vars(self)["size_bytes"] = counted
    return counted


def to_regular_json(self: DynamoType) -> dict[str, Any]:
    """A value as plain dicts and lists, with bytes for type B."""
    value = self.value
    if self.type == "M":
        value = {name: nested.to_regular_json() for name, nested in value.items()}
    elif self.type == "L":
        value = [nested.to_regular_json() for nested in value]
    elif self.type == "B" and isinstance(value, str):
        value = base64.b64decode(value)
    return {self.type: value}


def same(self: Item, memo: dict[int, Any]) -> Item:
    """Deep copies an item as itself: what a table holds never changes."""
    return self


def of_same_key(item: Item, attributes: Mapping[str, DynamoType]) -> Item:
    """Another item in the place of this one."""
    other: Item = object.__new__(Item)
    other.hash_key, other.range_key = item.hash_key, item.range_key
    other.attrs = LimitedSizeDict()  # whoever adds to it measures the whole each time
    other.attrs.update(attributes)
    return other


def excerpt(attributes: Mapping[str, Json], paths: Collection[ResolvedPath]) -> dict[str, Json]:
    """Of attributes what lies on these paths, in maps and lists that hold no more than that."""
    return {
        name: kept
        for name, value in attributes.items()
        if (kept := _excerpt(value, [path[1:] for path in paths if path[0] == name]))
    }


def _excerpt(value: Json, paths: list[ResolvedPath]) -> Json | None:
    if not paths or () in paths:
        return value if paths else None
    if "M" in value:
        within = excerpt(value["M"], paths)
        return {"M": within} if within else None
    if "L" not in value:
        return None
    numbered = {str(number): one for number, one in enumerate(value["L"])}
    kept = [*excerpt(numbered, [(str(path[0]), *path[1:]) for path in paths]).values()]
    return {"L": kept} if kept else None


def encode(result: Mapping[str, Any], members: Collection[str]) -> bytes:
    """An answer's body, of those members that the service's model has."""
    body = {name: value for name, value in result.items() if name in members}
    return written(body, default=_plain)


def of_type(kind: str, held: Any) -> DynamoType:
    """A value whose parts are moto's values already."""
    value = DynamoType.__new__(DynamoType)
    value.type, value.value = kind, held
    return value


def typed(attributes: Mapping[str, Json]) -> dict[str, DynamoType]:
    """Attributes as moto's values."""
    return {name: DynamoType(value) for name, value in attributes.items()}


def copied(value: DynamoType) -> DynamoType:
    """A copy to change, or the value itself if nothing can be changed in it."""
    if value.type not in CONTAINERS:
        return value
    if value.type == "M":
        return of_type("M", {name: copied(nested) for name, nested in value.value.items()})
    return of_type(value.type, [copied(one) if value.type == "L" else one for one in value.value])


def _plain(value: Any) -> Any:
    if isinstance(value, DynamoType):
        return {value.type: value.value}
    return base64.b64encode(value).decode()
