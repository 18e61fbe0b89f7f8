"""Writes as moto does them, each as a whole or not at all.

An item that a table holds never changes: an update stores another one, as `updating` says. So
neither reads nor answers need copies.
"""

from __future__ import annotations

import copy
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import (
    ERROR_TYPE_PREFIX,
    DynamodbException,
    ItemSizeTooLarge,
    MockValidationException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from mailfanout.sandbox.dynamodb.item_order import sort_in

Attributes = dict[str, Any]

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
TOKEN_LIFETIME_SECONDS = 600
LARGEST_TRANSACTION_BYTES = 4 * 1024 * 1024

_moto_put_item = Table.put_item
_moto_delete_item = Table.delete_item
_moto_transact_write_items = DynamoDBBackend.transact_write_items


def put_item(self: Table, item_attrs: Attributes, *args: Any, **kwargs: Any) -> Item:
    """moto's, followed by the table's orders."""
    if words := wrong_index_key(self, {name: next(iter(item_attrs[name])) for name in item_attrs}):
        raise MockValidationException(words)
    before = find(self, item_attrs)
    after = _moto_put_item(self, item_attrs, *args, **kwargs)
    sort_in(self, before, after)
    return after


def delete_item(self: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
    """moto's, followed by the table's orders."""
    before = _moto_delete_item(self, hash_key, range_key)
    sort_in(self, before, None)
    return before


def transact_write_items(self: DynamoDBBackend, transact_items: list[Attributes]) -> None:
    """Like moto's, which copies whole tables, but on excerpts that hold only these items."""
    keys: dict[str, list[Attributes]] = defaultdict(list)
    for operation in transact_items:
        for write in operation.values():
            table = self.get_table(write["TableName"])
            keys[table.name].append(write.get("Key") or write.get("Item", {}))
    excerpts = copy.copy(self)
    for name in ("put_item", "update_item"):
        vars(excerpts)[name] = _with_reason(getattr(excerpts, name))
    excerpts.tables = {name: _excerpt(self.tables[name], keys[name]) for name in keys}
    _moto_transact_write_items(excerpts, transact_items)
    held = [
        find(excerpt, key) or find(self.tables[name], key)
        for name, excerpt in excerpts.tables.items()
        for key in keys[name]
    ]
    check_transacted(held)
    for name, excerpt in excerpts.tables.items():
        _take_over(self.tables[name], excerpt, keys[name])


def check_transacted(items: Iterable[Item | None]) -> None:
    """Raise MockValidationException if the items of a transaction are too large together."""
    if sum(item.size() for item in items if item) > LARGEST_TRANSACTION_BYTES:
        raise MockValidationException("Transaction item size has exceeded the 4 MB limit")


class ValidationError(Exception):
    """What an item does not bear; moto gives its class's name as a reason's code, as AWS does.

    See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """


def _with_reason(write: Callable[..., Item]) -> Callable[..., Item]:
    def write_or_tell(*args: Any, **kwargs: Any) -> Item:
        try:
            return write(*args, **kwargs)
        except ItemSizeTooLarge:  # which is seen before the transaction begins
            raise
        except MockValidationException as error:
            raise ValidationError(error.exception_msg) from error

    return write_or_tell


def once_per_token(
    original: Callable[[DynamoHandler], ActionResult],
    again: Callable[[DynamoHandler], Attributes],
    self: DynamoHandler,
) -> ActionResult:
    """TransactWriteItems that changes nothing if a ClientRequestToken comes `again`."""
    token = self.body.get("ClientRequestToken")
    asked = hash(json.dumps(self.body["TransactItems"], sort_keys=True, default=repr))
    # They are kept on the backend, so that a reset of moto forgets them.
    done = vars(self.dynamodb_backend).setdefault("transactions", {})
    while done and next(iter(done.values())).done_at < time.monotonic() - TOKEN_LIFETIME_SECONDS:
        del done[next(iter(done))]
    if token not in done:
        answer = original(self)
        if token:
            done[token] = _Transaction(asked, time.monotonic())
        return answer
    if done[token].asked != asked:
        raise IdempotentParameterMismatch()
    return ActionResult(again(self))


class IdempotentParameterMismatch(DynamodbException):
    """A ClientRequestToken came again with another request."""

    def __init__(self) -> None:
        super().__init__(
            f"{ERROR_TYPE_PREFIX}IdempotentParameterMismatchException",
            "The ClientRequestToken was used with other TransactItems less than 10 minutes ago",
        )


class _Transaction(NamedTuple):
    asked: int
    done_at: float


def _excerpt(table: Table, keys: Iterable[Attributes]) -> Table:
    """Those items of a table that have these keys."""
    excerpt = copy.copy(table)
    excerpt.items, excerpt.stream_shard = defaultdict(dict), None
    # To undo a transaction, moto keeps deep copies. We drop the excerpt instead.
    vars(excerpt)["__deepcopy__"] = lambda memo: excerpt
    for key in keys:
        if item := find(table, key):
            store(excerpt, item)
    return excerpt


def _take_over(table: Table, excerpt: Table, keys: Iterable[Attributes]) -> None:
    for key in keys:
        before, after = find(table, key), find(excerpt, key)
        if after is None:
            if before:
                delete_item(table, before.hash_key, before.range_key)
        elif after is not before:
            store(table, after)
            sort_in(table, before, after)
            if table.stream_shard:
                table.stream_shard.add(before, after)


def wrong_index_key(table: Table, types: Mapping[str, str]) -> str | None:
    """What AWS says of a key of another type. moto takes it, and no query finds the item."""
    for name, expected in ((one["AttributeName"], one["AttributeType"]) for one in table.attr):
        if (actual := types.get(name, expected)) != expected:
            for index in table.all_indexes():
                if name in index.schema_key_attrs:
                    return (
                        "One or more parameter values were invalid: Type mismatch for Index Key "
                        f"{name} Expected: {expected} Actual: {actual} IndexName: {index.name}"
                    )
    return None


def find(table: Table, attributes: Attributes) -> Item | None:
    """The item with the key that is among these attributes, or None."""
    hash_key, *range_keys = (DynamoType(attributes[name]) for name in table.table_key_attrs)
    return table.get_item(hash_key, range_keys[0] if range_keys else None)


def store(table: Table, item: Item) -> None:
    """Have a table hold an item; what has an order of its items is not told."""
    if item.range_key:
        table.items[item.hash_key][item.range_key] = item
    else:
        table.items[item.hash_key] = item  # type: ignore[assignment]
