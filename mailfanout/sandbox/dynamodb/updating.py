"""UpdateItem: as a whole or not at all, another item takes the place of the one that is there.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb import responses
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import (
    ConditionalCheckFailed,
    EmptyKeyAttributeException,
    ItemSizeTooLarge,
    ItemSizeToUpdateTooLarge,
    MockValidationException,
    UpdateHashRangeKeyException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from mailfanout.sandbox.dynamodb.actions import carry_out, changed_paths
from mailfanout.sandbox.dynamodb.item_order import sort_in
from mailfanout.sandbox.dynamodb.numbers import InvalidNumber, spelled
from mailfanout.sandbox.dynamodb.values import (
    LARGEST_ITEM_BYTES,
    copied,
    excerpt,
    of_same_key,
    typed,
)
from mailfanout.sandbox.dynamodb.writes import find, put_item, store, wrong_index_key
from mailfanout.sandbox.json_objects import Json

# What AttributeUpdates adds to: a number, a set or a list.
_ADDED = ("L", "N", "SS", "NS", "BS")
_UNSUPPORTED_TYPE = (
    "The update expression attempted to update the secondary index key to unsupported type"
)


def answer_update(response: DynamoHandler) -> ActionResult:
    """What UpdateItem answers: those attributes that ReturnValues asks for."""
    body, backend = response.body, response.dynamodb_backend
    before = find(backend.get_table(body["TableName"]), body["Key"])
    after = backend.update_item(
        body["TableName"],
        body["Key"],
        body.get("UpdateExpression", ""),
        body.get("ExpressionAttributeNames") or {},
        body.get("ExpressionAttributeValues") or {},
        attribute_updates=body.get("AttributeUpdates"),
        condition_expression=body.get("ConditionExpression"),
        return_values_on_condition_check_failure=body.get("ReturnValuesOnConditionCheckFailure"),
    )
    returned = _returned(body, before, after)
    return responses.DynamoResult({"Attributes": returned} if returned else {})


def update_item(
    self: DynamoDBBackend,
    table_name: str,
    key: Json,
    update_expression: str,
    expression_attribute_names: Mapping[str, str] | None = None,
    expression_attribute_values: Mapping[str, Json] | None = None,
    attribute_updates: Json | None = None,
    **conditions: Any,
) -> Item:
    """The item after an update; the table holds it now. The signature is moto's."""
    table = self.get_table(table_name)
    before = find(table, key)
    names, values = expression_attribute_names or {}, expression_attribute_values or {}
    _check_conditions(before, names, values, **conditions)
    if attribute_updates:
        attributes = _updated_in_old_words(before, attribute_updates)
        _check_keys_stay(table, [[name] for name in attribute_updates])
    else:
        attributes = carry_out(update_expression, before.attrs if before else {}, names, values)
        _check_keys_stay(table, changed_paths(update_expression, names))
    attributes = typed(key) | attributes
    changed = _changed(before, attributes)
    if words := wrong_index_key(table, {name: one.type for name, one in changed.items()}):
        raise MockValidationException(words if attribute_updates else _UNSUPPORTED_TYPE)
    _check_no_key_is_empty(table, changed)
    return _held_from_now(table, before, attributes)


def _check_conditions(
    item: Item | None,
    names: Mapping[str, str],
    values: Mapping[str, Json],
    condition_expression: str | None = None,
    return_values_on_condition_check_failure: str | None = None,
) -> None:
    if not condition_expression:
        return
    condition = get_filter_expression(condition_expression, {**names}, {**values})
    if not condition.expr(item):
        is_shown = item and return_values_on_condition_check_failure == "ALL_OLD"
        raise ConditionalCheckFailed(item=_described(item) if is_shown else None)


def _check_keys_stay(table: Table, paths: list[list[str | int]]) -> None:
    for name, *_ in paths:
        if name in table.table_key_attrs:
            raise UpdateHashRangeKeyException(str(name))


def _updated_in_old_words(before: Item | None, updates: Json) -> dict[str, DynamoType]:
    """The attributes after AttributeUpdates, from before there were expressions."""
    held = {name: copied(value) for name, value in before.attrs.items()} if before else {}
    draft = of_same_key(before or Item(DynamoType({"S": ""}), None, {}), held)
    for update in updates.values():
        kind = next(iter(update.get("Value") or {"N": ""}))
        if update.get("Action") == "ADD" and kind not in _ADDED:
            raise MockValidationException(
                "One or more parameter values were invalid: ADD action is not supported for the "
                f"type {kind}"
            )
    draft.update_with_attribute_updates(updates)
    for name in updates.keys() & draft.attrs.keys():
        _settle_number(draft.attrs[name])
    return dict(draft.attrs)


def _settle_number(value: DynamoType) -> None:
    """Spell a sum as DynamoDB does. Raises moto's error if it is too long or too large."""
    if value.type == "N":
        try:
            value.value = spelled(str(value.value))
        except InvalidNumber as error:
            raise MockValidationException(str(error)) from error


def _check_no_key_is_empty(table: Table, changed: dict[str, DynamoType]) -> None:
    if any(
        one.value in ("", b"") and name in table.attribute_keys for name, one in changed.items()
    ):
        raise EmptyKeyAttributeException(key_in_index=True)


def _held_from_now(table: Table, before: Item | None, attributes: dict[str, DynamoType]) -> Item:
    if before is None:
        try:
            item = {name: one.to_regular_json() for name, one in attributes.items()}
            return put_item(table, item)
        except ItemSizeTooLarge as error:
            raise ItemSizeToUpdateTooLarge from error
    after = of_same_key(before, attributes)
    if after.size() > LARGEST_ITEM_BYTES:
        raise ItemSizeToUpdateTooLarge
    store(table, after)
    sort_in(table, before, after)
    if table.stream_shard:
        table.stream_shard.add(before, after)
    return after


def _changed(before: Item | None, attributes: dict[str, DynamoType]) -> dict[str, DynamoType]:
    held = before.attrs if before else {}
    return {name: one for name, one in attributes.items() if held.get(name) is not one}


def _returned(body: Json, before: Item | None, after: Item) -> Json:
    asked = body.get("ReturnValues", "NONE")
    if asked == "NONE":
        return {}
    attributes = _described(before if asked.endswith("OLD") else after)
    if asked.startswith("ALL"):
        return attributes
    if "UpdateExpression" not in body:
        return excerpt(attributes, [(name,) for name in body.get("AttributeUpdates", {})])
    paths = changed_paths(body["UpdateExpression"], body.get("ExpressionAttributeNames") or {})
    return excerpt(attributes, [tuple(path) for path in paths])


def _described(item: Item | None) -> Json:
    found: Json = item.to_json()["Attributes"] if item else {}
    return found
