"""Answers in AWS's own names, written as they are.

moto's serializers look for each member under up to twelve names, and write XML by way of a library.
See https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from moto.core.responses import ActionContext, ActionResult
from moto.core.serialize import BaseJSONSerializer, QuerySerializer

from mailfanout.sandbox.json_objects import written

Written = tuple[int, dict[str, str], Any]


class PlainResult(ActionResult):
    """What an operation answers, with its members as the service's model names them.

    SQS's forms have rules of their own: moto writes what answers those.
    """

    def execute_result(self, context: ActionContext) -> Written:
        kind: Any = context.serializer_class
        if issubclass(kind, BaseJSONSerializer):
            body = written(self.result, default=_in_json)
            return 200, {"Content-Type": _json_type(context.service_model)}, body
        if kind is QuerySerializer:
            return 200, {"Content-Type": "text/xml"}, _document(self.result, context)
        return super().execute_result(context)


def _json_type(service: Any) -> str:
    if service.protocol != "json":
        return "application/json"
    return f"application/x-amz-json-{service.metadata.get('jsonVersion', '1.0')}"


def _in_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode()


def _document(result: Any, context: ActionContext) -> str:
    name, shape = context.operation_model.name, context.operation_model.output_shape
    namespace = context.service_model.metadata["xmlNamespace"]
    within = _element(f"{name}Result", shape, result) if shape else ""
    # moto writes the id of the request where it finds the place for it.
    return (
        f'<{name}Response xmlns="{namespace}">{within}'
        f"<ResponseMetadata><RequestId></RequestId></ResponseMetadata></{name}Response>"
    )


def _element(name: str, shape: Any, value: Any) -> str:
    kind = shape.type_name
    if kind == "structure":
        parts = [
            _element(one, member, value[one])
            for one, member in shape.members.items()
            if value.get(one) is not None
        ]
    elif kind == "list":
        parts = [_element("member", shape.member, one) for one in value]
    elif kind == "map":
        entries = (
            _element("key", shape.key, key) + _element("value", shape.value, one)
            for key, one in value.items()
        )
        parts = [f"<entry>{entry}</entry>" for entry in entries]
    else:
        parts = [escape(_text(value))]
    return f"<{name}>{''.join(parts)}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return str(value)
