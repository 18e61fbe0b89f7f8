"""What DynamoDB refuses of tables, keys and expressions, and how it spells numbers.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.changed_tables import check_changed_table
from mailfanout.sandbox.rules.expressions import check_expressions, check_values_are_used
from mailfanout.sandbox.rules.item_values import settle_expression_values, settle_values
from mailfanout.sandbox.rules.reads import NO_MATCH, attribute_types, check_reads
from mailfanout.sandbox.rules.tables import (
    check_named,
    check_new_table,
    invalid,
    wrong,
)

Key = Mapping[str, Json]
# What a key's attributes are, by their names; and the values of one key, in the same order.
Types = Mapping[str, str]
KeyValues = tuple[str | bytes, ...]

MOST_WRITES = 25
LARGEST_PARTITION_KEY_BYTES, LARGEST_SORT_KEY_BYTES = 2048, 1024


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for what DynamoDB does not take; spell the call's numbers as it does."""
    parameters = call.parameters
    if call.operation == "CreateTable":
        return check_new_table(parameters)
    for values in _values(parameters):
        settle_values(values)
    batch = (parameters.get("RequestItems") or {}).values()
    reads = [one for one in batch if isinstance(one, dict)]
    check_values_are_used(call.operation, parameters)
    for request in (parameters, *_transact_items(parameters), *reads):
        settle_expression_values(request.get("ExpressionAttributeValues") or {})
        check_expressions(request)
    tables = dynamodb_backends[account_id][call.region].tables
    if call.operation in ("ListTagsOfResource", "TagResource", "UntagResource"):
        return _check_tagged(parameters, tables)
    if call.operation == "BatchWriteItem":
        return _check_written_batch(parameters["RequestItems"], tables)
    if call.operation == "BatchGetItem":
        return _check_read_batch(parameters["RequestItems"], tables)
    if call.operation.startswith("Transact"):
        return _check_transaction(parameters["TransactItems"], tables)
    check_named(parameters.get("TableName"))
    table = tables.get(_named(parameters))
    if call.operation.endswith("TimeToLive"):
        return _check_time_to_live(parameters, table)
    if table is not None:
        _check_with_table(call.operation, parameters, table)


def _check_with_table(operation: str, parameters: Json, table: Table) -> None:
    if operation == "UpdateTable":
        check_changed_table(parameters, table)
    elif operation == "DeleteTable" and table.deletion_protection_enabled:
        raise invalid(
            "Resource cannot be deleted as it is currently protected against deletion. Disable "
            "deletion protection first."
        )
    elif operation in ("Query", "Scan"):
        check_reads(operation, parameters, table)
    elif "Key" in parameters or "Item" in parameters:
        _checked_key(parameters, _key_types(table))
    if operation in ("PutItem", "DeleteItem"):
        if parameters.get("ReturnValues") not in (None, "NONE", "ALL_OLD"):
            raise invalid("ReturnValues can only be ALL_OLD or NONE")


def _check_tagged(parameters: Json, tables: Mapping[str, Table]) -> None:
    arn, token = parameters["ResourceArn"], parameters.get("NextToken")
    if not arn.startswith("arn:"):
        raise wrong(f"ARNs must start with 'arn:': {arn}")
    table = tables.get(arn.rpartition("table/")[2])
    if table is None:
        message = f"Requested resource not found: ResourcArn: {arn} not found"
        raise ApiError("ResourceNotFoundException", message)
    for name, what in (("Tags", "Tag"), ("TagKeys", "Tag Key")):
        if parameters.get(name) == []:
            raise invalid(f"Atleast one {what} needs to be provided as Input.")
    if token is not None and token not in [tag["Key"] for tag in table.tags]:
        raise invalid("The provided NextToken is invalid.")


def _check_time_to_live(parameters: Json, table: Table | None) -> None:
    if table is None:
        message = f"Requested resource not found: Table: {_named(parameters)} not found"
        raise ApiError("ResourceNotFoundException", message)
    if settings := parameters.get("TimeToLiveSpecification"):
        state = "ENABLED" if settings["Enabled"] else "DISABLED"
        current = table.ttl.get("AttributeName")
        if table.ttl["TimeToLiveStatus"] == "ENABLED" and settings["AttributeName"] != current:
            raise invalid(
                "TimeToLive is active on a different AttributeName: current AttributeName is "
                f"{current}"
            )
        if table.ttl["TimeToLiveStatus"] == state:
            raise invalid(f"TimeToLive is already {state.lower()}")


def _named(parameters: Json) -> str:
    return str(parameters.get("TableName", "")).rpartition("/")[2]


def _values(parameters: Json) -> Iterator[Json]:
    """Every map of attribute values in a call."""
    for request in (parameters, *_transact_items(parameters)):
        for name in ("Item", "Key", "ExclusiveStartKey"):
            if name in request:
                yield request[name]
    requests = parameters.get("RequestItems") or {}
    for request in requests.values():
        if isinstance(request, dict):
            yield from request["Keys"]
            continue
        for write in request:
            yield from (action.get("Item") or action.get("Key") or {} for action in write.values())


