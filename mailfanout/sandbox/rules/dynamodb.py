"""What DynamoDB refuses of tables, keys and expressions, and how it spells numbers.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.rules.expressions import check_expressions, compared, path_names
from mailfanout.sandbox.rules.item_values import settle_values

Json = dict[str, Any]
Key = Mapping[str, Json]

SHORTEST_NAME, LONGEST_NAME = 3, 255
_NO_MATCH = "The provided key element does not match the schema"


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for what DynamoDB does not take; spell the call's numbers as it does."""
    parameters = call.parameters
    if call.operation == "CreateTable":
        return _check_name(parameters["TableName"])
    for values in _values(parameters):
        settle_values(values)
    for request in (parameters, *_transact_items(parameters)):
        check_expressions(request)
    tables = dynamodb_backends[account_id][call.region].tables
    if call.operation == "BatchWriteItem":
        return _check_batch(parameters["RequestItems"], tables)
    if (table := tables.get(_named(parameters))) is None:
        return
    if call.operation == "UpdateTable":
        _check_new_indexes(parameters, table)
    elif call.operation in ("Query", "Scan"):
        _check_reads(parameters, table)
    elif "Key" in parameters:
        _check_key(parameters["Key"], table)
    elif "Item" in parameters:
        _check_item_key(parameters["Item"], table)


def _named(parameters: Json) -> str:
    return str(parameters.get("TableName", "")).rpartition("/")[2]


def _check_name(name_or_arn: str) -> None:
    if not SHORTEST_NAME <= len(name_or_arn.rpartition("/")[2]) <= LONGEST_NAME:
        raise _invalid(
            f"TableName must be at least {SHORTEST_NAME} characters long and at most "
            f"{LONGEST_NAME} characters long"
        )


def _values(parameters: Json) -> Iterator[Json]:
    """Every map of attribute values in a call."""
    for request in (parameters, *_transact_items(parameters)):
        for name in ("Item", "Key", "ExpressionAttributeValues"):
            if name in request:
                yield request[name]
    requests = parameters.get("RequestItems") or {}
    for request in requests.values():
        for write in request if isinstance(request, list) else ():
            yield from (action.get("Item") or action.get("Key") or {} for action in write.values())


def _transact_items(parameters: Json) -> Iterator[Json]:
    for item in parameters.get("TransactItems") or ():
        yield from item.values()


def _check_batch(requests: Json, tables: Mapping[str, Table]) -> None:
    """A batch writes each item once."""
    for name, writes in requests.items():
        table = tables.get(name.rpartition("/")[2])
        if table is None:
            continue
        keys = []
        for action in (action for write in writes for action in write.values()):
            if "Item" in action:
                _check_item_key(action["Item"], table)
            else:
                _check_key(action["Key"], table)
            held = action.get("Item") or action["Key"]
            keys.append([held.get(name) for name in _key_types(table)])
        if any(keys.count(key) > 1 for key in keys):
            raise _invalid("Provided list of item keys contains duplicates")


def _check_new_indexes(parameters: Json, table: Table) -> None:
    given = parameters.get("AttributeDefinitions") or table.attr
    defined = [one["AttributeName"] for one in given]
    for update in parameters.get("GlobalSecondaryIndexUpdates") or ():
        schema = update.get("Create", {}).get("KeySchema", [])
        missing = [key["AttributeName"] for key in schema if key["AttributeName"] not in defined]
        if missing:
            raise _invalid(
                "One or more parameter values were invalid: Some index key attributes are not "
                f"defined in AttributeDefinitions. Keys: [{', '.join(missing)}], "
                f"AttributeDefinitions: [{', '.join(defined)}]"
            )


def _check_key(key: Key, table: Table) -> None:
    types = _key_types(table)
    if key.keys() != types.keys() or any(types[name] not in key[name] for name in types):
        raise _invalid(_NO_MATCH)
    _check_no_key_is_empty(key)


def _check_item_key(item: Key, table: Table) -> None:
    for name, kind in _key_types(table).items():
        if name not in item:
            raise _invalid(
                f"One or more parameter values were invalid: Missing the key {name} in the item"
            )
        if kind not in item[name]:
            raise _invalid(
                "One or more parameter values were invalid: Type mismatch for key "
                f"{name} expected: {kind} actual: {next(iter(item[name]))}"
            )
    _check_no_key_is_empty({name: item[name] for name in _key_types(table)})


def _check_no_key_is_empty(key: Key) -> None:
    for name, value in key.items():
        if value in ({"S": ""}, {"B": b""}):
            kind = "string" if "S" in value else "binary"
            raise _invalid(
                "One or more parameter values are not valid. The AttributeValue for a key "
                f"attribute cannot contain an empty {kind} value. Key: {name}"
            )


def _check_reads(parameters: Json, table: Table) -> None:
    schema = table.schema
    if index_name := parameters.get("IndexName"):
        indexes = {one.name: one for one in (*table.global_indexes, *table.indexes)}
        if index_name not in indexes:
            raise _invalid(f"The table does not have the specified index: {index_name}")
        schema = indexes[index_name].schema
    names = parameters.get("ExpressionAttributeNames") or {}
    keys = [key["AttributeName"] for key in schema]
    if "KeyConditionExpression" not in parameters:
        return
    for name in path_names(parameters.get("FilterExpression") or "", names):
        if name in keys:
            raise _invalid(
                "Filter Expression can only contain non-primary key attributes: Primary key "
                f"attribute: {name}"
            )
    _check_types_of_condition(parameters, table, names)


def _check_types_of_condition(parameters: Json, table: Table, names: Mapping[str, str]) -> None:
    types = {one["AttributeName"]: one["AttributeType"] for one in table.attr}
    values = parameters.get("ExpressionAttributeValues") or {}
    for name, written in compared(parameters["KeyConditionExpression"], names):
        kind = types.get(name)
        if kind and any(kind not in values.get(one, {kind: ""}) for one in written):
            raise _invalid(
                "One or more parameter values were invalid: Condition parameter type does not "
                "match schema type"
            )
        if len(written) == 2:
            _check_bounds(*(values.get(one, {}) for one in written))


def _check_bounds(low: Json, high: Json) -> None:
    kind = next(iter(low), "")
    if kind not in high:
        return
    bounds = low[kind], high[kind]
    if (float(bounds[0]) > float(bounds[1])) if kind == "N" else bounds[0] > bounds[1]:
        raise _invalid(
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be "
            "greater than or equal to lower bound; lower bound operand: AttributeValue: "
            f"{{{kind}:{bounds[0]}}}, upper bound operand: AttributeValue: {{{kind}:{bounds[1]}}}"
        )


def _key_types(table: Table) -> dict[str, str]:
    types = {one["AttributeName"]: one["AttributeType"] for one in table.attr}
    return {key["AttributeName"]: types[key["AttributeName"]] for key in table.schema}


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
