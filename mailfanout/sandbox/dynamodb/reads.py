"""Query and Scan in pages, at the cost of what a page reads.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import GlobalSecondaryIndex, SecondaryIndex, Table
from moto.dynamodb.responses import DynamoHandler

from mailfanout.sandbox.dynamodb.item_order import order_of
from mailfanout.sandbox.dynamodb.projections import Paths, projected
from mailfanout.sandbox.dynamodb.values import typed

Attributes = dict[str, Any]
Page = tuple[list[Item], int, Attributes | None]

PAGE_LIMIT_BYTES = 1024 * 1024
READ_UNIT_BYTES = 4096

# Whether the read that this thread does asks for all attributes.
_wants_all: ContextVar[bool] = ContextVar("wants_all", default=False)
# What the last read in this thread found before filtering.
_bytes_read: ContextVar[int] = ContextVar("bytes_read", default=0)


def checks_selection(original: Callable[..., None], *, operation: str, **settings: Any) -> None:
    """Raise MockValidationException for a Select that is not taken; a Scan's is not counted."""
    try:
        original(operation=operation, **settings)
    except MockValidationException as error:
        counted = "1 validation error detected: " if operation == "Scan" else ""
        raise MockValidationException(error.exception_msg.removeprefix(counted)) from error


def query(
    self: Table,
    hash_key: DynamoType | None,
    range_comparison: str | None,
    range_objs: list[DynamoType],
    limit: int | None,
    exclusive_start_key: Attributes | None,
    scan_index_forward: bool,
    projection_expressions: Paths | None,
    index_name: str | None = None,
    consistent_read: bool = False,
    filter_expression: Any = None,
    hash_key_conditions: Sequence[tuple[str, DynamoType]] = (),
    range_key_conditions: Sequence[tuple[str, str, list[DynamoType]]] = (),
    **_older_filter: Any,
) -> Page:
    """A page of the items that meet the key conditions. The signature is moto's.

    A filter from before there were expressions has become one.
    """
    index = _index(self, index_name, consistent_read=consistent_read)
    order = order_of(self, index)
    values = [value for _name, value in hash_key_conditions]
    values += [operands[0] for _name, _comparison, operands in range_key_conditions[:-1]]
    if range_key_conditions:
        positions = order.compared(values, *range_key_conditions[-1][1:])
    else:
        positions = order.equal(values)
    if exclusive_start_key:
        start_key = typed(exclusive_start_key)
        positions = order.beyond(start_key, positions, forward=scan_index_forward)
    read = _Read(self, index, limit, filter_expression, projection_expressions)
    return read.page(order.items(positions if scan_index_forward else reversed(positions)))


def scan(
    self: Table,
    _older_filters: Any,
    limit: int | None,
    exclusive_start_key: Attributes | None,
    filter_expression: Any = None,
    index_name: str | None = None,
    consistent_read: bool = False,
    projection_expression: Paths | None = None,
    segments: Any = (None, None),
) -> Page:
    """A page of all items. The signature is moto's."""
    index = _index(self, index_name, consistent_read=consistent_read)
    order = order_of(self, index)
    positions = order.all()
    if exclusive_start_key:
        positions = order.beyond(typed(exclusive_start_key), positions, forward=True)
    items = order.items(positions)
    if segments != (None, None):
        items = (item for item in items if item.is_within_segment(segments))
    read = _Read(self, index, limit, filter_expression, projection_expression)
    return read.page(items)


