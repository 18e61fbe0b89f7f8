"""How the sandbox says no: AWS's error codes and words, in the protocol of the caller."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

from mailfanout.errors import MailfanoutError
from mailfanout.sandbox.http.request import Answer, Request
from mailfanout.sandbox.ids import host_id, new_uuid, s3_request_id

Members = Mapping[str, object]
Protocol = Literal["json", "rest-json", "query", "rest-xml"]

Reason = (
    Literal["access_denied", "expired_token", "incomplete_signature", "invalid_token"]
    | Literal["incomplete_query", "missing_token", "two_signatures", "unknown_key"]
    | Literal["wrong_payload", "wrong_scope", "wrong_signature", "wrong_time"]
    | Literal["malformed", "too_large", "two_meanings", "unknown_operation", "unsupported"]
)
_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


class Refused(MailfanoutError):
    """A call is refused for a reason that each service words in its own way, or in `message`.

    `members` are what S3's error has besides.
    """

    def __init__(
        self, reason: Reason, message: str | None = None, *, members: Members | None = None
    ) -> None:
        super().__init__(message or reason)
        self.reason = reason
        self.message = message
        self.members = members


class ApiError(MailfanoutError):
    """What a call is answered with in place of a result: AWS's code, its message, the status.

    `members` are what the error has besides, but in the query protocol; `headers` go with it.
    """

    def __init__(
        self, code: str, message: str, status: int = 400, *, members: Members | None = None
    ) -> None:
        super().__init__(message)
        self.headers: dict[str, str] = {}
        self.members = members or {}
        self.code = code
        self.message = message
        self.status = status


class WasReset(ApiError):
    """What ends a call, or the work of a stack, that was under way as the sandbox was reset."""

    def __init__(self) -> None:
        super().__init__("Reset", "The sandbox was reset.")


class Speech(NamedTuple):
    """Which service is spoken to (by its signing name), and in which protocol."""

    service: str
    protocol: Protocol


def worded(refused: Refused, speech: Speech) -> ApiError:
    """The error that the service called would give for the reason.

    See https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html,
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html and
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    codes = _CODES[refused.reason]
    message = refused.message or _WORDS[refused.reason]
    service, protocol = speech
    if refused.reason == "too_large":
        status = 400 if protocol == "rest-xml" else 413
        code = {"rest-xml": codes.s3, "query": codes.query}.get(protocol, codes.json)
        return ApiError(code, message, status)
    if protocol == "rest-xml":
        status = 400 if codes.s3 in _BAD_REQUESTS_OF_S3 else 403
        words = refused.message or _S3_WORDS.get(refused.reason, message)
        return ApiError(codes.s3, words, status, members=refused.members)
    if protocol == "query":
        # SNS alone has a code of its own for what all others call AccessDenied.
        sns_denies = service == "sns" and refused.reason == "access_denied"
        code = "AuthorizationError" if sns_denies else codes.query
        return ApiError(code, message, 400 if refused.reason in _BAD_REQUESTS else 403)
    bad = refused.reason in _BAD_REQUESTS or (protocol == "json" and service != "sqs")
    return ApiError(codes.json, message, 400 if bad else 403)


def refuse_stranger(request: Request) -> str | None:
    """Why a call is refused that no AWS SDK makes: by a web page, or for another host's name."""
    if not _LOOPBACK.fullmatch(request.host):
        return f"The sandbox answers on 127.0.0.1, not as {request.host!r}."
    from_page = "origin" in request.headers or request.headers.get("sec-fetch-site") == "cross-site"
    if from_page or request.method == "OPTIONS":
        return "The sandbox does not answer web pages."
    return None


def error_answer(error: ApiError, speech: Speech) -> Answer:
    """An answer from which an SDK raises the error with its code."""
    if speech.protocol == "rest-xml":
        headers, body = _s3_error(error, s3_request_id())
        return Answer(error.status, {**headers, **error.headers}, body)
    request_id = new_uuid()
    render = _query_error if speech.protocol == "query" else _json_error
    headers, body = render(error, speech, request_id)
    return Answer(error.status, {**headers, **error.headers, "x-amzn-RequestId": request_id}, body)


class _Codes(NamedTuple):
    query: str
    json: str
    s3: str


