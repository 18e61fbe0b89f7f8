"""UpdateItem's ReturnValues as AWS answers them, in place of moto's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.dynamodb.parsing import ast_nodes, expressions
from moto.dynamodb.responses import DynamoHandler


def updates_as_aws(update_item: Callable[[DynamoHandler], Any]) -> Callable[[DynamoHandler], Any]:
    """UpdateItem with every attribute that the request names in UPDATED_OLD."""

    def update_item_as_aws(self: DynamoHandler) -> Any:
        if self.body.get("ReturnValues") != "UPDATED_OLD":
            return update_item(self)
        self.body["ReturnValues"] = "ALL_OLD"
        answer = update_item(self)
        old = answer.result.pop("Attributes", {})
        names = _updated_names(self.body)
        if kept := {name: value for name, value in old.items() if name in names}:
            answer.result["Attributes"] = kept
        return answer

    return update_item_as_aws


def _updated_names(body: dict[str, Any]) -> set[str]:
    """The top-level attributes that an UpdateItem request changes."""
    if "UpdateExpression" not in body:
        return set(body.get("AttributeUpdates", {}))
    placeholders = body.get("ExpressionAttributeNames", {})
    parser: Any = expressions
    update = parser.UpdateExpressionParser.make(body["UpdateExpression"].strip())
    actions = update.find_clauses(_UPDATE_ACTIONS)
    return {_top_level_name(action.children[0].children[0], placeholders) for action in actions}


# moto's parser has no types.
_nodes: Any = ast_nodes
_UPDATE_ACTIONS = [
    _nodes.UpdateExpressionSetAction,
    _nodes.UpdateExpressionRemoveAction,
    _nodes.UpdateExpressionAddAction,
    _nodes.UpdateExpressionDeleteAction,
]


def _top_level_name(node: Any, placeholders: dict[str, str]) -> str:
    if isinstance(node, _nodes.ExpressionAttributeName):
        placeholder: Any = node.get_attribute_name_placeholder()
        return placeholders[placeholder]
    return str(node.get_attribute_name())
