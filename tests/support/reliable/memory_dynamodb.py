"""DynamoDB in memory: conditions, transactions, pages, and reads that lag behind."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import md5
from typing import Any

from support.reliable import memory_expressions
from support.reliable.memory_errors import class_of, client_error

Item = dict[str, Any]
Key = tuple[str, ...]

LAG_SECONDS = 1.0  # so old is what a read sees that is not consistent
TRANSACTION_LIMIT = 100
BATCH_LIMIT = 100
ITEM_LIMIT_BYTES = 400_000
HASH_KEY_LIMIT_BYTES = 2048


class Table:
    """Items by key, and for reads that lag, what they were before."""

    def __init__(self, *key_names: str) -> None:
        self.key_names = key_names
        self.items: dict[Key, Item] = {}
        self.sizes: dict[Key, int] = {}
        self.history: dict[Key, list[tuple[float, Item | None]]] = {}

    def key(self, attributes: Item) -> Key:
        if not all(set(attributes.get(name, ())) == {"S"} for name in self.key_names):
            raise client_error("ValidationException", "The key element does not match the schema")
        key = tuple(attributes[name]["S"] for name in self.key_names)
        if not 0 < len(key[0].encode()) <= HASH_KEY_LIMIT_BYTES:
            raise client_error("ValidationException", "A hash key has 1 to 2048 bytes")
        return key

    def put(self, key: Key, item: Item | None, *, now: float) -> None:
        self.sizes[key] = _allowed_size(item)
        self.history.setdefault(key, []).append((now, item))
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item

    def read(self, key: Key, *, now: float, consistent: bool) -> Item | None:
        if consistent:
            return self.items.get(key)
        return self._earlier(key, now - LAG_SECONDS)

    def all(self, *, now: float, consistent: bool) -> dict[Key, Item]:
        if consistent:
            return self.items
        earlier = {key: self._earlier(key, now - LAG_SECONDS) for key in self.history}
        return {key: item for key, item in earlier.items() if item is not None}

    def _earlier(self, key: Key, when: float) -> Item | None:
        versions = [item for at, item in self.history.get(key, ()) if at <= when]
        return versions[-1] if versions else None


class DynamoDb:
    """The operations that the functions and commands call, with boto3's parameters and answers."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.tables: dict[str, Table] = {}
        self.page_bytes = 1_000_000
        self.batch_get_keys = BATCH_LIMIT  # so many are answered, the rest is UnprocessedKeys
        self._transactions: dict[str, Any] = {}

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> Item:
        table = self.tables[TableName]
        item = table.read(table.key(Key), now=self._now(), consistent=ConsistentRead)
        return {"Item": dict(item)} if item is not None else {}

    def put_item(self, *, TableName: str, Item: Item, **expressions: Any) -> Item:
        table = self.tables[TableName]
        key = table.key(Item)
        self._require(table.items.get(key), expressions)
        table.put(key, dict(Item), now=self._now())
        return {}

    def delete_item(self, *, TableName: str, Key: Item, **expressions: Any) -> Item:
        table = self.tables[TableName]
        self._require(table.items.get(table.key(Key)), expressions)
        table.put(table.key(Key), None, now=self._now())
        return {}

    def update_item(self, *, TableName: str, Key: Item, **expressions: Any) -> Item:
        table = self.tables[TableName]
        key = table.key(Key)
        returned = expressions.pop("ReturnValues", "NONE")
        before = table.items.get(key)
        after = _updated(before, Key, expressions)
        table.put(key, after, now=self._now())
        if returned == "ALL_NEW":
            return {"Attributes": dict(after)}
        if returned == "UPDATED_OLD":
            changed = [name for name in before or {} if name in expressions["UpdateExpression"]]
            return {"Attributes": {name: (before or {})[name] for name in changed}}
        return {}

    def query(self, *, TableName: str, KeyConditionExpression: str, **rest: Any) -> Item:
        return self._page(TableName, KeyConditionExpression, rest)

    def scan(self, *, TableName: str, **rest: Any) -> Item:
        return self._page(TableName, None, rest)

    def batch_get_item(self, *, RequestItems: Item) -> Item:
        wanted = [(name, key) for name, of in RequestItems.items() for key in of["Keys"]]
        if not 0 < len(wanted) <= BATCH_LIMIT:
            raise client_error("ValidationException", "Too many items requested")
        if len({str(one) for one in wanted}) < len(wanted):
            raise client_error("ValidationException", "Provided list of item keys has duplicates")
        responses: Item = {name: [] for name in RequestItems}
        for name, key in wanted[: self.batch_get_keys]:
            consistent = RequestItems[name].get("ConsistentRead", False)
            found = self.get_item(TableName=name, Key=key, ConsistentRead=consistent)
            responses[name] += found.values()
        left: Item = {}
        for name, key in wanted[self.batch_get_keys :]:
            left.setdefault(name, {**RequestItems[name], "Keys": []})["Keys"].append(key)
        return {"Responses": responses, "UnprocessedKeys": left}

    def transact_write_items(self, *, TransactItems: list[Item], ClientRequestToken: str) -> Item:
        if self._transactions.get(ClientRequestToken) == TransactItems:
            return {}
        drafts = [self._draft(*next(iter(write.items()))) for write in TransactItems]
        if not 0 < len(drafts) <= TRANSACTION_LIMIT:
            raise client_error("ValidationException", "Member must have length less than 100")
        if len({(id(table), key) for table, key, _, _ in drafts}) < len(drafts):
            raise client_error("ValidationException", "Transaction request has one item twice")
        if any(code for _, _, _, code in drafts):
            reasons = [{"Code": code or "None"} for _, _, _, code in drafts]
            raise client_error("TransactionCanceledException", CancellationReasons=reasons)
        for _, _, after, _ in drafts:
            _allowed_size(after)  # all of them are written, or none
        for table, key, after, _ in drafts:
            table.put(key, after, now=self._now())
        self._transactions[ClientRequestToken] = TransactItems
        return {}

    def _draft(self, kind: str, write: Item) -> tuple[Table, Key, Item | None, str | None]:
        expressions = {name: value for name, value in write.items() if name[:9] != "TableName"}
        table = self.tables[write["TableName"]]
        key = table.key(write.get("Key") or write["Item"])
        before = after = table.items.get(key)
        code = None
        try:
            if kind == "Update":
                after = _updated(before, expressions.pop("Key"), expressions)
            else:
                self._require(before, expressions)
                after = dict(expressions["Item"]) if kind == "Put" else before
        except class_of("ConditionalCheckFailedException"):
            code = "ConditionalCheckFailed"
        return table, key, after, code

    def _require(self, item: Item | None, expressions: Item) -> None:
        if "ConditionExpression" in expressions and not _meets(item, expressions):
            raise client_error("ConditionalCheckFailedException")

    def _page(self, table_name: str, key_condition: str | None, rest: Item) -> Item:
        table, begin = self.tables[table_name], rest.pop("ExclusiveStartKey", None)
        consistent = rest.pop("ConsistentRead", False)
        if "IndexName" in rest and consistent:
            raise client_error("ValidationException", "Consistent reads are not supported")
        items = table.all(now=self._now(), consistent=consistent)
        order = _in_table if key_condition else _by_hash
        keys = sorted(items, key=order)
        if begin:
            keys = [key for key in keys if order(key) > order(table.key(begin))]
        _check_placeholders(rest, key_condition)
        page: list[Item] = []
        size, last, scanned = 0, None, 0
        for key in keys:
            if key_condition and not _meets(items[key], rest, key_condition):
                continue
            if size >= self.page_bytes:
                return _answer(page, scanned) | {"LastEvaluatedKey": _as_key(table, last)}
            size, last, scanned = size + table.sizes[key], key, scanned + 1
            if "FilterExpression" not in rest or _meets(items[key], rest, rest["FilterExpression"]):
                page.append(_projected(dict(items[key]), rest))
        return _answer(page, scanned)


