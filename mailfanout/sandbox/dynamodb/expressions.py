"""Update expressions: each is parsed once by moto's parser, and kept for the next request."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Collection
from typing import Any

from moto.dynamodb.exceptions import (
    AttributeDoesNotExist,
    IncorrectDataType,
    IncorrectOperandType,
    MockValidationException,
)
from moto.dynamodb.parsing import ast_nodes, expressions

from mailfanout.sandbox.dynamodb import grammar

MEMORY = 256

# moto's parser has no types.
_nodes: Any = ast_nodes
_expressions: Any = expressions

# A value in parentheses, which moto does not parse: SET n = (if_not_exists(n, :zero) + :one)
_IN_PARENTHESES = re.compile(r"=\s*\(((?:[^()]|\([^()]*\))*)\)")
_moto_parse_update = _expressions.UpdateExpressionParser.make


@functools.lru_cache(MEMORY)
def parse_update(update_expression: str) -> Any:
    """An UpdateExpression as moto parses it."""
    return _moto_parse_update(_IN_PARENTHESES.sub(r"= \1", update_expression))


def traverse(self: Any, root: Any) -> Any:
    """Like moto's traverse, but it finds a node's processor by the node's own class.

    moto builds the map of processors anew for each node, and compares the node with every class in
    it, so that a processor also serves subclasses. Of the classes with a processor, only
    UpdateExpression has subclasses. Its two checks examine all nodes below the one that they are
    given, so they need not run again for those nodes.
    """
    processors = self._processing_map()
    if check := processors.get(_nodes.UpdateExpression):
        return check(root)
    prepare = self.pre_processing_of_child
    prepares = prepare.__func__ is not _nodes.DepthFirstTraverser.pre_processing_of_child
    return _visit(prepare if prepares else None, processors, root, -1)


def _visit(prepare: Any, processors: dict[type, Any], node: Any, position: int) -> Any:
    for place, child in enumerate(node.children or ()):
        if prepare:
            prepare(node, place)
        if hasattr(child, "children"):
            _visit(prepare, processors, child, place)
    process = processors.get(type(node))
    if process is None:
        return node
    parent = node.parent
    processed = process(node)
    processed.parent = parent
    if parent:
        parent.children[position] = processed
    return processed


def find_clauses(self: Any, clause_types: Collection[type]) -> list[Any]:
    """The nodes of these classes; moto compares each node with its abstract classes, too."""
    found = []
    for child in self.children or ():
        if type(child) in clause_types:
            found.append(child)
        elif _has_clauses(child.__class__):
            found += find_clauses(child, clause_types)
    return found


@functools.cache
def _has_clauses(kind: type) -> bool:
    return issubclass(kind, (_nodes.Expression, _nodes.UpdateExpressionFunction))


def listed(node: Any, function: str) -> Any:
    """The list that a function of an update takes. Raises moto's errors for anything else."""
    if isinstance(node, _nodes.NoneExistingPath):
        raise AttributeDoesNotExist
    value = node.get_value()
    if not value.is_list():
        raise WrongOperand(function, value.type)
    return value


def copy_parsed(node: Any, *_options: Any, **_more: Any) -> Any:
    """A fast copy.deepcopy for parsed expressions, into whose nodes moto writes values."""
    return _copy_node(node, None) if isinstance(node, _nodes.Node) else copy.deepcopy(node)


class WrongOperand(IncorrectOperandType):
    """What an item has is not what an action takes; what stands in a request was looked at."""

    def __init__(self, operator: str, operand_type: str) -> None:
        MockValidationException.__init__(self, IncorrectDataType.inc_data_type_msg)


def updated_paths(body: dict[str, Any]) -> list[tuple[str | int, ...]]:
    """What an UpdateItem request changes, each as a path: `SET a.b[0] = :c` changes a, b, 0."""
    if "UpdateExpression" not in body:
        return [(name,) for name in body.get("AttributeUpdates", {})]
    names = body.get("ExpressionAttributeNames", {})
    changed = (action.operands[0] for action in grammar.parse_update(body["UpdateExpression"]))
    paths = (one for one in changed if isinstance(one, grammar.DocumentPath))
    return [tuple(grammar.resolved(path, names)) for path in paths]


def _copy_node(node: Any, parent: Any) -> Any:
    copied = object.__new__(type(node))
    copied.type, copied.parent = node.type, parent
    copied.children = node.children and [
        _copy_node(child, copied) if hasattr(child, "children") else child
        for child in node.children
    ]
    return copied
