"""Values of a template as an operation takes them: templates write numbers as text, and so on."""

from __future__ import annotations

import re
from typing import Any

_WHOLE = {"integer", "long"}
_NUMBERS = _WHOLE | {"double", "float"}
_TRUTH = {"true": True, "false": False}


class UntypedValue(ValueError):
    """A property cannot be what the operation takes; the message is CloudFormation's."""


def typed(shape: Any, value: Any, path: str = "#") -> Any:
    """The value as the shape has it. Raises UntypedValue, also for names that it has not."""
    kind = shape.type_name
    if kind == "structure" and not shape.is_document_type:
        return _structure(shape, _wanted(value, dict, "JSONObject", path), path)
    if kind == "map":
        entries = _wanted(value, dict, "JSONObject", path)
        return {
            typed(shape.key, name, path): typed(shape.value, one, f"{path}/{name}")
            for name, one in entries.items()
        }
    if kind == "list":
        entries = _wanted(value, list, "JSONArray", path)
        return [typed(shape.member, one, f"{path}/{n}") for n, one in enumerate(entries)]
    return _plain(kind, value, path)


def _structure(shape: Any, value: dict[str, Any], path: str) -> dict[str, Any]:
    if strange := sorted(value.keys() - shape.members.keys()):
        raise UntypedValue(f"{path}: extraneous key [{strange[0]}] is not permitted")
    return {name: typed(shape.members[name], one, f"{path}/{name}") for name, one in value.items()}


def _wanted(value: Any, kind: type, name: str, path: str) -> Any:
    if not isinstance(value, kind):
        raise _other(name, value, path)
    return value


def _plain(kind: str, value: Any, path: str) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "boolean" and not isinstance(value, bool):
        if str(value).lower() not in _TRUTH:
            raise _other("Boolean", value, path)
        return _TRUTH[str(value).lower()]
    if kind in _NUMBERS and not is_number:
        form = r"-?\d{1,18}" if kind in _WHOLE else r"-?\d{1,18}(\.\d{1,18})?"
        if not re.fullmatch(form, str(value), re.ASCII):
            raise _other("Integer" if kind in _WHOLE else "Number", value, path)
        return int(value) if kind in _WHOLE else float(value)
    if kind == "string" and not isinstance(value, str):
        if isinstance(value, dict | list):
            raise _other("String", value, path)
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _other(wanted: str, value: Any, path: str) -> UntypedValue:
    found = {dict: "JSONObject", list: "JSONArray", bool: "Boolean", str: "String"}
    return UntypedValue(
        f"{path}: expected type: {wanted}, found: {found.get(type(value), 'Number')}"
    )
