"""The forms of the query protocol, read by AWS's model: `Entries.member.1.Id=a`.

See https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from mailfanout.sandbox.calls import json_values
from mailfanout.sandbox.http import Refused

# What stands below a part of a name, by the next part; under None, the text of the name itself.
Node = dict[str | None, Any]
# What a structure, or an entry, has by this name; None if the form has nothing of it.
Reader = Callable[[Node, str], Any]

_INTEGERS = {"integer", "long", "short", "byte"}
# No model goes as deep, and names of megabytes would.
_MOST_DOTS = 32
_ESCAPED = re.compile("(?:%[0-9A-Fa-f]{2})+")
_WHOLE_NUMBER = re.compile(r"-?[0-9]+")


def fields(text: str) -> Iterator[tuple[str, str]]:
    """A form's names and values. Raises UnicodeDecodeError."""
    for pair in filter(None, text.split("&")):
        name, _, value = pair.partition("=")
        yield _unquoted(name), _unquoted(value)


def _unquoted(text: str) -> str:
    text = text.replace("+", " ")
    return _ESCAPED.sub(_unescaped, text) if "%" in text else text


def _unescaped(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode()


def structure(shape: Any, form: Mapping[str, str]) -> dict[str, Any]:
    """An operation's parameters. Fields that the model does not have are left out.

    Raises Refused for what the model cannot be read from.
    """
    tree: Node = {}
    for name, text in form.items():
        if name.count(".") <= _MOST_DOTS:
            node = tree
            for part in name.split("."):
                node = node.setdefault(part, {})
            node[None] = text
    found: dict[str, Any] = _structure(shape)(tree)
    return found


@cache
def _reader(shape: Any) -> Reader:
    """How a value of this shape is read, made once."""
    kind = shape.type_name
    if kind == "list":
        return _list(shape)
    if kind == "map":
        return _map(shape)
    if kind == "structure":
        read = _structure(shape)
        return lambda holder, name: read(holder[name]) if name in holder else None
    return lambda holder, name: (
        None if (text := _text(holder, name)) is None else scalar(shape, text)
    )


def _text(holder: Node, name: str) -> str | None:
    text: str | None = holder.get(name, {}).get(None)
    return text


@cache
def _structure(shape: Any) -> Callable[[Node], dict[str, Any]]:
    @cache  # not before somebody asks: a structure may hold itself
    def members() -> list[tuple[str, str, Reader]]:
        """Each member's name in AWS's words and in forms, and how it is read."""
        return [
            (name, _name(member, name), _reader(member)) for name, member in shape.members.items()
        ]

    def read(node: Node) -> dict[str, Any]:
        return {
            name: value
            for name, written, read_member in members()
            if (value := read_member(node, written)) is not None
        }

    return read


def _list(shape: Any) -> Reader:
    is_flat, read_member = shape.serialization.get("flattened"), _reader(shape.member)
    named = _name(shape.member, "" if is_flat else "member")

    def read(holder: Node, name: str) -> list[Any] | None:
        own = holder.get(name, {})
        if own.get(None) == "":
            return []
        entries = (holder if is_flat else own).get(named, {}) if named else own
        found: list[Any] = []
        while (number := str(len(found) + 1)) in entries:
            found.append(read_member(entries, number))
        if None in found:
            raise Refused("malformed", f"{name} has a member without a value.")
        return found or None

    return read


def _map(shape: Any) -> Reader:
    is_flat, read_value = shape.serialization.get("flattened"), _reader(shape.value)
    key_name, value_name = _name(shape.key, "key"), _name(shape.value, "value")

    def read(holder: Node, name: str) -> dict[str, Any] | None:
        own = holder.get(name, {})
        entries = own if is_flat else own.get("entry", {})
        found: dict[str, Any] = {}
        number = 1
        while (entry := entries.get(str(number))) is not None:
            key = _text(entry, key_name)
            if key is None:
                raise Refused("malformed", f"{name} has an entry without a {key_name}.")
            if key in found:
                raise Refused("two_meanings", f"{key} is given twice.")
            value = read_value(entry, value_name)
            # A structure without any member leaves nothing in a form.
            found[key] = {} if value is None and shape.value.type_name == "structure" else value
            number += 1
        return found or None

    return read


def scalar(shape: Any, text: str) -> Any:
    """A value that stands as text in a form, a header, a path or an XML element."""
    kind = shape.type_name
    try:
        if kind in _INTEGERS and _WHOLE_NUMBER.fullmatch(text):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except ValueError as error:
        raise Refused("malformed", f"{text!r} is not of type {kind}") from error
    if kind == "boolean":
        if text not in ("true", "false"):
            raise Refused("malformed", f"{text!r} is not of type boolean")
        return text == "true"
    if kind == "blob":
        return json_values.blob(text)
    if kind == "timestamp":
        return json_values.timestamp(text)
    if kind != "string":
        raise Refused("malformed", f"{text!r} is not of type {kind}")
    return text


def _name(shape: Any, default: str) -> str:
    """SQS speaks JSON today: moto's additions to its model say what it was called in forms."""
    serialization = shape.serialization
    name: str = serialization.get("locationNameForQueryCompatibility") or serialization.get(
        "name", default
    )
    return name
