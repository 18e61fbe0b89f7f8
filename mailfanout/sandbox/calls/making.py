"""Calls that nobody has sent: the sandbox makes them itself, as CloudFormation does on AWS."""

from __future__ import annotations

from typing import Any

from moto.core.utils import get_service_model

from mailfanout.sandbox.calls.api_call import ApiCall
from mailfanout.sandbox.http import Protocol

# moto answers in all of these; one that a service does not speak it has no words for.
_PROTOCOLS: tuple[Protocol, ...] = ("rest-json", "rest-xml", "json", "query")


def make_call(
    service: str, operation: str, parameters: dict[str, Any], *, region: str, host: str
) -> ApiCall:
    """The call of an operation, with what a boto3 client would be given."""
    model = get_service_model(service)
    spoken: Any = model.metadata.get("protocols") or [model.protocol]
    protocol = next(one for one in _PROTOCOLS if one in spoken)
    return ApiCall(
        service,
        operation,
        parameters,
        protocol,
        region,
        host,
        is_of_service=True,
        model=model.operation_model(operation),
    )
