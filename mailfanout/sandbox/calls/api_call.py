"""One call of an AWS API: which operation of which service, with which parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.core.model import OperationModel
from moto.core.utils import get_service_model

from mailfanout.sandbox.http import Protocol, Signature, Speech


@dataclass(frozen=True)
class ApiCall:
    """`service` and `operation` in boto3's words: "sesv2" and "SendEmail".

    `parameters` are what a boto3 client would have been given: bytes for blobs, aware datetimes
    for timestamps. `protocol` is what the caller speaks, and is to be answered in; `host` is how
    the caller reaches this server. `trace_header` is X-Ray's, if there is one. `is_of_service` says
    that a service of AWS makes it in the caller's name. `signature` is of version 4, or None;
    `user_agent` and `referer` are what its headers say.
    """

    service: str
    operation: str
    parameters: dict[str, Any]
    protocol: Protocol
    region: str
    host: str = "127.0.0.1"
    trace_header: str = field(default="", compare=False)
    is_of_service: bool = field(default=False, compare=False)
    user_agent: str = field(default="", compare=False)
    referer: str = field(default="", compare=False)
    signature: Signature | None = field(default=None, repr=False, compare=False)
    model: OperationModel = field(kw_only=True, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Service and operation as faults and counts name them: sqs:SendMessage."""
        return f"{self.service}:{self.operation}"

    @property
    def tags(self) -> list[tuple[str, str]]:
        """The tags that it gives, as a list or a map; names alone, to remove tags, are none.

        Those of the system are no caller's: a service adds them.
        """
        given = self.parameters.get("Tags") or self.parameters.get("tags") or ()
        if isinstance(given, dict):
            return [one for one in given.items() if not self.is_of_system(one[0])]
        maps = [one for one in given if isinstance(one, dict) and "Key" in one]
        return [
            (one["Key"], one.get("Value", "")) for one in maps if not self.is_of_system(one["Key"])
        ]

    def is_of_system(self, tag: str) -> bool:
        """Whether a service gives a tag that callers may not give."""
        return self.is_of_service and tag.startswith("aws:")

    @property
    def signing_name(self) -> str:
        """The service's name in credentials and in most of its ARNs."""
        return signing_name(self.model.service_model)

    @property
    def speech(self) -> Speech:
        return Speech(self.signing_name, self.protocol)


# moto answers in all of these; one that a service does not speak it has no words for.
_PROTOCOLS: tuple[Protocol, ...] = ("rest-json", "rest-xml", "json", "query")


def make_call(
    service: str, operation: str, parameters: dict[str, Any], *, region: str, host: str
) -> ApiCall:
    """A call that nobody has sent, with what a boto3 client would be given for its operation."""
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


def signing_name(model: Any) -> str:
    """`ses` for both versions of SES."""
    return str(model.metadata.get("signingName") or model.metadata["endpointPrefix"])
