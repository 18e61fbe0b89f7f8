"""Expressions of DynamoDB, as far as rules look at them: the names and values that they use."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.comparisons import ConditionExpressionParser

from mailfanout.sandbox.dynamodb import expressions
from mailfanout.sandbox.http import ApiError

Json = dict[str, Any]

EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_TOKEN = re.compile(r"[#:]?\w+")
_PATH_START = re.compile(r"(?<![\w.:#])#?[A-Za-z_]\w*(?!\w|\s*\()")
_KEYWORDS = {"and", "or", "not", "between", "in"}
_COMPARED = re.compile(
    r"(#?[A-Za-z_]\w*)\s*(?:=|<=?|>=?)\s*(:\w+)"
    r"|(#?[A-Za-z_]\w*)\s+between\s+(:\w+)\s+and\s+(:\w+)"
    r"|begins_with\s*\(\s*(#?[A-Za-z_]\w*)\s*,\s*(:\w+)",
    re.IGNORECASE,
)


# What older SDKs say in place of expressions.
_LEGACY = (
    "AttributesToGet",
    "AttributeUpdates",
    "ConditionalOperator",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)
_CONDITIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression")
_UNFINISHED = re.compile(r"([=<>,(]|(?<![\w#:.])(and|or|not|between))\s*$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s+(:\w+)\s+and\s+(:\w+)", re.IGNORECASE)
# What asks for an order, and the value that it asks it of.
_ORDERED = re.compile(r"(<=|>=|<(?!>)|(?<!<)>)\s*(:\w+)|(begins_with)\s*\([^,)]*,\s*(:\w+)")
# SET takes two operands, and no more.
_OPERAND = r"[#:\w.\[\]]+(?:\([^()]*\))?"
_THREE_OPERANDS = re.compile(
    rf"{_OPERAND}\s*[+-]\s*(?P<near>{_OPERAND}\s*(?P<token>[+-])\s*{_OPERAND})"
)
_PATH_PART = re.compile(r"#?\w+|\[\d+\]")


class _Used(NamedTuple):
    """The placeholders of an expression: `#name` and `:value`."""

    names: frozenset[str]
    values: frozenset[str]


def check_expressions(request: Json) -> None:
    """Each placeholder is defined, and each definition is used. Raises ApiError."""
    written = {name: request[name] for name in EXPRESSIONS if request.get(name) is not None}
    if written:
        _check_company(request, written)
    for name, text in written.items():
        _check_syntax(name, text)
        _check_defined(name, text, request)
        _check_parse(name, text, request)
        if name in _CONDITIONS and (values := request.get("ExpressionAttributeValues")):
            _check_operands(name, text, values)
    if paths := written.get("ProjectionExpression"):
        _check_paths(paths, request.get("ExpressionAttributeNames") or {})
    used = [_used(text) for text in written.values()]
    names = frozenset[str]().union(*(one.names for one in used))
    values = frozenset[str]().union(*(one.values for one in used))
    _check_definitions("ExpressionAttributeNames", request, names, written)
    _check_definitions("ExpressionAttributeValues", request, values, written)
    condition = written.get("KeyConditionExpression", "")
    if found := re.search(r"(?<![\w#:])(OR|NOT|IN)(?!\w)", condition, re.IGNORECASE):
        raise _invalid(f"Invalid operator used in KeyConditionExpression: {found[1].upper()}")


def _check_company(request: Json, written: Mapping[str, str]) -> None:
    """What stands beside expressions: nothing from before there were any, no empty definitions."""
    if legacy := [name for name in _LEGACY if name in request]:
        raise _invalid(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(legacy)}}} Expression parameters: "
            f"{{{', '.join(written)}}}"
        )
    for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        if request.get(name) == {}:
            raise _invalid(f"{name} must not be empty")


@lru_cache(maxsize=1024)
def _check_syntax(name: str, text: str) -> None:
    if not text.strip():
        raise _invalid(f"Invalid {name}: The expression can not be empty;")
    if text.count("(") > text.count(")") or _UNFINISHED.search(text):
        near = text.split()[-1]
        raise _invalid(f'Invalid {name}: Syntax error; token: "<EOF>", near: "{near}"')
    if name == "UpdateExpression" and (found := _THREE_OPERANDS.search(text)):
        raise _invalid(
            f'Invalid UpdateExpression: Syntax error; token: "{found["token"]}", near: '
            f'"{found["near"]}"'
        )


def _check_parse(name: str, text: str, request: Json) -> None:
    """moto parses it; what its parsers stumble over is no expression. What they refuse, it says."""
    given = [request.get(f"ExpressionAttribute{one}", {}) for one in ("Names", "Values")]
    try:
        if name == "UpdateExpression":
            expressions.parse_update(text.strip())
        elif name in ("ConditionExpression", "FilterExpression"):
            ConditionExpressionParser(text, *given).parse()
    except JsonRESTError:
        return
    except Exception as error:
        raise _invalid(f"Invalid {name}: Syntax error; {error or text}") from error


def _check_definitions(
    kind: str, request: Json, used: frozenset[str], written: Mapping[str, str]
) -> None:
    given = request.get(kind)
    if given and not written:
        raise _invalid(f"{kind} can only be specified when using expressions")
    if given and (unused := [name for name in given if name not in used]):
        raise _invalid(
            f"Value provided in {kind} unused in expressions: keys: {{{', '.join(unused)}}}"
        )


def _check_operands(name: str, condition: str, values: Mapping[str, Json]) -> None:
    """What is compared can be: a range begins with its lower bound, and has one type."""
    ordered = [(one for one in found.groups() if one) for found in _ORDERED.finditer(condition)]
    bounds = _BETWEEN.findall(condition)
    for word, value in (*ordered, *(("BETWEEN", one) for pair in bounds for one in pair)):
        kind = next(iter(values[value]), "")
        if kind not in (("S", "B") if word == "begins_with" else ("S", "B", "N")):
            raise _invalid(
                f"Invalid {name}: Incorrect operand type for operator or function; operator or "
                f"function: {word}, operand type: {kind}"
            )
    for low, high in bounds:
        _check_bounds(name, values[low], values[high])


def _check_bounds(name: str, low: Json, high: Json) -> None:
    [(kind, lower)], [(other, upper)] = low.items(), high.items()
    if kind != other:
        rule = "same data type for lower and upper bounds"
    elif (Decimal(lower) > Decimal(upper)) if kind == "N" else lower > upper:
        rule = "upper bound to be greater than or equal to lower bound"
    else:
        return
    raise _invalid(
        f"Invalid {name}: The BETWEEN operator requires {rule}; lower bound operand: "
        f"AttributeValue: {{{kind}:{lower}}}, upper bound operand: AttributeValue: "
        f"{{{other}:{upper}}}"
    )


def _check_paths(projection: str, names: Mapping[str, str]) -> None:
    """No path is asked for twice, or lies in another."""
    paths = [
        [names.get(part, part) for part in _PATH_PART.findall(path)]
        for path in projection.split(",")
    ]
    for one, two in itertools.combinations(paths, 2):
        if one[: len(two)] == two[: len(one)]:
            raise _invalid(
                "Invalid ProjectionExpression: Two document paths overlap with each other; must "
                f"remove or rewrite one of these paths; path one: [{', '.join(one)}], path two: "
                f"[{', '.join(two)}]"
            )


def path_names(expression: str, names: Mapping[str, str]) -> Iterator[str]:
    """The attributes at which an expression's paths begin."""
    for token in _PATH_START.findall(expression):
        if token.lower() not in _KEYWORDS:
            yield names.get(token, token)


def compared(condition: str, names: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """The attributes of a key condition, each with the value or the two that it is compared to."""
    for found in _COMPARED.finditer(condition):
        token, *values = [one for one in found.groups() if one]
        yield names.get(token, token), values


def _check_defined(name: str, text: str, request: Json) -> None:
    used = _used(text)
    for token in sorted(used.values - (request.get("ExpressionAttributeValues") or {}).keys()):
        raise _invalid(
            f"Invalid {name}: An expression attribute value used in expression is not defined; "
            f"attribute value: {token}"
        )
    for token in sorted(used.names - (request.get("ExpressionAttributeNames") or {}).keys()):
        raise _invalid(
            f"Invalid {name}: An expression attribute name used in the document path is not "
            f"defined; attribute name: {token}"
        )


@lru_cache(maxsize=1024)
def _used(expression: str) -> _Used:
    tokens = _TOKEN.findall(expression)
    return _Used(
        frozenset(one for one in tokens if one[0] == "#"),
        frozenset(one for one in tokens if one[0] == ":"),
    )


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
