"""How the sandbox says no: AWS's error codes and words, in the protocol of the caller."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal, NamedTuple
from xml.sax.saxutils import escape

from mailfanout.errors import MailfanoutError
from mailfanout.sandbox.http.request import Request

Condition = Literal[
    "access_denied",
    "expired_token",
    "incomplete_signature",
    "invalid_token",
    "missing_token",
    "unknown_key",
    "wrong_payload",
    "wrong_signature",
    "wrong_time",
]


class AccessError(MailfanoutError):
    """A call is refused: AWS's error code, its message, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def refusal(request: Request, condition: Condition, message: str | None = None) -> AccessError:
    """The error that the service called would give for `condition`; `message` replaces its words.

    See https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html,
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html and
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    codes = _CODES[condition]
    if request.protocol == "rest-xml":
        status = 400 if codes.s3 in _BAD_REQUESTS_OF_S3 else 403
        return AccessError(codes.s3, message or _S3_WORDS.get(condition, codes.words), status)
    if request.protocol == "query":
        # SNS alone has a code of its own for what all others call AccessDenied.
        sns_denies = request.service == "sns" and condition == "access_denied"
        code = "AuthorizationError" if sns_denies else codes.query
        return AccessError(code, message or codes.words)
    status = 400 if request.protocol == "json" and request.service != "sqs" else 403
    return AccessError(codes.json, message or codes.words, status)


def refuse_stranger(environ: Mapping[str, Any]) -> AccessError | None:
    """The refusal of a call that no AWS SDK makes: by a web page, or for another host's name."""
    host = environ.get("HTTP_HOST", "")
    if not _LOOPBACK.fullmatch(host):
        return AccessError("AccessDenied", f"The sandbox answers on 127.0.0.1, not as {host!r}.")
    from_page = "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE") == "cross-site"
    if from_page or environ["REQUEST_METHOD"] == "OPTIONS":
        return AccessError("AccessDenied", "The sandbox does not answer web pages.")
    return None


def error_response(
    request: Request, error: AccessError
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status line, headers and body for WSGI, so that an SDK raises the error with its code."""
    request_id = str(uuid.uuid4())
    render = {"rest-xml": _s3_error, "query": _query_error}.get(request.protocol, _json_error)
    headers, body = render(request, error, request_id)
    headers += [("x-amzn-RequestId", request_id), ("Content-Length", str(len(body)))]
    status = f"{error.status} {HTTPStatus(error.status).phrase}"
    return status, headers, b"" if request.method == "HEAD" else body


class _Codes(NamedTuple):
    query: str
    json: str
    s3: str
    words: str


_CODES: dict[Condition, _Codes] = {
    "missing_token": _Codes(
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "AccessDenied",
        "Request is missing Authentication Token",
    ),
    "incomplete_signature": _Codes(
        "IncompleteSignature",
        "IncompleteSignatureException",
        "AuthorizationHeaderMalformed",
        "The authorization is not a complete Signature Version 4: it needs Credential, "
        "SignedHeaders, Signature and X-Amz-Date.",
    ),
    "unknown_key": _Codes(
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "The security token included in the request is invalid.",
    ),
    "invalid_token": _Codes(
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidToken",
        "The security token included in the request is invalid.",
    ),
    "expired_token": _Codes(
        "ExpiredToken",
        "ExpiredTokenException",
        "ExpiredToken",
        "The security token included in the request is expired",
    ),
    "wrong_signature": _Codes(
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.",
    ),
    "wrong_payload": _Codes(
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ),
    "wrong_time": _Codes(
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "RequestTimeTooSkewed",
        "Signature expired",
    ),
    "access_denied": _Codes(
        "AccessDenied", "AccessDeniedException", "AccessDenied", "Access Denied"
    ),
}
_S3_WORDS: dict[Condition, str] = {
    "missing_token": "Access Denied",
    "unknown_key": "The AWS Access Key Id you provided does not exist in our records.",
    "invalid_token": "The provided token is malformed or otherwise invalid.",
    "expired_token": "The provided token has expired.",
    "wrong_signature": "The request signature we calculated does not match the signature you "
    "provided. Check your key and signing method.",
}
_BAD_REQUESTS_OF_S3 = {
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "InvalidToken",
    "XAmzContentSHA256Mismatch",
}
_QUERY_CODES = {codes.json: codes.query for codes in _CODES.values()}
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.IGNORECASE)

_Rendered = tuple[list[tuple[str, str]], bytes]


def _json_error(request: Request, error: AccessError, request_id: str) -> _Rendered:
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", error.code)]
    if request.service == "sqs":
        # SQS spoke the query protocol once, and SDKs go on showing the codes it had there.
        query_code = _QUERY_CODES.get(error.code, error.code)
        headers.append(("x-amzn-query-error", f"{query_code};Sender"))
    return headers, json.dumps({"__type": error.code, "message": error.message}).encode()


def _query_error(request: Request, error: AccessError, request_id: str) -> _Rendered:
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{error.code}</Code>"
        f"<Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return [("Content-Type", "text/xml")], body.encode()


def _s3_error(request: Request, error: AccessError, request_id: str) -> _Rendered:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{error.code}</Code>'
        f"<Message>{escape(error.message)}</Message>"
        f"<RequestId>{request_id}</RequestId></Error>"
    )
    return [("Content-Type", "application/xml"), ("x-amz-request-id", request_id)], body.encode()