def counts_read_units(
    original: Callable[[DynamoHandler], ActionResult], self: DynamoHandler
) -> ActionResult:
    """GetItem, Query or Scan, with the read units that AWS charges if the request asks for them.

    See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    _wants_all.set(self.body.get("Select") == "ALL_ATTRIBUTES")
    answer = original(self)
    detail = self.body.get("ReturnConsumedCapacity", "NONE")
    if detail != "NONE":
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        if "Key" in self.body:
            item = self.dynamodb_backend.get_item(table.name, self.body["Key"])
            _bytes_read.set(item.size() if item else 0)
        result: Any = answer.result
        result["ConsumedCapacity"] = _consumed(table, self.body, in_detail=detail == "INDEXES")
    return answer


def counts_units_of_batch(
    original: Callable[[DynamoHandler], ActionResult], self: DynamoHandler
) -> ActionResult:
    """BatchGetItem, likewise: each of its items is rounded up for itself.

    What it leaves for another call is asked for there as it was here.
    """
    answer = original(self)
    result: Any = answer.result
    left = result["UnprocessedKeys"]
    for name, request in left.items():
        left[name] = self.body["RequestItems"][name] | request
    detail = self.body.get("ReturnConsumedCapacity", "NONE")
    counted = []
    for name, read in self.body["RequestItems"].items() if detail != "NONE" else ():
        done = [key for key in read["Keys"] if key not in left.get(name, {}).get("Keys", ())]
        items = (self.dynamodb_backend.get_item(name, key) for key in done)
        units = sum(read_units(one.size() if one else 0, read) for one in items)
        of_table = {"Table": {"CapacityUnits": units}} if detail == "INDEXES" else {}
        counted.append({"TableName": name, "CapacityUnits": units, **of_table})
    result["ConsumedCapacity"] = counted
    return answer


def has_doubles(self: DynamoHandler, keys: Sequence[Attributes | str]) -> bool:
    """Whether a key, or what is written as JSON, comes twice in a batch."""
    written = {key if isinstance(key, str) else str(sorted(key.items())) for key in keys}
    return len(written) < len(keys)


@dataclass(frozen=True)
class _Read:
    table: Table
    index: SecondaryIndex | None
    limit: int | None
    filter: Any
    projection: Paths | None

    def page(self, items: Iterable[Item]) -> Page:
        """The wanted items of a page, how many it read, and the last one's key if it is full.

        As on AWS, a page that Limit filled has such a key, whether or not there is another item.
        """
        read: list[Item] = []
        size_bytes = 0
        is_full = False
        index = self._index_alone()
        for item in map(index.project, items) if index else items:
            item_bytes = item.size()
            if is_full := size_bytes + item_bytes > PAGE_LIMIT_BYTES:
                break
            read.append(item)
            size_bytes += item_bytes
            if is_full := len(read) == self.limit:
                break
        _bytes_read.set(size_bytes)
        found = [one for one in read if self.filter.expr(one)] if self.filter else read
        if self.projection:
            found = projected(found, self.projection)
        name = self.index.name if self.index else None
        last_key = self.table._get_last_evaluated_key(read[-1], name) if is_full else None
        return found, len(read), last_key

    def _index_alone(self) -> SecondaryIndex | None:
        """The index, unless the table is read too, as AWS does for what a local index lacks."""
        reads_table = self.projection or _wants_all.get()
        is_global = isinstance(self.index, GlobalSecondaryIndex)
        return None if reads_table and not is_global else self.index


def _consumed(table: Table, body: Attributes, *, in_detail: bool) -> Attributes:
    units = read_units(_bytes_read.get(), body)
    consumed = {"TableName": body["TableName"], "CapacityUnits": units}
    if not in_detail:
        return consumed
    name = body.get("IndexName")
    if not name:
        return consumed | {"Table": {"CapacityUnits": units}}
    is_global = isinstance(table.get_index(name), GlobalSecondaryIndex)
    kind = "GlobalSecondaryIndexes" if is_global else "LocalSecondaryIndexes"
    return consumed | {"Table": {"CapacityUnits": 0}, kind: {name: {"CapacityUnits": units}}}


def read_units(size_bytes: int, read: Attributes) -> float:
    """What an item, or a page of them, costs to read."""
    blocks = max(1, math.ceil(size_bytes / READ_UNIT_BYTES))
    return blocks if read.get("ConsistentRead") else blocks / 2


def _index(table: Table, name: str | None, *, consistent_read: bool) -> SecondaryIndex | None:
    if not name:
        return None
    index = table.get_index(name, error_if_not=True)
    if consistent_read and isinstance(index, GlobalSecondaryIndex):
        raise MockValidationException(
            "Consistent reads are not supported on global secondary indexes"
        )
    return index