def _updated(before: Item | None, key: Item, expressions: Item) -> Item:
    _check_placeholders(expressions, expressions.get("ConditionExpression"))
    if "ConditionExpression" in expressions and not _meets(before, expressions):
        raise client_error("ConditionalCheckFailedException")
    parsed = memory_expressions.update(expressions["UpdateExpression"])
    after: Item = parsed.run(_scope(before or key, expressions))
    return dict(after)


def _meets(item: Item | None, expressions: Item, text: str | None = None) -> bool:
    parsed = memory_expressions.condition(text or expressions["ConditionExpression"])
    return bool(parsed.run(_scope(item or {}, expressions)))


def _scope(item: Item, expressions: Item) -> memory_expressions.Scope:
    names = expressions.get("ExpressionAttributeNames", {})
    return item, names, expressions.get("ExpressionAttributeValues", {})


def _check_placeholders(expressions: Item, condition: str | None) -> None:
    """AWS refuses names and values that are not used, or not given."""
    parsed = [memory_expressions.condition(text) for text in [condition] if text]
    if text := expressions.get("FilterExpression"):
        parsed.append(memory_expressions.condition(text))
    if text := expressions.get("UpdateExpression"):
        parsed.append(memory_expressions.update(text))
    names = frozenset().union(*(one.names for one in parsed))
    values = frozenset().union(*(one.values for one in parsed))
    given = expressions.get("ExpressionAttributeNames", {}).keys()
    given_values = expressions.get("ExpressionAttributeValues", {}).keys()
    if names != given or values != given_values:
        raise client_error("ValidationException", f"unused or missing: {names} {values}")


def _answer(page: list[Item], scanned: int) -> Item:
    return {"Items": page, "Count": len(page), "ScannedCount": scanned}


def _projected(item: Item, rest: Item) -> Item:
    names = rest.get("ProjectionExpression", "").split(", ")
    return {name: item[name] for name in names if name in item} if names[0] else item


def _allowed_size(item: Item | None) -> int:
    size = _size(item)
    if size > ITEM_LIMIT_BYTES:
        raise client_error("ValidationException", "Item size has exceeded the maximum")
    return size


def _size(item: Item | None) -> int:
    """The bytes of an item's names and values, as DynamoDB counts them."""
    return sum(len(name) + _value_size(value) for name, value in (item or {}).items())


def _value_size(value: Item) -> int:
    [(kind, held)] = value.items()
    return _size(held) if kind == "M" else len(str(held).encode())


def _as_key(table: Table, key: Key | None) -> Item:
    return {name: {"S": value} for name, value in zip(table.key_names, key or (), strict=True)}


def _in_table(key: Key) -> Any:
    return key


def _by_hash(key: Key) -> Any:
    return md5(key[0].encode()).digest(), key