# Each reason, with its code in the query protocol, in JSON, and of S3.
_TABLE = """
access_denied AccessDenied AccessDeniedException AccessDenied
expired_token ExpiredToken ExpiredTokenException ExpiredToken
incomplete_query IncompleteSignature IncompleteSignatureException AuthorizationQueryParametersError
incomplete_signature IncompleteSignature IncompleteSignatureException AuthorizationHeaderMalformed
invalid_token InvalidClientTokenId UnrecognizedClientException InvalidToken
malformed MalformedInput SerializationException MalformedXML
missing_token MissingAuthenticationToken MissingAuthenticationTokenException AccessDenied
too_large RequestEntityTooLarge RequestEntityTooLargeException EntityTooLarge
two_meanings InvalidQueryParameter ValidationException InvalidArgument
two_signatures IncompleteSignature IncompleteSignatureException InvalidArgument
unknown_key InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId
unknown_operation InvalidAction UnknownOperationException MethodNotAllowed
unsupported InvalidAction UnknownOperationException NotImplemented
wrong_payload SignatureDoesNotMatch InvalidSignatureException XAmzContentSHA256Mismatch
wrong_scope SignatureDoesNotMatch InvalidSignatureException AuthorizationHeaderMalformed
wrong_signature SignatureDoesNotMatch InvalidSignatureException SignatureDoesNotMatch
wrong_time SignatureDoesNotMatch InvalidSignatureException RequestTimeTooSkewed
"""
_CODES = {reason: _Codes(*codes) for reason, *codes in map(str.split, _TABLE.strip().splitlines())}
_WORDS: dict[Reason, str] = {
    "access_denied": "Access Denied",
    "expired_token": "The security token included in the request is expired",
    "incomplete_signature": "The authorization is not a complete Signature Version 4: it needs "
    "Credential, SignedHeaders, Signature and X-Amz-Date.",
    "invalid_token": "The security token included in the request is invalid.",
    "malformed": "The body is not what the operation's model says.",
    "missing_token": "Request is missing Authentication Token",
    "too_large": "The request is larger than the service takes.",
    "two_meanings": "The request can be read in two ways, and is refused.",
    "two_signatures": "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
    "Signature query string parameter or the Authorization header should be specified",
    "unknown_key": "The security token included in the request is invalid.",
    "unknown_operation": "The service has no such operation.",
    "unsupported": "The sandbox does not do this.",
    "wrong_payload": "The provided 'x-amz-content-sha256' header does not match what was computed.",
    "wrong_scope": "Credential should be scoped to a service that exists, in lower case.",
    "wrong_signature": "The request signature we calculated does not match the signature you "
    "provided. Check your AWS Secret Access Key and signing method. Consult the service "
    "documentation for details.",
    "wrong_time": "Signature expired",
}
_S3_WORDS: dict[Reason, str] = {
    "missing_token": "Access Denied",
    "unknown_key": "The AWS Access Key Id you provided does not exist in our records.",
    "invalid_token": "The provided token is malformed or otherwise invalid.",
    "expired_token": "The provided token has expired.",
    "wrong_signature": "The request signature we calculated does not match the signature you "
    "provided. Check your key and signing method.",
    "malformed": "The XML you provided was not well-formed or did not validate against our "
    "published schema",
}
_BAD_REQUESTS = {"malformed", "two_meanings", "two_signatures", "unknown_operation", "unsupported"}
_BAD_REQUESTS_OF_S3 = {
    "AuthorizationQueryParametersError",
    *("AuthorizationHeaderMalformed", "ExpiredToken", "InvalidArgument", "InvalidToken"),
    *("MalformedXML", "MethodNotAllowed", "NotImplemented", "XAmzContentSHA256Mismatch"),
}
# SDKs know errors of SQS by their names, and show the codes that these have in the query protocol.
_NAMES_IN_SQS = {
    "InvalidParameterValue": "InvalidParameterValueException",
    "MissingParameter": "MissingRequiredParameterException",
    "AWS.SimpleQueueService.NonExistentQueue": "QueueDoesNotExist",
    "QueueAlreadyExists": "QueueNameExists",
}
_NAMESPACES = {"dynamodb": "com.amazonaws.dynamodb.v20120810", "sqs": "com.amazonaws.sqs"}
_OF_ALL = {
    *(codes.json for codes in _CODES.values()),
    *("InvalidParameterValueException", "MissingRequiredParameterException"),
}
_QUERY_CODES = {codes.json: codes.query for codes in _CODES.values()}
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?", re.IGNORECASE)

_Rendered = tuple[Mapping[str, str], bytes]


def _json_error(error: ApiError, speech: Speech, request_id: str) -> _Rendered:
    name = error.code
    if speech.service == "sqs":
        name = _NAMES_IN_SQS.get(name, name.removeprefix("AWS.SimpleQueueService."))
    version = "1.0" if speech.service in _NAMESPACES else "1.1"
    headers = {"Content-Type": f"application/x-amz-json-{version}"}
    if speech.protocol == "rest-json":
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": name}
    if speech.service == "sqs":
        # SQS spoke the query protocol once, and SDKs go on showing the codes it had there.
        query_code = _QUERY_CODES.get(error.code, error.code)
        headers["x-amzn-query-error"] = f"{query_code};Sender"
    # DynamoDB writes the message large, if an error says more than that.
    told = "Message" if error.members and speech.service == "dynamodb" else "message"
    said = {"__type": _in_namespace(name, speech), told: error.message, **error.members}
    return headers, json.dumps(said).encode()


def _in_namespace(name: str, speech: Speech) -> str:
    """An error's name as two services write it whole: whether it is their own, or of all."""
    own = _NAMESPACES.get(speech.service) if speech.protocol == "json" else None
    if own is None:
        return name
    if name == "ValidationException":
        return f"com.amazon.coral.validate#{name}"
    return f"com.amazon.coral.service#{name}" if name in _OF_ALL else f"{own}#{name}"


def in_xml(body: bytes) -> bytes:
    """A body without the characters that no XML can hold, whoever wrote them."""
    return _NOT_IN_XML.sub(b"?", body)


def _text(value: object) -> str:
    return in_xml(escape(str(value)).encode(errors="replace")).decode()


def _query_error(error: ApiError, speech: Speech, request_id: str) -> _Rendered:
    detail = "<Detail/>" if speech.service == "sqs" else ""
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{error.code}</Code>"
        f"<Message>{_text(error.message)}</Message>{detail}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return {"Content-Type": "text/xml"}, body.encode()


def _s3_error(error: ApiError, request_id: str) -> _Rendered:
    members = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in error.members.items())
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{error.code}</Code>'
        f"<Message>{_text(error.message)}</Message>{members}"
        f"<RequestId>{request_id}</RequestId><HostId>{host_id(request_id)}</HostId></Error>"
    )
    ids = {"x-amz-request-id": request_id, "x-amz-id-2": host_id(request_id)}
    return {"Content-Type": "application/xml", **ids}, body.encode()
