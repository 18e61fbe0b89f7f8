"""An answer's body beside the model of its operation: what stands in it that the model lacks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from support.every_operation import Answered

_NUMBERS = {"integer", "long", "float", "double", "timestamp"}


def strange_fields(answered: Answered) -> list[str]:
    """Paths in the body that the model does not have, or has of another type."""
    model, body = answered.model, answered.body
    shape = model.output_shape
    if not body or shape is None:
        return []
    payload = shape.serialization.get("payload")
    if payload:
        shape = shape.members[payload]
        if shape.type_name not in ("structure", "list"):
            return []
    protocol = model.service_model.resolved_protocol
    if "json" in protocol:
        return list(_in_json(shape, json.loads(body), ""))
    root = ElementTree.fromstring(body)
    if protocol == "query":
        root = next(root.iterfind(f"{{*}}{model.name}Result"), Element("Result"))
    return list(_in_xml(shape, root, ""))


def missing_fields(parsed: Any, always: str) -> bool:
    """Whether a parsed answer lacks what a path names: `Table.Indexes[].IndexArn`."""
    name, _, rest = always.partition(".")
    is_list = name.endswith("[]")
    value = parsed.get(name.removesuffix("[]")) if isinstance(parsed, dict) else None
    if value is None:
        return True
    if not rest:
        return False
    values = value if is_list else [value]
    return not values or any(missing_fields(one, rest) for one in values)


def _in_json(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if value is None:
        yield f"{path} is null"
    elif kind == "structure" and isinstance(value, dict):
        members = {
            one.serialization.get("name", name): one
            for name, one in shape.members.items()
            if "location" not in one.serialization
        }
        for name, one in value.items():
            if name not in members:
                yield f"{path}.{name}"
            else:
                yield from _in_json(members[name], one, f"{path}.{name}")
    elif kind == "list" and isinstance(value, list):
        for one in value:
            yield from _in_json(shape.member, one, f"{path}[]")
    elif kind == "map" and isinstance(value, dict):
        for one in value.values():
            yield from _in_json(shape.value, one, f"{path}{{}}")
    elif not _is_scalar_of(kind, value):
        yield f"{path} is no {kind}: {value!r}"


def _is_scalar_of(kind: str, value: Any) -> bool:
    if kind in ("string", "blob"):
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "timestamp" and isinstance(value, str):
        return True
    return kind in _NUMBERS and isinstance(value, int | float) and not isinstance(value, bool)


def _in_xml(shape: Any, element: Element, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        members = {_written(name, one): one for name, one in shape.members.items()}
        counts = Counter(child.tag.rpartition("}")[2] for child in element)
        for child in element:
            name = child.tag.rpartition("}")[2]
            if name not in members:
                yield f"{path}.{name}"
                continue
            member = members[name]
            if member.type_name == "list" and member.serialization.get("flattened"):
                member = member.member
            elif counts[name] > 1:
                yield f"{path}.{name} comes {counts[name]} times"
            yield from _in_xml(member, child, f"{path}.{name}")
    elif kind == "list":
        written = shape.member.serialization.get("name", "member")
        for child in element:
            name = child.tag.rpartition("}")[2]
            if name != written:
                yield f"{path}[{name}]"
            yield from _in_xml(shape.member, child, f"{path}[]")
    elif kind == "map":
        for entry in element:
            value = entry.find("{*}value")
            if value is not None:
                yield from _in_xml(shape.value, value, f"{path}{{}}")
    elif len(element):
        yield f"{path} is no {kind}"


def _written(name: str, member: Any) -> str:
    flat = member.type_name == "list" and member.serialization.get("flattened")
    written = member.member.serialization.get("name") if flat else None
    return str(written or member.serialization.get("name", name))
