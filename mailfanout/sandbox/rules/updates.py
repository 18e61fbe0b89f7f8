"""What DynamoDB refuses of update expressions and projections.

See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from mailfanout.sandbox.dynamodb import Applied, DocumentPath, Node, Value, grammar
from mailfanout.sandbox.rules.conditions import (
    CONDITION_FUNCTIONS,
    Wrong,
    check_names,
    check_number,
    check_path,
    of_wrong_type,
    shown_path,
    type_of,
)

_OPERANDS = 2
_FUNCTIONS = {"if_not_exists": "", "list_append": "L"}
# What each takes of values that stand in the request; the rest only an item tells.
_TAKEN = {**_FUNCTIONS, "+": "N", "-": "N"}
_ADDED, _DELETED = ("N", "SS", "NS", "BS"), ("SS", "NS", "BS")
_WORDS = {"S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "L": "LIST", "M": "MAP"}


@lru_cache(grammar.MEMORY)
def check_update_form(text: str) -> None:
    """Raise Wrong for what is no update."""
    try:
        actions = grammar.parse_update(text)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"Syntax error; {error}") from error
    check_names(_nodes(actions))
    for one in _nodes(actions):
        if isinstance(one, Applied) and one.is_function and one.operator not in _FUNCTIONS:
            if one.operator in CONDITION_FUNCTIONS:
                what = "The function is not allowed in an update expression"
            else:
                what = "Invalid function name"
            raise Wrong(f"{what}; function: {one.operator}")
    sections = grammar.sections(text)
    if repeated := next((one for one in sections if sections.count(one) > 1), None):
        raise Wrong(f'The "{repeated}" section can only be used once in an update expression;')


def check_update_operands(text: str, values: Mapping[str, Any]) -> None:
    """Raise Wrong for operands that actions and functions do not take."""
    for one in _nodes(grammar.parse_update(text)):
        if not isinstance(one, Applied):
            continue
        if one.operator in ("ADD", "DELETE"):
            _check_added(one, values)
        elif one.operator in _TAKEN:
            check_number(one, _OPERANDS)
            if one.operator == "if_not_exists":
                check_path(one)
            _check_types(one, values)


def _check_added(action: Applied, values: Mapping[str, Any]) -> None:
    kind = type_of(action.operands[1], values)
    if kind not in (_ADDED if action.operator == "ADD" else _DELETED):
        raise Wrong(
            "Incorrect operand type for operator or function; operator: "
            f"{action.operator}, operand type: {_WORDS.get(kind, kind)}, "
            f"typeSet: ALLOWED_FOR_{action.operator}_OPERAND"
        )


def _check_types(applied: Applied, values: Mapping[str, Any]) -> None:
    wanted = _TAKEN[applied.operator]
    for operand in applied.operands:
        kind = type_of(operand, values) if isinstance(operand, Value) else ""
        if kind and wanted and kind != wanted:
            raise of_wrong_type(applied.operator, kind)


def _nodes(actions: tuple[Node, ...]) -> Iterator[Node]:
    for one in actions:
        yield from grammar.walk(one)


def check_projection(text: str, names: Mapping[str, str]) -> None:
    """Raise Wrong for what is no list of paths, or asks for one twice, or for one in another."""
    try:
        paths = grammar.parse_projection(text)
    except ValueError as error:
        raise Wrong(f"Syntax error; {error}") from error
    check_names(paths)
    _check_apart([grammar.resolved(path, names) for path in paths])


def check_updated_paths(text: str, names: Mapping[str, str]) -> None:
    """Raise Wrong for two actions on one path, or on what lies within it."""
    paths = [action.operands[0] for action in grammar.parse_update(text)]
    _check_apart([grammar.resolved(one, names) for one in paths if isinstance(one, DocumentPath)])


def _check_apart(paths: list[list[str | int]]) -> None:
    """No path leads to another, nor through one value as a map and as a list."""
    for one, two in itertools.combinations(paths, 2):
        parts = [pair for pair in zip(one, two, strict=False) if pair[0] != pair[1]]
        if not parts:
            how = "overlap"
        elif type(parts[0][0]) is not type(parts[0][1]):
            how = "conflict"
        else:
            continue
        raise Wrong(
            f"Two document paths {how} with each other; must remove or rewrite one of these "
            f"paths; path one: {shown_path(one)}, path two: {shown_path(two)}"
        )
