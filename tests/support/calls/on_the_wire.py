"""Calls as botocore writes them: every listed operation, with parameters drawn from its model."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.awsrequest import AWSRequest, create_request_object, prepare_request_dict
from botocore.serialize import create_serializer
from hypothesis import strategies as st
from moto.core.utils import get_service_model

from mailfanout.sandbox.front.operations import OPERATIONS
from mailfanout.sandbox.http.request import Request
from support.calls.signed_calls import HOST, received

LISTED = [(service, name) for service, names in OPERATIONS.items() for name in names]

NAMES = [f"{service}-{name}" for service, name in LISTED]

# What botocore works out itself, or does not send.
_DERIVED = {"ContentLength", "ContentMD5"}

_WORD = st.text("abcXYZ019-", min_size=1, max_size=8)
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
_HEADER = st.text("abc /=;:", min_size=1, max_size=8).map(lambda text: f"x{text}x")
_TIME = st.integers(10**9, 2 * 10**9).map(lambda second: datetime.fromtimestamp(second, UTC))
_SPECIAL = {
    "Bucket": _WORD,
    "CopySource": st.just("bucket/key"),
    "FunctionName": _WORD,  # what stands behind a colon is read as the qualifier
    "QueueUrl": st.just(f"http://{HOST}/123456789012/queue"),
}


def operation(service: str, name: str) -> Any:
    return get_service_model(service).operation_model(name)


@cache
def parameters(service: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """What boto3 might be given for the operation."""
    shape = operation(service, name).input_shape
    return st.just({}) if shape is None else _structure(shape, 0)


def written(service: str, name: str, given: dict[str, Any]) -> Request:
    """The request that botocore sends for the operation, unsigned."""
    return received(unsigned(service, name, given).prepare())


def unsigned(service: str, name: str, given: dict[str, Any]) -> AWSRequest:
    model = operation(service, name)
    serializer = create_serializer(model.service_model.resolved_protocol, False)
    request = serializer.serialize_to_request(given, model)
    prepare_request_dict(request, f"http://{HOST}")
    return create_request_object(request)


def _structure(shape: Any, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    values = {
        name: _SPECIAL[name] if name in _SPECIAL and not depth else _value(member, depth + 1)
        for name, member in shape.members.items()
        if name not in _DERIVED and (depth < 4 or name in shape.required_members)
    }
    required = {name: values.pop(name) for name in shape.required_members if name in values}
    chosen = st.fixed_dictionaries(required, optional=values)
    return chosen.filter(bool) if required or values else chosen


def _value(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    location = shape.serialization.get("location")
    match shape.type_name:
        case "structure":
            return st.deferred(lambda: _structure(shape, depth))
        case "list":
            return st.lists(_value(shape.member, depth + 1), min_size=1, max_size=2)
        case "map":
            keys = _WORD.map(str.lower) if location == "headers" else _value(shape.key, depth)
            values = _HEADER if location == "headers" else _value(shape.value, depth)
            return st.dictionaries(keys, values, min_size=1, max_size=2)
        case "string":
            return _HEADER if location == "header" else _TEXT
        case "blob":
            return st.binary(min_size=1, max_size=8)
        case "boolean":
            return st.booleans()
        case "timestamp":
            return _TIME
        case "float" | "double":
            return st.integers(-9, 9).map(float)
    return st.integers(0, 10**6)
