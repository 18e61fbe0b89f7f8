"""The table of recipients, and its two indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from botocore.exceptions import ClientError

from mailfanout.errors import MailfanoutError
from mailfanout.stack import Stack, State
from mailfanout.target import Target, refused, retry, unless_missing, wait_until

_ATTRIBUTE_TYPES = {"email": "S", "issend": "N", "haserror": "N"}
_KEY_SCHEMA = [{"AttributeName": "email", "KeyType": "HASH"}]
_INDEX_KEYS = {"issend-index": "issend", "haserror-index": "haserror"}


def table_settings(stack: Stack) -> State:
    """The table as it stands once it is created; its indexes by their names."""
    return {
        "AttributeDefinitions": sorted(_attribute_definitions(_INDEX_KEYS), key=str),
        "KeySchema": _KEY_SCHEMA,
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": {name: _keys_of_index(name) for name in _INDEX_KEYS},
    }


def create_table(target: Target, stack: Stack) -> str:
    """Create the table of recipients with its two indexes; returns its ARN once all are active.

    May be repeated: a missing index is added, and the billing mode set to on demand. Raises
    MailfanoutError if a table of this name has other keys.
    """
    table = _describe(target, stack)
    if table and table["TableStatus"] == "DELETING":
        wait_until(
            lambda: _describe(target, stack) is None,
            description=f"table {stack.table_name} is still being deleted",
            sleep=target.sleep,
        )
        table = None
    if table is None:
        _settle(target, stack, _create(target, stack))
    else:
        _check_keys(stack, table)
        _settle(target, stack, table)
        for change in _changes(table):
            updated = target.client("dynamodb").update_table(TableName=stack.table_name, **change)
            _settle(target, stack, updated["TableDescription"])
    return stack.table_arn


def delete_table(target: Target, stack: Stack) -> None:
    """Delete the table and what is in it. May be repeated; AWS takes some seconds to finish."""
    dynamodb = target.client("dynamodb")
    retry(
        partial(unless_missing, dynamodb.delete_table, TableName=stack.table_name),
        while_error=_is_in_use,
        sleep=target.sleep,
    )


def read_table(target: Target, stack: Stack) -> State | None:
    """The table's settings, or None if there is no table."""
    table = _describe(target, stack)
    if table is None:
        return None
    return {
        "AttributeDefinitions": sorted(table["AttributeDefinitions"], key=str),
        "KeySchema": table["KeySchema"],
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "GlobalSecondaryIndexes": {
            index["IndexName"]: {key: index[key] for key in ("KeySchema", "Projection")}
            for index in table.get("GlobalSecondaryIndexes", [])
        },
    }


def _create(target: Target, stack: Stack) -> State:
    created = target.client("dynamodb").create_table(
        TableName=stack.table_name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_KEY_SCHEMA,
        AttributeDefinitions=_attribute_definitions(_INDEX_KEYS),
        GlobalSecondaryIndexes=[_index(name) for name in _INDEX_KEYS],
    )
    table: State = created["TableDescription"]
    return table


def _changes(table: State) -> Iterator[State]:
    """The changes to make by UpdateTable, which takes one change a call."""
    if table.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
        yield {"BillingMode": "PAY_PER_REQUEST"}
    existing = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
    for name in _INDEX_KEYS:
        if name not in existing:
            existing.append(name)
            yield {
                "AttributeDefinitions": _attribute_definitions(existing),
                "GlobalSecondaryIndexUpdates": [{"Create": _index(name)}],
            }


def _attribute_definitions(index_names: Iterable[str]) -> list[State]:
    # An attribute that is no key may not be defined: DynamoDB refuses it.
    names = ["email", *(_INDEX_KEYS[name] for name in index_names if name in _INDEX_KEYS)]
    return [{"AttributeName": name, "AttributeType": _ATTRIBUTE_TYPES[name]} for name in names]


def _index(name: str) -> State:
    return {"IndexName": name, **_keys_of_index(name)}


def _keys_of_index(name: str) -> State:
    return {
        "KeySchema": [{"AttributeName": _INDEX_KEYS[name], "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def _check_keys(stack: Stack, table: State) -> None:
    types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
    others = [name for name, kind in _ATTRIBUTE_TYPES.items() if types.get(name, kind) != kind]
    if others or table["KeySchema"] != _KEY_SCHEMA:
        raise MailfanoutError(
            f"Table {stack.table_name} exists with other keys ({types}). Its partition key must "
            "be email (S), and those of its indexes issend (N) and haserror (N). Type: "
            "provision.delete_table(target, stack), then provision.create_table(target, stack)"
        )


def _settle(target: Target, stack: Stack, table: State) -> None:
    """Wait until the table and its indexes, last seen as `table`, are active."""
    if not _is_active(table):
        wait_until(
            lambda: _is_active(_describe(target, stack)),
            description=f"table {stack.table_name} or an index of it is not active yet",
            sleep=target.sleep,
        )


def _is_active(table: State | None) -> bool:
    if table is None:
        return False
    indexes = table.get("GlobalSecondaryIndexes", [])
    states = [table["TableStatus"], *(index["IndexStatus"] for index in indexes)]
    return set(states) == {"ACTIVE"}


def _describe(target: Target, stack: Stack) -> State | None:
    found = unless_missing(target.client("dynamodb").describe_table, TableName=stack.table_name)
    return found and found["Table"]


def _is_in_use(error: ClientError) -> bool:
    return refused(error, "ResourceInUseException")
