"""What another AWS-compatible endpoint lacks, known by how it answers and said in one line."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from botocore.utils import is_valid_endpoint_url

from mailfanout.errors import EndpointUnavailable, OperationMissing

_UNKNOWN_CODES = {"InvalidAction", "UnknownOperationException"}
_UNKNOWN_TEXT = re.compile(r"unknown [\w ]*(action|operation|path)\b", re.IGNORECASE)
# 503 and 504 are left out: they come and go.
_SILENCE = (ConnectTimeoutError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError)
_FAILURE_STATUSES = {404, 405, 500, 501, 502}
_NO_FORM = "no answer of AWS's form"
_NOTHING = (b"", b"{}", b"null")


def is_address(url: str) -> bool:
    """Whether a client can be made for it."""
    try:
        address = urlsplit(url)
        is_whole = address.scheme in ("http", "https") and address.port != 0
        return is_whole and bool(is_valid_endpoint_url(url))
    except ValueError:  # no port, or half an IPv6 address
        return False


def watch(client: Any) -> None:
    """Have a boto3 client of an endpoint say what is missing, instead of botocore's errors.

    Its calls raise OperationMissing if the endpoint does not know the operation, and
    EndpointUnavailable if nobody answers. Every other refusal stays a ClientError.
    """
    client.meta.events.register("after-call", partial(_check_answer, client))
    client.meta.events.register("after-call-error", partial(_check_error, client))


def reason_of_absence(status: int, code: str, text: str) -> str:
    """The part of an answer that says that the endpoint lacks the operation; "" if none does.

    `code` and `text` are the answer's error as botocore reads it, "" if there is no error.
    """
    # If an answer is not in AWS's form, botocore takes its HTTP status for the code.
    if code == str(status):
        return f"HTTP status {status}" if status in _FAILURE_STATUSES else ""
    unknown = status == 501 or code in _UNKNOWN_CODES or _UNKNOWN_TEXT.match(text)
    return f"{code}: {text}" if unknown else ""


def _check_answer(client: Any, *, parsed: Any, http_response: Any, model: Any, **_: Any) -> None:
    error = parsed.get("Error", {})
    reason = reason_of_absence(
        http_response.status_code, error.get("Code", ""), error.get("Message", "")
    )
    if http_response.status_code == 200 and _is_of_another_form(parsed, http_response, model):
        reason = _NO_FORM
    # An answer to HEAD has no body, and so never more than its status.
    if reason and model.http["method"] != "HEAD":
        raise _missing(client, model.name, reason)


def _is_of_another_form(parsed: Any, http_response: Any, model: Any) -> bool:
    """Whether there was a body in which nothing is that the operation answers with.

    botocore says so of XML, and takes any JSON, and what is none, for an answer without members.
    """
    is_json = "json" in model.service_model.metadata["protocol"]
    shape = model.output_shape
    if not is_json or shape is None or "payload" in shape.serialization:
        return False
    known = parsed.keys() & shape.members.keys()
    return not known and http_response.content.strip() not in _NOTHING


def _check_error(client: Any, *, exception: Exception, event_name: str, **_: Any) -> None:
    if isinstance(exception, _SILENCE):
        raise EndpointUnavailable(client.meta.endpoint_url) from exception
    # botocore looks for the parts of an answer in any XML, such as a page of HTML.
    if isinstance(exception, ResponseParserError | KeyError):
        operation = event_name.rpartition(".")[2]
        raise _missing(client, operation, _NO_FORM) from exception


def _missing(client: Any, operation: str, reason: str) -> OperationMissing:
    service = client.meta.service_model.service_name
    return OperationMissing(client.meta.endpoint_url, f"{service}:{operation}", reason)
