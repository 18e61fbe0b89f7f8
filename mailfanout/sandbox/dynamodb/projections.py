"""The parts of an item that a read asks for.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.responses import DynamoHandler, ProjectionExpressionParser

from mailfanout.sandbox.dynamodb import grammar
from mailfanout.sandbox.dynamodb.values import excerpt, of_same_key
from mailfanout.sandbox.dynamodb.writes import check_transacted, find

Paths = list[list[str | int]]


def parse(self: ProjectionExpressionParser) -> Paths:
    """The paths that a projection asks for; the placeholders in it are kept as found."""
    text = self.projection_expression
    if not text:
        return []
    self.expr_attr_names_found.extend(grammar.placeholders(text, "#"))
    paths = grammar.parse_projection(text)
    return [grammar.resolved(path, self.expression_attribute_names) for path in paths]


def project(self: Item, paths: Paths) -> Item:
    """An item of what lies on these paths."""
    return projected([self], paths)[0]


def projected(items: list[Item], paths: Paths) -> list[Item]:
    """Items of what lies on these paths; they are taken apart only if those lead into values."""
    names = [*dict.fromkeys(str(path[0]) for path in paths)]
    found = [
        of_same_key(item, {name: item.attrs[name] for name in names if name in item.attrs})
        for item in items
    ]
    leads_within = any(len(path) > 1 for path in paths)
    return [_excerpt(item, paths) for item in found] if leads_within else found


def _excerpt(item: Item, paths: Paths) -> Item:
    plain = {name: value.to_regular_json() for name, value in item.attrs.items()}
    found = excerpt(plain, [tuple(path) for path in paths])
    return of_same_key(item, {name: DynamoType(value) for name, value in found.items()})


def transact_get_items(
    original: Callable[[DynamoHandler], ActionResult], self: DynamoHandler
) -> ActionResult:
    """What each Get of a transaction asks for of its item."""
    answer = original(self)
    result: Any = answer.result
    reads = [item["Get"] for item in self.body["TransactItems"]]
    backend = self.dynamodb_backend
    check_transacted(find(backend.get_table(one["TableName"]), one["Key"]) for one in reads)
    for read, found in zip(reads, result["Responses"], strict=True):
        names = read.get("ExpressionAttributeNames")
        paths: Any = ProjectionExpressionParser(read.get("ProjectionExpression"), names).parse()
        item = backend.get_item(read["TableName"], read["Key"], paths)
        if item and paths:
            found.update(item.describe_attrs(attributes=None))
    return answer
