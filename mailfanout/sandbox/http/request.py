"""One API call as it arrives: who says to have signed it, and which operation it asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError
from werkzeug.exceptions import NotFound

Protocol = Literal["json", "rest-json", "query", "rest-xml"]


@dataclass(frozen=True)
class Signature:
    """What a Signature Version 4 call says about its signer; nothing of it is checked yet.

    `expires_seconds` is how long a presigned URL is valid, None for a signed header.
    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    session_token: str | None
    expires_seconds: int | None = None


@dataclass(frozen=True)
class Request:
    """An HTTP request to the sandbox. Path and query are as sent; header names in lower case."""

    method: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def from_wsgi(cls, environ: Mapping[str, Any], body: bytes) -> Request:
        """The request of a WSGI call. The server has to give REQUEST_URI: PATH_INFO is decoded."""
        path, _, query = environ["REQUEST_URI"].partition("?")
        headers = {
            name[5:].replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if content_type := environ.get("CONTENT_TYPE"):
            headers["content-type"] = content_type
        if content_length := environ.get("CONTENT_LENGTH"):
            headers["content-length"] = content_length
        return cls(environ["REQUEST_METHOD"], path, query, headers, body)

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @cached_property
    def args(self) -> dict[str, str]:
        """The query string's parameters, decoded."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @cached_property
    def signature(self) -> Signature | None:
        """The call's Signature Version 4, from its header or its presigned URL, or None."""
        if "X-Amz-Signature" in self.args:
            return _presigned(self.args)
        token = self.headers.get("x-amz-security-token")
        timestamp = self.headers.get("x-amz-date", "")
        return _signature(self.headers.get("authorization", ""), timestamp, token)

    @property
    def service(self) -> str:
        """The service's signing name ("ses" for both versions of SES)."""
        if self.signature:
            return self.signature.service
        return "s3" if self.protocol == "rest-xml" else ""

    @property
    def region(self) -> str:
        return self.signature.region if self.signature else "us-east-1"

    @cached_property
    def protocol(self) -> Protocol:
        """How the caller speaks, and so how it has to be answered, signed or not."""
        if self.signature and self.signature.service == "s3":
            return "rest-xml"
        if self._has_form or "Action" in self.args:
            return "query"
        if "x-amz-target" in self.headers:
            return "json"
        if self.signature or _VERSIONED_PATH.match(self.raw_path):
            return "rest-json"
        return "rest-xml"

    @cached_property
    def operation(self) -> tuple[str, str]:
        """Service and operation in boto3's words, such as ("sqs", "SendMessage").

        Where the service's model has no such call, the HTTP method stands for the operation.
        """
        if self.protocol == "query":
            return self.service, self.parameters.get("Action", self.method)
        if self.protocol == "json":
            return self.service, self.headers["x-amz-target"].rpartition(".")[2]
        return self._model_name, self._route[0]

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The operation's parameters: of a JSON or query call all, of a REST call its path's."""
        if self.protocol == "json":
            return self.document
        if self.protocol == "query":
            return dict(_form(self.body) or self.args)
        return self._route[1]

    @cached_property
    def document(self) -> dict[str, Any]:
        """The body as a JSON object, empty where it is none: the service will say so."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    @property
    def _has_form(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")

    @property
    def _model_name(self) -> str:
        return "sesv2" if self.service == "ses" else self.service

    @cached_property
    def _route(self) -> tuple[str, dict[str, str]]:
        return _route(self._model_name, self)


# Lambda's paths begin with the API's date, those of SES with its version.
_VERSIONED_PATH = re.compile(r"/(v2/email|20\d\d-\d\d-\d\d)/")

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<access_key_id>[^/\s]+)/(?P<date>\d{8})/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request,\s*SignedHeaders=(?P<signed_headers>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_TIMESTAMP = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_SEVEN_DAYS_IN_SECONDS = 604_800


def _signature(
    authorization: str, timestamp: str, token: str | None, expires_seconds: int | None = None
) -> Signature | None:
    match = _AUTHORIZATION.fullmatch(authorization)
    if not match or not _TIMESTAMP.fullmatch(timestamp):
        return None
    access_key_id, date, region, service, signed_headers, signature = match.groups()
    return Signature(
        access_key_id,
        date,
        region,
        service,
        tuple(signed_headers.split(";")),
        signature,
        timestamp,
        token,
        expires_seconds,
    )


def _presigned(args: Mapping[str, str]) -> Signature | None:
    """A presigned URL's signature. Only S3's: moto takes a call without a signed header for one."""
    expires = args.get("X-Amz-Expires", "")
    if not expires.isdecimal() or int(expires) > _SEVEN_DAYS_IN_SECONDS:
        return None
    authorization = (
        f"{args.get('X-Amz-Algorithm')} Credential={args.get('X-Amz-Credential')}, "
        f"SignedHeaders={args.get('X-Amz-SignedHeaders')}, Signature={args['X-Amz-Signature']}"
    )
    token = args.get("X-Amz-Security-Token")
    signature = _signature(authorization, args.get("X-Amz-Date", ""), token, int(expires))
    return signature if signature and signature.service == "s3" else None


def _form(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(errors="replace"), keep_blank_values=True)


def _route(model_name: str, request: Request) -> tuple[str, dict[str, str]]:
    try:
        operation, labels = _router(model_name).match(request)
    except (NotFound, UnknownServiceError):
        return request.method, {}
    return operation.name, labels


@cache
def _router(model_name: str) -> Any:
    """moto's own routes, made from botocore's model: what is checked is then what will run.

    It reads a request's method, host, raw_path, args and headers. Not S3's own router, which
    would look for a bucket in the host's name: only 127.0.0.1 and localhost are served.
    """
    from moto.core.routing import RestRouter
    from moto.core.utils import get_service_model

    return RestRouter(get_service_model(model_name))
