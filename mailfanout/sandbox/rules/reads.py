"""What DynamoDB refuses of Query and Scan.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

from decimal import Decimal

from moto.dynamodb.models.table import GlobalSecondaryIndex, Table

from mailfanout.sandbox.dynamodb import grammar
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.conditions import paths
from mailfanout.sandbox.rules.key_conditions import Compared, compared
from mailfanout.sandbox.rules.tables import invalid, wrong

NO_MATCH = "The provided key element does not match the schema"
_KEY_CONDITIONS = {"KeyConditions", "KeyConditionExpression"}


def check_reads(operation: str, parameters: Json, table: Table) -> None:
    """Raise ApiError for what DynamoDB does not take of a Query or a Scan of this table."""
    if operation == "Query" and not _KEY_CONDITIONS & parameters.keys():
        raise invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
            "request."
        )
    _check_segment(parameters.get("Segment", 0), parameters.get("TotalSegments"))
    schema = _check_index(parameters, table)
    types, start = attribute_types(table), parameters.get("ExclusiveStartKey") or {}
    if any(name in types and types[name] not in value for name, value in start.items()):
        raise invalid(f"The provided starting key is invalid: {NO_MATCH}")
    names = parameters.get("ExpressionAttributeNames") or {}
    keys = [key["AttributeName"] for key in schema]
    if start.keys() - {*keys, *table.table_key_attrs}:
        raise invalid("The provided starting key is invalid")
    if "KeyConditionExpression" not in parameters:
        return
    written = parameters.get("FilterExpression")
    for path in paths(written, names) if written else ():
        if path[0] in keys:
            raise invalid(
                "Filter Expression can only contain non-primary key attributes: Primary key "
                f"attribute: {path[0]}"
            )
    conditions = list(compared(parameters["KeyConditionExpression"], names))
    if len(conditions) > len(keys):
        raise invalid(
            f"The number of query conditions ({len(conditions)}) exceeds the number of key "
            f"attributes defined in the schema ({len(keys)})"
        )
    _check_conditions(conditions, parameters, table, keys[0])


def _check_index(parameters: Json, table: Table) -> list[dict[str, str]]:
    """The keys of what is read: of the table, or of its index."""
    schema = table.schema
    if index_name := parameters.get("IndexName"):
        indexes = {one.name: one for one in (*table.global_indexes, *table.indexes)}
        if index_name not in indexes:
            raise invalid(f"The table does not have the specified index: {index_name}")
        index = indexes[index_name]
        schema = index.schema
        if index in table.global_indexes:
            _check_projection(parameters, index, table)
    return schema


def _check_segment(segment: int, count: int | None) -> None:
    if count is not None and segment >= count:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {count}"
        )


def _check_projection(parameters: Json, index: GlobalSecondaryIndex, table: Table) -> None:
    """A global index has no more than what it projects: the table's items are not read."""
    written, kind = parameters.get("ProjectionExpression"), index.projection["ProjectionType"]
    if kind == "ALL" or not written:
        return
    held = {key["AttributeName"] for key in (*index.schema, *table.schema)}
    held.update(index.projection.get("NonKeyAttributes") or ())
    names = parameters.get("ExpressionAttributeNames") or {}
    asked = [grammar.resolved(path, names)[0] for path in grammar.parse_projection(written)]
    if missing := [str(name) for name in asked if name not in held]:
        raise wrong(f"Global secondary index {index.name} does not project [{', '.join(missing)}]")


def _check_conditions(
    conditions: list[Compared], parameters: Json, table: Table, partition_key: str
) -> None:
    types, start = attribute_types(table), parameters.get("ExclusiveStartKey") or {}
    values = parameters.get("ExpressionAttributeValues") or {}
    for name, operator, written in conditions:
        kind = types.get(name)
        if kind and any(kind not in values.get(one, {kind: ""}) for one in written):
            raise wrong("Condition parameter type does not match schema type")
        if operator == ">" and name in start and not _is_less(values[written[0]], start[name]):
            raise invalid("The provided starting key does not match the range key predicate")
        if name == partition_key and start.get(name) not in (None, values.get(written[0])):
            raise invalid(
                "The provided starting key is outside query boundaries based on provided conditions"
            )


def _is_less(one: Json, two: Json) -> bool:
    """Of two keys of one type."""
    if "N" in one:
        return Decimal(one["N"]) < Decimal(two["N"])
    return bool(one["S"].encode() < two["S"].encode()) if "S" in one else bool(one["B"] < two["B"])


def attribute_types(table: Table) -> dict[str, str]:
    """Of the attributes that a table or its indexes have as keys."""
    return {one["AttributeName"]: one["AttributeType"] for one in table.attr}
