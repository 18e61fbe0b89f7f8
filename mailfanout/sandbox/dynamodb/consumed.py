"""What writes and transactions consume, and which item collections they change.

Each item counts for itself: one unit for each KB of the larger one of before and after, the same
again for each index that the write changes, and everything twice in a transaction.
See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from moto.core.responses import ActionResult
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import GlobalSecondaryIndex, SecondaryIndex, Table
from moto.dynamodb.responses import DynamoHandler

from mailfanout.sandbox.dynamodb.asked_items import item_requests
from mailfanout.sandbox.dynamodb.reads import read_units
from mailfanout.sandbox.dynamodb.writes import find
from mailfanout.sandbox.json_objects import Json

WRITE_UNIT_BYTES = 1024
IN_TRANSACTION = 2
# Each partition of a sandbox's table is small.
_COLLECTION_SIZE_GB = [0.0, 1.0]

Operation = Callable[[DynamoHandler], ActionResult]


class _Named(NamedTuple):
    """An item of a table, by the table's name in the request, and attributes with its key."""

    table_name: str
    table: Table
    attributes: Json

    def item(self) -> Item | None:
        return find(self.table, self.attributes)


def counts_write_units(original: Operation, self: DynamoHandler) -> ActionResult:
    """A write of any kind, with the capacity and the collections that the request asks for."""
    detail = self.body.get("ReturnConsumedCapacity", "NONE")
    wants_collections = self.body.get("ReturnItemCollectionMetrics") == "SIZE"
    if detail == "NONE" and not wants_collections:
        return original(self)
    written = [*_named(self)]
    before = [one.item() for one in written]
    answer = original(self)
    result: Any = answer.result
    if detail != "NONE":
        changes = zip(written, before, (one.item() for one in written), strict=True)
        result["ConsumedCapacity"] = _consumed(self.body, [*changes])
    if wants_collections and (collections := _collections(self.body, written)) is not None:
        result["ItemCollectionMetrics"] = collections
    return answer


def counts_units_of_gets(original: Operation, self: DynamoHandler) -> ActionResult:
    """TransactGetItems, likewise."""
    answer = original(self)
    result: Any = answer.result
    result |= of_reads(self)
    return answer


def of_reads(response: DynamoHandler) -> Json:
    """The capacity that a transaction consumes if it only reads its items."""
    detail = response.body.get("ReturnConsumedCapacity", "NONE")
    if detail == "NONE":
        return {}
    totals: dict[str, dict[str, float]] = defaultdict(lambda: {"Table": 0.0})
    for one in _named(response):
        item = one.item()
        units = read_units(item.size() if item else 0, {"ConsistentRead": True})
        totals[one.table_name]["Table"] += IN_TRANSACTION * units
    shown = [_shown(name, units, {}, detail, "ReadCapacityUnits") for name, units in totals.items()]
    return {"ConsumedCapacity": shown}


def _named(response: DynamoHandler) -> Iterator[_Named]:
    """Every item that a request names, if it has its table."""
    for name, request in item_requests(response.body):
        table = response.dynamodb_backend.tables.get(name.rpartition("/")[2])
        if table is not None:
            yield _Named(name, table, request.get("Item") or request["Key"])


def _consumed(body: Json, changes: list[tuple[_Named, Item | None, Item | None]]) -> Any:
    """By tables, if the request is for several."""
    totals: dict[str, dict[str, float]] = defaultdict(lambda: {"Table": 0.0})
    tables: dict[str, Table] = {}
    times = IN_TRANSACTION if "TransactItems" in body else 1
    for (name, table, _), before, after in changes:
        tables[name] = table
        totals[name]["Table"] += times * max(1, _units(before, after))
        for index in table.all_indexes():
            if units := _units_of_index(index, before, after):
                totals[name][index.name] = totals[name].get(index.name, 0.0) + times * units
    detail = body["ReturnConsumedCapacity"]
    again = "WriteCapacityUnits" if "TransactItems" in body else None
    shown = [
        _shown(name, units, _kinds(tables[name]), detail, again) for name, units in totals.items()
    ]
    return shown[0] if "TableName" in body else shown


def _units(*items: Item | None) -> int:
    return math.ceil(max(item.size() if item else 0 for item in items) / WRITE_UNIT_BYTES)


def _units_of_index(index: SecondaryIndex, before: Item | None, after: Item | None) -> int:
    """Nothing if what the index has of an item stays; another key is a delete and a put."""
    old, new = _entry(index, before), _entry(index, after)
    if old is None or new is None:
        return _units(old, new)
    if old.attrs == new.attrs:
        return 0
    is_moved = any(old.attrs[name] != new.attrs[name] for name in index.schema_key_attrs)
    return _units(old) + _units(new) if is_moved else _units(old, new)


def _entry(index: SecondaryIndex, item: Item | None) -> Item | None:
    """What an index has of an item: nothing of one that lacks a key of the index."""
    if item is None or not all(name in item.attrs for name in index.schema_key_attrs):
        return None
    return index.project(item)


def _kinds(table: Table) -> dict[str, str]:
    return {
        index.name: "GlobalSecondaryIndexes"
        if isinstance(index, GlobalSecondaryIndex)
        else "LocalSecondaryIndexes"
        for index in table.all_indexes()
    }


def _shown(
    name: str, units: Mapping[str, float], kinds: Mapping[str, str], detail: str, again: str | None
) -> Json:
    """What a table and its indexes consumed; a transaction says it `again` by what it does."""

    def told(count: float) -> Json:
        return {"CapacityUnits": count, **({again: count} if again else {})}

    shown: Json = {"TableName": name, **told(sum(units.values()))}
    if detail == "INDEXES":
        shown["Table"] = told(units["Table"])
        for index_name, kind in kinds.items():
            if index_name in units:
                shown.setdefault(kind, {})[index_name] = told(units[index_name])
    return shown


def _collections(body: Json, written: list[_Named]) -> Any:
    """The partitions of tables with local indexes, each once; by tables if there are several."""
    found: dict[str, list[Json]] = {}
    for name, table, attributes in written:
        if table.indexes:
            key = {table.hash_key_attr: attributes[table.hash_key_attr]}
            metrics = {"ItemCollectionKey": key, "SizeEstimateRangeGB": _COLLECTION_SIZE_GB}
            of_table = found.setdefault(name, [])
            if metrics not in of_table:
                of_table.append(metrics)
    if "TableName" not in body:
        return found
    return found[body["TableName"]][0] if found else None
