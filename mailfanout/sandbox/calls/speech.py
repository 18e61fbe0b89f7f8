"""Which service a request speaks to, and how: by its signature, its path and its headers alone."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.model import ServiceModel
from moto.core.utils import get_service_model

from mailfanout.sandbox.http import Protocol, Refused, Request, Speech
from mailfanout.sandbox.service_principals import is_service

# Lambda's paths begin with the API's date, those of SES with its version.
_VERSIONED_PATH = re.compile(r"/(v2/email|20[0-9][0-9]-[0-9][0-9]-[0-9][0-9])/")
_SERVICE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_FORM = "application/x-www-form-urlencoded"

# boto3's names of services whose signing name is another.
_NAMES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}


def speech_of(request: Request) -> Speech:
    """How to answer a request that nobody has read yet; a guess if it is not signed."""
    protocol = _guessed_protocol(request)
    unsigned = "s3" if protocol == "rest-xml" else ""
    return Speech(request.signature.service if request.signature else unsigned, protocol)


def service_of(request: Request, signing_service: str) -> ServiceModel:
    """The model of the service that the call is signed for. Raises Refused."""
    if not _SERVICE_NAME.fullmatch(signing_service):
        raise Refused("wrong_scope")
    name = _NAMES.get(signing_service, signing_service)
    if signing_service == "ses" and request.raw_path.startswith("/v2/"):
        name = "sesv2"
    if request.headers.get("x-amz-target", "").startswith("DynamoDBStreams"):
        name = "dynamodbstreams" if signing_service == "dynamodb" else name
    try:
        return get_service_model(name)
    except UnknownServiceError:
        if is_service(f"{name}.amazonaws.com"):
            raise Refused("unsupported", f"The sandbox does not do {name}.") from None
        raise Refused("wrong_scope") from None


def protocol_of(request: Request, model: ServiceModel) -> Protocol:
    """The protocol in which the request speaks to the service. Raises Refused."""
    spoken: Any = model.metadata.get("protocols") or [model.protocol]
    has_target = "x-amz-target" in request.headers
    has_action = has_form(request) or "Action" in request.args
    rest: tuple[Protocol, Protocol] = ("rest-json", "rest-xml")
    for protocol in rest:
        if protocol in spoken:
            if has_target:
                raise Refused("two_meanings", "A call of this service has no X-Amz-Target.")
            return protocol
    if has_target and has_action:
        raise Refused("two_meanings", "Give the X-Amz-Target or the Action, not both.")
    wanted: Protocol = "json" if has_target else "query"
    if {"json", "query"}.isdisjoint(spoken):
        raise Refused("unsupported", f"The sandbox does not do {model.service_name}.")
    if wanted not in spoken:
        raise Refused("unknown_operation")
    return wanted


def has_form(request: Request) -> bool:
    """Whether the body says that it is a form."""
    return request.headers.get("content-type", "").lower().startswith(_FORM)


def _guessed_protocol(request: Request) -> Protocol:
    is_old_url = "AWSAccessKeyId" in request.args
    if is_old_url or (request.signature and request.signature.service == "s3"):
        return "rest-xml"
    if has_form(request) or "Action" in request.args:
        return "query"
    if "x-amz-target" in request.headers:
        return "json"
    if request.signature or _VERSIONED_PATH.match(request.raw_path):
        return "rest-json"
    return "rest-xml"
