"""Expressions of DynamoDB, as far as rules look at them: the names and values that they use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

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


class _Used(NamedTuple):
    """The placeholders of an expression: `#name` and `:value`."""

    names: frozenset[str]
    values: frozenset[str]


def check_expressions(request: Json) -> None:
    """Each placeholder is defined, and each definition is used. Raises ApiError."""
    written = {name: request[name] for name in EXPRESSIONS if request.get(name)}
    for name, text in written.items():
        _check_defined(name, text, request)
    for definitions, used in (
        (
            "ExpressionAttributeNames",
            {one for text in written.values() for one in _used(text).names},
        ),
        (
            "ExpressionAttributeValues",
            {one for text in written.values() for one in _used(text).values},
        ),
    ):
        given = request.get(definitions)
        if given and not written:
            raise _invalid(f"{definitions} can only be specified when using expressions")
        if given and (unused := [name for name in given if name not in used]):
            raise _invalid(
                f"Value provided in {definitions} unused in expressions: keys: "
                f"{{{', '.join(unused)}}}"
            )
    condition = written.get("KeyConditionExpression", "")
    if found := re.search(r"(?<![\w#:])(OR|NOT|IN)(?!\w)", condition, re.IGNORECASE):
        raise _invalid(f"Invalid operator used in KeyConditionExpression: {found[1].upper()}")


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
