"""The DynamoDB tables: the recipients with their two indexes, and the reliable design's ledger."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mailfanout.errors import MailfanoutError
from mailfanout.provision.tags import Tags, as_list, put_tags
from mailfanout.stack import Stack, State
from mailfanout.target import Target, refused, retry, unless_missing, wait_until


def table_settings(stack: Stack) -> State:
    """The table of recipients as it stands once it is created; its indexes by their names."""
    return _settings({"email": "S"}, {"issend-index": "issend", "haserror-index": "haserror"})


def ledger_settings(stack: Stack) -> State:
    """The ledger as it stands once it is created: a campaign's parts lie together, in order."""
    return _settings({"campaign": "S", "part": "S"})


def create_table(target: Target, stack: Stack) -> str:
    """Create the table of recipients with its two indexes; returns its ARN once all are active.

    May be repeated: a missing index or tag is added, and the billing mode set to on demand. Raises
    MailfanoutError if a table of this name has other keys.
    """
    arn = put_table(target, stack, stack.table_name, table_settings(stack))
    wait_for_table(target, stack.table_name)
    return arn


def put_table(target: Target, stack: Stack, name: str, settings: State) -> str:
    """Create a table, or bring one that is there to these settings; returns its ARN.

    It may not be active yet. Raises MailfanoutError, as create_table.
    """
    arn = stack.arn("dynamodb", f"table/{name}")
    table = _describe(target, name)
    if table and table["TableStatus"] == "DELETING":
        wait_until(
            lambda: _describe(target, name) is None,
            description=f"table {name} is still being deleted",
            sleep=target.sleep,
        )
        table = None
    if table is None:
        _create(target, name, settings, stack.tags)
        return arn
    _check_keys(table, settings)
    _settle(target, table)
    put_tags(target, arn, stack.tags)
    for change in _changes(table, settings):
        updated = target.client("dynamodb").update_table(TableName=name, **change)
        _settle(target, updated["TableDescription"])
    return arn


def wait_for_table(target: Target, name: str) -> None:
    """Return once the table and its indexes are active."""
    wait_until(
        lambda: _is_active(_describe(target, name)),
        description=f"table {name} or an index of it is not active yet",
        sleep=target.sleep,
    )


def delete_table(target: Target, stack: Stack) -> None:
    """Delete the table and what is in it. May be repeated; AWS takes some seconds to finish."""
    remove_table(target, stack.table_name)


def remove_table(target: Target, name: str) -> None:
    """Delete a table by its name. May be repeated."""
    table = _describe(target, name)
    if table is not None and table["TableStatus"] != "DELETING":
        delete = partial(unless_missing, target.client("dynamodb").delete_table, TableName=name)
        retry(
            delete,
            while_error=lambda error: refused(error, "ResourceInUseException"),
            sleep=target.sleep,
        )


def read_table(target: Target, name: str) -> State | None:
    """A table's settings, or None if there is no table; of one that is being deleted, its State."""
    table = _describe(target, name)
    if table is None:
        return None
    if table["TableStatus"] == "DELETING":
        # DynamoDB shows neither keys nor indexes of it any longer.
        return {"State": "Deleting"}
    return {
        "AttributeDefinitions": sorted(table["AttributeDefinitions"], key=str),
        "KeySchema": table["KeySchema"],
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "GlobalSecondaryIndexes": {
            index["IndexName"]: {key: index[key] for key in ("KeySchema", "Projection")}
            for index in table.get("GlobalSecondaryIndexes", [])
        },
    }


def _settings(keys: dict[str, str], index_keys: dict[str, str] | None = None) -> State:
    """A table's settings: its keys with their types, and the Number key of each of its indexes."""
    types = keys | {key: "N" for key in (index_keys or {}).values()}
    definitions = [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]
    return {
        "AttributeDefinitions": sorted(definitions, key=str),
        "KeySchema": _key_schema(*keys),
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": {
            name: {"KeySchema": _key_schema(key), "Projection": {"ProjectionType": "ALL"}}
            for name, key in (index_keys or {}).items()
        },
    }


def _key_schema(*names: str) -> list[State]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": n, "KeyType": kind} for n, kind in zip(names, kinds, strict=False)]


def _create(target: Target, name: str, settings: State, tags: Tags) -> None:
    indexes = [_index(index, settings) for index in settings["GlobalSecondaryIndexes"]]
    target.client("dynamodb").create_table(
        TableName=name,
        BillingMode=settings["BillingMode"],
        KeySchema=settings["KeySchema"],
        AttributeDefinitions=settings["AttributeDefinitions"],
        Tags=as_list(tags),
        # DynamoDB refuses an empty list.
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )


def _changes(table: State, settings: State) -> Iterator[State]:
    """What UpdateTable has to be told, one change a call, which is all that it takes."""
    if table.get("BillingModeSummary", {}).get("BillingMode") != settings["BillingMode"]:
        yield {"BillingMode": settings["BillingMode"]}
    existing = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
    for name in settings["GlobalSecondaryIndexes"]:
        if name not in existing:
            existing.append(name)
            yield {
                "AttributeDefinitions": _definitions(existing, settings),
                "GlobalSecondaryIndexUpdates": [{"Create": _index(name, settings)}],
            }


def _definitions(indexes: list[str], settings: State) -> list[State]:
    # An attribute that is no key may not be defined: DynamoDB refuses it.
    wanted = settings["GlobalSecondaryIndexes"]
    schemas = [settings["KeySchema"], *(wanted[n]["KeySchema"] for n in indexes if n in wanted)]
    keys = {key["AttributeName"] for schema in schemas for key in schema}
    return [one for one in settings["AttributeDefinitions"] if one["AttributeName"] in keys]


def _index(name: str, settings: State) -> State:
    return {"IndexName": name, **settings["GlobalSecondaryIndexes"][name]}


def _check_keys(table: State, settings: State) -> None:
    found, wanted = _types(table), _types(settings)
    others = [name for name, kind in wanted.items() if found.get(name, kind) != kind]
    if others or table["KeySchema"] != settings["KeySchema"]:
        raise MailfanoutError(
            f"Table {table['TableName']} exists with other keys ({found}). They must be {wanted}. "
            "Delete the table, in the AWS console say, then type: mailfanout deploy"
        )


def _types(table: State) -> dict[str, str]:
    return {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}


def _settle(target: Target, table: State) -> None:
    """Wait until the table and its indexes, last seen as `table`, are active."""
    if not _is_active(table):
        wait_for_table(target, table["TableName"])


def _is_active(table: State | None) -> bool:
    if table is None:
        return False
    indexes = table.get("GlobalSecondaryIndexes", [])
    states = [table["TableStatus"], *(index["IndexStatus"] for index in indexes)]
    return set(states) == {"ACTIVE"}


def _describe(target: Target, name: str) -> State | None:
    found = unless_missing(target.client("dynamodb").describe_table, TableName=name)
    return found and found["Table"]
