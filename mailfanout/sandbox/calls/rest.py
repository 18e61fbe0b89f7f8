"""Calls of the REST protocols: parameters in path, query string, headers and body."""

from __future__ import annotations

import base64
import re
from typing import Any

from moto.core.model import OperationModel, ServiceModel

from mailfanout.sandbox.calls import json_values, xml_documents
from mailfanout.sandbox.calls.aws_chunks import plain_body
from mailfanout.sandbox.calls.beside_models import OLDER_PATHS
from mailfanout.sandbox.calls.query_form import scalar
from mailfanout.sandbox.calls.routes import find_route
from mailfanout.sandbox.http import Refused, Request


def read(request: Request, model: ServiceModel) -> tuple[OperationModel, dict[str, Any]]:
    """The operation that the request names, and its parameters. Raises Refused."""
    older = OLDER_PATHS.get((request.method, request.raw_path.rstrip("/")))
    if older and model.service_name == "sesv2":
        return _read_older(request, model.operation_model(older))
    operation, labels = find_route(request, model)
    shape: Any = operation.input_shape
    if shape is None:
        return operation, {}
    body, headers = plain_body(request)
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        value = _located(name, member, request, headers, labels)
        if value is not None:
            found[name] = value
    found.update(_in_body(shape, body, model))
    return operation, found


def _read_older(request: Request, operation: OperationModel) -> tuple[Any, dict[str, Any]]:
    """What an SDK asks that knows the operation by the path that it had before."""
    shape: Any = operation.input_shape
    members = {name: one for name, one in shape.members.items() if one.type_name != "map"}
    found = {name: _argument(one, name, request) for name, one in members.items()}
    return operation, {name: value for name, value in found.items() if value is not None}


def _located(
    name: str, member: Any, request: Request, headers: dict[str, str], labels: dict[str, str]
) -> Any:
    """A member that stands outside the body; None if it is not there."""
    written = member.serialization.get("name", name)
    match member.serialization.get("location"):
        case "uri":
            return scalar(member, labels[written])
        case "querystring":
            return _argument(member, written, request)
        case "header" if (text := headers.get(written.lower())) is not None:
            return _header(member, text)
        case "headers":
            prefix = written.lower()
            found = {
                key[len(prefix) :]: one for key, one in headers.items() if key.startswith(prefix)
            }
            return found or None
    return None


def _argument(member: Any, written: str, request: Request) -> Any:
    if member.type_name == "map":
        # What has a name of its own in the model is none of the map's, but no call has both.
        if len(found := dict(request.pairs)) < len(request.pairs):
            raise Refused("two_meanings", "An argument is given twice.")
        return found or None
    texts = [value for name, value in request.pairs if name == written]
    if member.type_name == "list":
        return [scalar(member.member, text) for text in texts] or None
    if len(texts) > 1:
        raise Refused("two_meanings", f"{written} is given twice.")
    if not texts or (member.type_name == "integer" and not texts[0]):
        return None
    return scalar(member, texts[0])


def _header(member: Any, text: str) -> Any:
    if member.type_name == "list":
        return [scalar(member.member, one) for one in _header_list(text)]
    if member.serialization.get("jsonvalue"):
        return json_values.document(base64.b64decode(text))
    return scalar(member, text)


def _header_list(text: str) -> list[str]:
    """What stands between commas; in quotation marks, a comma or a mark is a part of it."""
    return [
        plain.strip() if quoted is None else quoted.replace('\\"', '"')
        for quoted, plain in (match.groups() for match in _HEADER_ITEM.finditer(text))
    ]


_HEADER_ITEM = re.compile(r'(?:^|,)\s*(?:"((?:[^"\\]|\\.)*)"\s*(?=,|$)|([^,]*))')


def _in_body(shape: Any, body: bytes, model: ServiceModel) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    if not payload:
        return _document(shape, body, model) if body else {}
    member = shape.members[payload]
    if member.type_name == "blob":
        return {payload: body} if body else {}
    if member.type_name == "string":
        try:
            return {payload: body.decode()} if body else {}
        except UnicodeDecodeError as error:
            raise Refused("malformed", "The body is not in UTF-8.") from error
    return {payload: _document(member, body, model)} if body else {}


def _document(shape: Any, body: bytes, model: ServiceModel) -> dict[str, Any]:
    if model.metadata["protocol"] == "rest-xml":
        return xml_documents.structure(shape, body)
    return json_values.structure(shape, json_values.document(body))
