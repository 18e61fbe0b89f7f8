"""DynamoDB's tables and indexes: CREATING, UPDATING, DELETING, and what is refused meanwhile.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
"""

from __future__ import annotations

from collections.abc import Iterator

from mailfanout.sandbox.dynamodb import ONE_INDEX_AT_A_TIME
from mailfanout.sandbox.http import Answer, ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.states import Change
from mailfanout.sandbox.transitions.step import Step, document, is_done, with_document

_SHOWN_WHILE_DELETING = tuple(
    """
    TableName ProvisionedThroughput TableSizeBytes ItemCount TableArn TableId
    DeletionProtectionEnabled
    """.split()
)
# What changes while a table stays ACTIVE.
_AT_ONCE = frozenset(("DeletionProtectionEnabled", "SSESpecification"))
_CHANGES: tuple[Change, ...] = ("table created", "table updated", "table deleted")


def create_table(step: Step) -> Answer:
    """It is CREATING at first. Raises ApiError while one of that name is DELETING."""
    name = _named(step)
    if step.shown("table deleted", name):
        raise ApiError("ResourceInUseException", f"Table already exists: {name}")
    answer = step.done()
    if is_done(answer):
        step.begin("table created", name)
    return _described(step, answer, "TableDescription")


def describe_table(step: Step) -> Answer:
    """With the states of the table and its indexes as they are by now."""
    if deleting := step.shown("table deleted", _named(step)):
        return with_document(_EMPTY, {"Table": deleting})
    return _described(step, step.done(), "Table")


def describe_time_to_live(step: Step) -> Answer:
    """Raises ApiError for a table that is not there yet, or not much longer."""
    changes: tuple[tuple[Change, str], ...] = (
        ("table created", "CREATING"),
        ("table deleted", "DELETING"),
    )
    for change, state in changes:
        if step.shown(change, _named(step)):
            raise ApiError(
                "ValidationException",
                f"Cannot describe time to live while table is in {state} state: Current table "
                f"state is {state}",
            )
    return step.done()


def update_table(step: Step) -> Answer:
    """It is UPDATING at first, a new index CREATING. Raises ApiError while the table is in use."""
    _refuse_while_in_use(step)
    name, updates = _named(step), step.parameters.get("GlobalSecondaryIndexUpdates") or []
    if any("Update" not in one for one in updates):
        _refuse_while_indexed(step, name)
    before = {index["IndexName"]: index for index in _indexes(_table(step))}
    answer = step.done()
    if is_done(answer):
        if not step.parameters.keys() & _AT_ONCE:
            step.begin("table updated", name)
        for index in (one["Create"]["IndexName"] for one in updates if "Create" in one):
            step.begin("index created", f"{name}/{index}")
        for index in (one["Delete"]["IndexName"] for one in updates if "Delete" in one):
            step.begin("index deleted", f"{name}/{index}", before.get(index))
    return _described(step, answer, "TableDescription")


def delete_table(step: Step) -> Answer:
    """It is DELETING for a while, and shown so. Raises ApiError while it is in use."""
    _refuse_while_in_use(step)
    answer = step.done()
    if not is_done(answer):
        return answer
    found = document(answer)["TableDescription"]
    table = {name: found[name] for name in _SHOWN_WHILE_DELETING if name in found}
    table["TableStatus"] = "DELETING"
    step.begin("table deleted", _named(step), table)
    return with_document(answer, {"TableDescription": table})


def list_tables(step: Step) -> Answer:
    """Those that are DELETING are still among them."""
    answer = step.done()
    deleted = step.states.under_way("table deleted")
    going = [name for region, name in deleted if region == step.call.region]
    if not going or not is_done(answer):
        return answer
    found = document(answer)
    after = step.parameters.get("ExclusiveStartTableName", "")
    last = found.get("LastEvaluatedTableName")
    going = [name for name in going if name > after and (last is None or name < last)]
    return with_document(answer, {**found, "TableNames": sorted({*found["TableNames"], *going})})


def use_items(step: Step) -> Answer:
    """A table that is being created has no items to read or write yet."""
    for name in _tables_used(step.parameters):
        if step.shown("table created", name):
            raise ApiError("ResourceNotFoundException", "Requested resource not found")
    index = step.parameters.get("IndexName")
    if index and step.shown("index created", f"{_named(step)}/{index}"):
        words = f"Cannot read from backfilling global secondary index: {index}"
        raise ApiError("ValidationException", words)
    return step.done()


def _tables_used(parameters: Json) -> Iterator[str]:
    if "TableName" in parameters:
        yield _name(parameters["TableName"])
    yield from map(_name, parameters.get("RequestItems", ()))
    for item in parameters.get("TransactItems", ()):
        for action in item.values():
            yield _name(action.get("TableName", ""))


def _refuse_while_in_use(step: Step) -> None:
    name = _named(step)
    for change in _CHANGES:
        if step.shown(change, name):
            raise ApiError(
                "ResourceInUseException",
                "Attempt to change a resource which is still in use: Table is being "
                f"{change.removeprefix('table ')}: {name}",
            )


def _refuse_while_indexed(step: Step, table: str) -> None:
    """Raises ApiError if an index of the table is being made or deleted."""
    under_way = {**step.states.under_way("index created"), **step.states.under_way("index deleted")}
    if any(step.key(table) == (region, path.partition("/")[0]) for region, path in under_way):
        raise ApiError("LimitExceededException", ONE_INDEX_AT_A_TIME)


def _described(step: Step, answer: Answer, member: str) -> Answer:
    """The answer, with the states of the table and its indexes as they are by now."""
    if not is_done(answer):
        return answer
    found, name = document(answer), _named(step)
    table = found[member]
    if step.shown("table created", name):
        table["TableStatus"] = "CREATING"
    elif step.shown("table updated", name):
        table["TableStatus"] = "UPDATING"
    indexes = _indexes(table)
    for index in indexes:
        is_new = step.shown("index created", f"{name}/{index['IndexName']}")
        if is_new or table["TableStatus"] == "CREATING":
            index["IndexStatus"] = "CREATING"
        if is_new:
            index |= {"Backfilling": False, "ItemCount": 0}
    for (region, path), index in step.states.under_way("index deleted").items():
        if (region, path.partition("/")[0]) == step.key(name):
            indexes.append({**index, "IndexStatus": "DELETING"})
    if indexes:
        table["GlobalSecondaryIndexes"] = indexes
    return with_document(answer, found)


def _table(step: Step) -> Json:
    table: Json = document(step.asked("DescribeTable", TableName=_named(step))).get("Table", {})
    return table


def _indexes(table: Json) -> list[Json]:
    return list(table.get("GlobalSecondaryIndexes") or [])


def _named(step: Step) -> str:
    return _name(step.parameters["TableName"])


def _name(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]


_EMPTY = Answer(200, {"Content-Type": "application/x-amz-json-1.0"}, b"")
