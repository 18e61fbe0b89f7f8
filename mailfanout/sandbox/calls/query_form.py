"""The forms of the query protocol, read by AWS's model: `Entries.member.1.Id=a`.

See https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from mailfanout.sandbox.calls import json_values
from mailfanout.sandbox.http import Refused

_INTEGERS = {"integer", "long", "short", "byte"}
# No model goes as deep; every prefix of a name is kept, and one of megabytes has gigabytes of them.
_MOST_DOTS = 32
_WHOLE_NUMBER = re.compile(r"-?[0-9]+")


def structure(shape: Any, form: Mapping[str, str]) -> dict[str, Any]:
    """An operation's parameters. Fields that the model does not have are left out.

    Raises Refused for what the model cannot be read from.
    """
    found: dict[str, Any] = _structure(shape, _Fields(form), "")
    return found


class _Fields:
    """A form, and which prefixes its names have."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self.form = form

    @cached_property
    def prefixes(self) -> set[str]:
        found = set()
        for name in self.form:
            while name and name.count(".") <= _MOST_DOTS:
                found.add(name)
                name = name.rpartition(".")[0]
        return found


def _structure(shape: Any, fields: _Fields, prefix: str) -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        path = _join(prefix, _name(member, name))
        value = _read(member, fields, path)
        if value is not None:
            found[name] = value
    return found


def _read(shape: Any, fields: _Fields, path: str) -> Any:
    """The value at a path, or None if the form has nothing of it."""
    kind = shape.type_name
    if kind == "list":
        return _list(shape, fields, path)
    if kind == "map":
        return _map(shape, fields, path)
    if path not in fields.prefixes:
        return None
    if kind == "structure":
        return _structure(shape, fields, path)
    text = fields.form.get(path)
    return None if text is None else scalar(shape, text)


def _list(shape: Any, fields: _Fields, path: str) -> list[Any] | None:
    if fields.form.get(path) == "":
        return []
    member = _name(shape.member, "member")
    if shape.serialization.get("flattened"):
        parent, _, _ = path.rpartition(".")
        named = _name(shape.member, "")
        path = _join(parent, named) if named else path
    else:
        path = f"{path}.{member}"
    found: list[Any] = []
    while f"{path}.{len(found) + 1}" in fields.prefixes:
        found.append(_read(shape.member, fields, f"{path}.{len(found) + 1}"))
    if None in found:
        raise Refused("malformed", f"{path} has a member without a value.")
    return found or None


def _map(shape: Any, fields: _Fields, path: str) -> dict[str, Any] | None:
    path = path if shape.serialization.get("flattened") else f"{path}.entry"
    key_name, value_name = _name(shape.key, "key"), _name(shape.value, "value")
    found: dict[str, Any] = {}
    number = 1
    while (entry := f"{path}.{number}") in fields.prefixes:
        key = fields.form.get(f"{entry}.{key_name}")
        if key is None:
            raise Refused("malformed", f"{entry} has no {key_name}.")
        if key in found:
            raise Refused("two_meanings", f"{key} is given twice.")
        value = _read(shape.value, fields, f"{entry}.{value_name}")
        # A structure without any member leaves nothing in a form.
        found[key] = {} if value is None and shape.value.type_name == "structure" else value
        number += 1
    return found or None


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


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
