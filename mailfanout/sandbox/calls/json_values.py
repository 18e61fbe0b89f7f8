"""JSON documents, read by AWS's model of them."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from botocore.utils import parse_timestamp
from moto.core.model import Shape

from mailfanout.sandbox.http import Refused
from mailfanout.sandbox.json_objects import is_number

Reader = Callable[[Any], Any]

# No document that AWS takes within a call has as many.
MOST_LEVELS = 300

_INTEGERS = {"integer", "long", "short", "byte", "big_integer", "biginteger"}
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_FLOATS = {"float", "double", "bigdecimal"}


def document(body: bytes) -> dict[str, Any]:
    """A body as a JSON object; an empty body is an empty one. Raises Refused."""
    if not body:
        return {}
    try:
        found = _decode(body.decode())
        if _SURROGATE.search(body):
            json.dumps(found, ensure_ascii=False).encode()  # halves of pairs are no text
    except (ValueError, RecursionError):
        raise Refused("malformed", "The body is no JSON.") from None
    if not isinstance(found, dict):
        raise Refused("malformed", "The body is no JSON object.")
    return found


def structure(shape: Any, value: Any) -> dict[str, Any]:
    """A structure's members as boto3 takes them. What is null, or not in the model, is left out.

    Raises Refused for a value of another type than the model says.
    """
    found: dict[str, Any] = _structure(shape)(value)
    return found


@cache
def _reader(shape: Any) -> Reader:
    """How a value of this shape is read, made once."""
    kind = shape.type_name
    if kind == "string":
        return _string
    if kind == "structure":
        return _structure(shape)
    if kind == "list":
        return _list(shape)
    return _map(shape) if kind == "map" else partial(_scalar, shape)


@cache
def _structure(shape: Any) -> Reader:
    if shape.is_document_type:
        return lambda value: value

    @cache  # not before somebody asks: a structure may hold itself
    def members() -> dict[str, tuple[str, Reader]]:
        """Each member's name and how it is read, by what a document calls it."""
        return {
            member.serialization.get("name", name): (name, _reader(member))
            for name, member in shape.members.items()
            if "location" not in member.serialization
        }

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong_type(value, "a structure")
        known, found = members(), {}
        for written, one in value.items():
            if one is not None and (member := known.get(written)):
                name, read_member = member
                found[name] = read_member(one)
        return found

    return read


def _list(shape: Any) -> Reader:
    read_member = _reader(shape.member)

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _wrong_type(value, "a list")
        return list(map(read_member, value))

    return read


def _map(shape: Any) -> Reader:
    read_member = _reader(shape.value)

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong_type(value, "a map")
        return {key: read_member(one) for key, one in value.items() if one is not None}

    return read


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(value, "a string")
    return value


def timestamp(value: Any) -> datetime:
    """An aware datetime of a number of seconds or of a text. Raises Refused."""
    try:
        found: datetime = parse_timestamp(value)
    except (ValueError, TypeError, OverflowError, RuntimeError) as error:
        raise _wrong_type(value, "a time") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def blob(value: str | bytes) -> bytes:
    """The bytes that base64 stands for. Raises Refused."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("malformed", "A blob is not in base64.") from error


def _scalar(shape: Shape, value: Any) -> Any:
    kind = shape.type_name
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind in _INTEGERS and is_number(value) and math.isfinite(value) and int(value) == value:
        return int(value)
    if kind in _FLOATS and is_number(value):
        return float(value)
    if kind == "blob" and isinstance(value, str):
        return blob(value)
    if kind == "timestamp" and not isinstance(value, bool):
        return timestamp(value)
    raise _wrong_type(value, f"of type {kind}")


def _wrong_type(value: Any, wanted: str) -> Refused:
    names = {dict: "OBJECT_VALUE", list: "ARRAY_VALUE", str: "STRING_VALUE", bool: "BOOLEAN_VALUE"}
    return Refused("malformed", f"{names.get(type(value), 'NUMBER_VALUE')} is not {wanted}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("two_meanings", "A member is given twice.")
    return found


def no_number(name: str) -> float:
    """For `json.loads`: NaN and the infinities are no JSON. Raises ValueError."""
    raise ValueError(f"{name} is no JSON")


# json.loads makes a decoder for each document.
_decode = json.JSONDecoder(object_pairs_hook=_once, parse_constant=no_number).decode


def read_json(text: str) -> Any:
    """What stands in JSON; None if it is none, has a member twice, or is nested too deeply."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=no_number)
    except (ValueError, RecursionError, Refused):
        return None
    return None if is_too_deep(found) else found


def is_too_deep(value: Any) -> bool:
    """Whether it has more levels than what goes down into it bears.

    How many levels json.loads reads is not the same for each Python.
    """
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [below for one in level for below in _values_in(one)]
        if not level:
            return False
    return True


def _values_in(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
