"""Expressions of DynamoDB, as far as rules look at them: the names and values that they use."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailfanout.sandbox.dynamodb import grammar
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules import updates
from mailfanout.sandbox.rules.conditions import Wrong, check_form, check_operands
from mailfanout.sandbox.rules.key_conditions import check_key_condition, spelled
from mailfanout.sandbox.rules.legacy import spell_as_expressions
from mailfanout.sandbox.rules.tables import invalid

EXPRESSIONS = tuple(
    f"{kind}Expression" for kind in ("Condition", "Filter", "KeyCondition", "Projection", "Update")
)
# What uses values, by operation.
_USE_VALUES = {
    "DeleteItem": ("ConditionExpression",),
    "PutItem": ("ConditionExpression",),
    "Query": ("FilterExpression", "KeyConditionExpression"),
    "Scan": ("FilterExpression",),
    "UpdateItem": ("UpdateExpression", "ConditionExpression"),
}
# What older SDKs say in place of expressions.
_LEGACY = tuple(
    """
    AttributesToGet AttributeUpdates ConditionalOperator Expected KeyConditions QueryFilter
    ScanFilter
    """.split()
)
# How the names of what is defined for expressions begin.
_SIGNS = {"ExpressionAttributeNames": "#", "ExpressionAttributeValues": ":"}
LONGEST_BYTES = 4096


def check_expressions(request: Json) -> None:
    """Each expression is one, and each placeholder defined and used. Raises ApiError.

    A key condition is spelled as moto reads it, and what is older than expressions as one.
    """
    if written := _written(request):
        _check_company(request, written)
    else:
        spell_as_expressions(request)
        written = _written(request)
    for name, text in written.items():
        try:
            _check_expression(name, text, request)
        except Wrong as wrong:
            raise invalid(f"Invalid {name}: {wrong}") from wrong
    for kind, sign in _SIGNS.items():
        _check_definitions(kind, sign, request, written)
    if condition := written.get("KeyConditionExpression"):
        request["KeyConditionExpression"] = spelled(condition)


def check_values_are_used(operation: str, request: Json) -> None:
    """Raise ApiError for values that no expression of this operation can use."""
    users = _USE_VALUES.get(operation, ())
    if not users or "ExpressionAttributeValues" not in request:
        return
    if not any(name in request for name in users):
        verb = "are" if len(users) > 1 else "is"
        raise invalid(
            "ExpressionAttributeValues can only be specified when using expressions: "
            f"{' and '.join(users)} {verb} null"
        )


def _written(request: Json) -> dict[str, str]:
    return {name: request[name] for name in EXPRESSIONS if request.get(name) is not None}


def _check_expression(name: str, text: str, request: Json) -> None:
    names = request.get("ExpressionAttributeNames") or {}
    if not text.strip():
        raise Wrong("The expression can not be empty;")
    if (size := len(text.encode())) > LONGEST_BYTES:
        raise Wrong(
            f"Expression size has exceeded the maximum allowed size; expression size: {size}"
        )
    values = request.get("ExpressionAttributeValues") or {}
    if name == "ProjectionExpression":
        _check_defined(text, names, values)
        updates.check_projection(text, names)
    elif name == "UpdateExpression":
        updates.check_update_form(text)
        _check_defined(text, names, values)
        updates.check_updated_paths(text, names)
        updates.check_update_operands(text, values)
    else:
        check_form(text)
        _check_defined(text, names, values)
        check_operands(text, names, values)
    if name == "KeyConditionExpression":
        check_key_condition(text, names)


def _check_company(request: Json, written: Mapping[str, str]) -> None:
    """What stands beside expressions: nothing from before there were any, no empty definitions."""
    if legacy := [name for name in _LEGACY if name in request]:
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(legacy)}}} Expression parameters: "
            f"{{{', '.join(written)}}}"
        )
    for name in _SIGNS:
        if request.get(name) == {}:
            raise invalid(f"{name} must not be empty")
    for kind, sign in _SIGNS.items():
        for name in request.get(kind) or ():
            if not re.fullmatch(rf"{sign}\w+", name, re.ASCII):
                raise invalid(f'{kind} contains invalid key: Syntax error; key: "{name}"')


def _check_definitions(kind: str, sign: str, request: Json, written: Mapping[str, str]) -> None:
    given = request.get(kind)
    used = [one for text in written.values() for one in grammar.placeholders(text, sign)]
    if given and not written:
        raise invalid(f"{kind} can only be specified when using expressions")
    if given and (unused := [name for name in given if name not in used]):
        raise invalid(
            f"Value provided in {kind} unused in expressions: keys: {{{', '.join(unused)}}}"
        )


def _check_defined(text: str, names: Mapping[str, str], values: Json) -> None:
    for sign, known, what in (
        (":", values, "value used in expression is not defined; attribute value"),
        ("#", names, "name used in the document path is not defined; attribute name"),
    ):
        for token in sorted({*grammar.placeholders(text, sign)} - known.keys()):
            raise Wrong(f"An expression attribute {what}: {token}")
