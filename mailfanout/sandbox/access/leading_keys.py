"""The partition keys that a call of DynamoDB names: policies give parts of a table by them.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.dynamodb import Applied, DocumentPath, Value, grammar, item_requests
from mailfanout.sandbox.json_objects import Json


def leading_keys(call: ApiCall, account_id: str) -> list[str]:
    """Of all items that it reads or writes, and of a Query; a Scan has none."""
    tables = dynamodb_backends[account_id][call.region].tables
    found = []
    for table_name, request in item_requests(call.parameters):
        if table := tables.get(str(table_name).rpartition("/")[2]):
            indexes = {one.name: one.schema for one in table.all_indexes()}
            schema: Any = indexes.get(request.get("IndexName", ""), table.schema)
            name = next(one["AttributeName"] for one in schema if one["KeyType"] == "HASH")
            found += [_text(value) for value in _values(request, name) if value]
    return found


def _values(request: Json, name: str) -> Iterator[Any]:
    for part in ("Key", "Item"):
        yield (request.get(part) or {}).get(name)
    of_older_query = (request.get("KeyConditions") or {}).get(name) or {}
    yield from of_older_query.get("AttributeValueList", ())
    try:
        yield from _asked(request, name)
    except (LookupError, RecursionError, ValueError):
        return  # DynamoDB does not take such a Query


def _asked(request: Json, name: str) -> Iterator[Any]:
    """What a Query's condition compares the key with."""
    text = request.get("KeyConditionExpression")
    names = request.get("ExpressionAttributeNames") or {}
    for one in grammar.walk(grammar.parse(text)) if text else ():
        if isinstance(one, Applied) and one.operator == "=":
            paths = [path for path in one.operands if isinstance(path, DocumentPath)]
            values = [value for value in one.operands if isinstance(value, Value)]
            if [grammar.resolved(path, names) for path in paths] == [[name]] and values:
                yield request["ExpressionAttributeValues"][values[0].name]


def _text(value: Mapping[str, Any]) -> str:
    held = next(iter(value.values()))
    return base64.b64encode(held).decode() if isinstance(held, bytes) else str(held)