def _transact_items(parameters: Json) -> Iterator[Json]:
    for item in parameters.get("TransactItems") or ():
        yield from item.values()


def _check_written_batch(requests: Json, tables: Mapping[str, Table]) -> None:
    """A batch writes each item once."""
    if not all(len(write) == 1 for writes in requests.values() for write in writes):
        raise invalid("A write request puts an item, or deletes one by its key: one of both")
    if sum(map(len, requests.values())) > MOST_WRITES:
        raise invalid("Too many items requested for the BatchWriteItem call")
    for name, writes in requests.items():
        if table := tables.get(name.rpartition("/")[2]):
            actions = [action for write in writes for action in write.values()]
            types = _key_types(table)
            _check_keys(
                [one["Key"] if "Key" in one else _key_in(one["Item"], types) for one in actions],
                types,
            )


def _check_read_batch(requests: Json, tables: Mapping[str, Table]) -> None:
    for name, request in requests.items():
        if table := tables.get(name.rpartition("/")[2]):
            _check_keys(request["Keys"], _key_types(table))


def _check_keys(keys: list[Key], types: Types) -> None:
    values = [_checked_key({"Key": key}, types) for key in keys]
    if len(set(values)) < len(values):
        raise invalid("Provided list of item keys contains duplicates")


def _check_transaction(items: list[Json], tables: Mapping[str, Table]) -> None:
    """A transaction fails as a whole, and says of each of its parts why."""
    if any(len(item) != 1 for item in items):
        raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    keys: list[tuple[str, KeyValues]] = []
    reasons: list[Json] = []
    for part in (part for item in items for part in item.values()):
        table = tables.get(_named(part))
        types = _key_types(table) if table else {}
        _check_no_key_is_empty(part.get("Key") or _key_in(part.get("Item") or {}, types))
        reasons.append({"Code": "None"})
        if table:
            try:
                keys.append((table.name, _checked_key(part, types)))
            except ApiError as error:
                reasons[-1] = {"Code": "ValidationError", "Message": error.message}
    if len(set(keys)) < len(keys):
        raise invalid("Transaction request cannot include multiple operations on one item")
    if any("Message" in reason for reason in reasons):
        codes = ", ".join(reason["Code"] for reason in reasons)
        raise ApiError(
            "TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            f"[{codes}]",
            members={"CancellationReasons": reasons},
        )


def _checked_key(part: Json, types: Types) -> KeyValues:
    """The key of the item that is read or written. Raises ApiError if it is none of the table's."""
    if "Item" in part:
        values = _check_item_key(part["Item"], types)
    else:
        values = _check_key(part["Key"], types)
    _check_sizes(*values)
    return values


def _key_in(item: Key, types: Types) -> Key:
    return {name: item[name] for name in types if name in item}


def _check_key(key: Key, types: Types) -> KeyValues:
    """The key's values. Raises ApiError if it is none of the table's."""
    try:
        values = tuple([key[name][kind] for name, kind in types.items()])
    except KeyError:
        raise invalid(NO_MATCH) from None
    if len(key) > len(types):
        raise invalid(NO_MATCH)
    if not all(values):
        _check_no_key_is_empty(key)
    return values


def _check_item_key(item: Key, types: Types) -> KeyValues:
    for name, kind in types.items():
        if name not in item:
            raise wrong(f"Missing the key {name} in the item")
        if kind not in item[name]:
            actual = next(iter(item[name]))
            raise wrong(f"Type mismatch for key {name} expected: {kind} actual: {actual}")
    return _check_key(_key_in(item, types), types)


def _check_no_key_is_empty(key: Key) -> None:
    for name, value in key.items():
        if value in ({"S": ""}, {"B": b""}):
            kind = "string" if "S" in value else "binary"
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key "
                f"attribute cannot contain an empty {kind} value. Key: {name}"
            )


def _check_sizes(partition: str | bytes, sort: str | bytes = "") -> None:
    """Of the partition key and the sort key; a number is never too long."""
    if _size(partition) > LARGEST_PARTITION_KEY_BYTES:
        # AWS's own message has no space there.
        limit = f"of{LARGEST_PARTITION_KEY_BYTES} bytes"
        raise wrong(f"Size of hashkey has exceeded the maximum size limit {limit}")
    if _size(sort) > LARGEST_SORT_KEY_BYTES:
        limit = f"of {LARGEST_SORT_KEY_BYTES} bytes"
        raise wrong(f"Aggregated size of all range keys has exceeded the size limit {limit}")


def _size(value: str | bytes) -> int:
    return len(value if isinstance(value, bytes) else value.encode())


def _key_types(table: Table) -> dict[str, str]:
    types = attribute_types(table)
    return {key["AttributeName"]: types[key["AttributeName"]] for key in table.schema}
