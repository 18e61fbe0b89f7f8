"""The requests for items that one call of DynamoDB brings: one, a batch, or a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from mailfanout.sandbox.json_objects import Json


def item_requests(body: Json) -> Iterator[tuple[str, Json]]:
    """Each request for an item, with the name or ARN of its table.

    It has a Key or an Item, but for a Query or a Scan, which is its own request.
    """
    for item in body.get("TransactItems") or ():
        yield from ((one["TableName"], one) for one in item.values() if "TableName" in one)
    for name, batch in (body.get("RequestItems") or {}).items():
        if isinstance(batch, dict):
            yield from ((name, {"Key": key}) for key in batch.get("Keys", ()))
        else:
            yield from ((name, one) for write in batch for one in write.values())
    if "TableName" in body:
        yield body["TableName"], body
