"""The attributes of items that a call of DynamoDB names: policies give parts of items by them.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.dynamodb import DocumentPath, Node, grammar, item_requests
from mailfanout.sandbox.json_objects import Json

# Members that are attributes by their names, and expressions of them.
_NAMED = (
    *("AttributeUpdates", "Expected", "Item", "Key"),
    *("KeyConditions", "QueryFilter", "ScanFilter", "AttributesToGet"),
)
_CONDITIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression")
_READING = ("BatchGetItem", "GetItem", "Query", "Scan")


def asked_attributes(parameters: Json) -> list[str]:
    """The top level attributes that the call names to read, write or compare, each once."""
    batches = (parameters.get("RequestItems") or {}).values()
    asked = [one for one in batches if isinstance(one, dict)]
    asked += [request for _, request in item_requests(parameters)]
    return list(dict.fromkeys(name for one in asked for name in _named(one)))


def selection(call: ApiCall) -> str | None:
    """What a call that reads selects, as it says or else as what it asks for implies."""
    parameters = call.parameters
    if call.operation not in _READING:
        return None
    if given := parameters.get("Select"):
        return str(given)
    requests = (parameters.get("RequestItems") or {"": parameters}).values()
    if all(one.get("ProjectionExpression") or one.get("AttributesToGet") for one in requests):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in parameters else "ALL_ATTRIBUTES"


def _named(request: Json) -> Iterator[str]:
    for member in _NAMED:
        yield from request.get(member) or ()
    names = request.get("ExpressionAttributeNames") or {}
    try:
        for path in _paths(request):
            yield str(grammar.resolved(path, names)[0])
    except (RecursionError, ValueError):
        return  # DynamoDB does not take such an expression


def _paths(request: Json) -> Iterator[DocumentPath]:
    if text := request.get("ProjectionExpression"):
        yield from grammar.parse_projection(text)
    trees: list[Node] = [grammar.parse(request[one]) for one in _CONDITIONS if request.get(one)]
    if text := request.get("UpdateExpression"):
        trees += grammar.parse_update(text)
    for tree in trees:
        yield from (one for one in grammar.walk(tree) if isinstance(one, DocumentPath))
