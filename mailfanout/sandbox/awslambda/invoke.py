"""The Invoke API: status, headers and body for the invocation type that is asked for.

See https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from mailfanout.sandbox.awslambda.service import LambdaService
from mailfanout.sandbox.calls import no_number
from mailfanout.sandbox.runtime import CannotStart, Execution, RecursiveInvocation, Throttled

MAX_PAYLOAD_BYTES = {"RequestResponse": 6 * 2**20, "Event": 2**20}

Response = tuple[int, dict[str, str], bytes]


def respond(service: LambdaService, function_arn: str, asked: Mapping[str, Any]) -> Response:
    """Answer one call of a function that exists. An event is accepted before it is run."""
    kind = asked.get("InvocationType", "RequestResponse")
    if kind == "DryRun":
        return _answer(204, {}, b"")
    payload = asked.get("Payload") or b"{}"
    if refusal := _refuse_payload(payload, kind):
        return refusal
    client_context = _client_context(asked.get("ClientContext"))
    if client_context is None:
        return _NO_CLIENT_CONTEXT
    if kind == "Event":
        request_id = service.asynchronous.submit(function_arn, payload)
        return _answer(202, {"x-amzn-requestid": request_id}, b"")
    try:
        execution = service.invoke(function_arn, payload, client_context=client_context or None)
    except Throttled:
        return _THROTTLED
    except RecursiveInvocation:
        return _error(400, "RecursiveInvocationException", _RECURSIVE)
    except CannotStart as error:
        return _error(500, "ServiceException", str(error))
    return _answer(200, _result_headers(execution, asked.get("LogType")), execution.result.payload)


def _result_headers(execution: Execution, log_type: str | None) -> dict[str, str]:
    answer = {
        "Content-Type": "application/json",
        "x-amzn-requestid": execution.request_id,
        "X-Amz-Executed-Version": execution.version,
    }
    if execution.result.status is not None:
        answer["X-Amz-Function-Error"] = "Unhandled"
    if log_type == "Tail":
        answer["X-Amz-Log-Result"] = base64.b64encode(execution.log_tail).decode()
    return answer


def _refuse_payload(payload: bytes, kind: str) -> Response | None:
    limit = MAX_PAYLOAD_BYTES.get(kind, MAX_PAYLOAD_BYTES["RequestResponse"])
    if len(payload) > limit:
        message = f"{len(payload)} byte payload is too large for the {kind} invocation type "
        return _error(413, "RequestTooLargeException", f"{message}(limit {limit} bytes)")
    try:
        json.loads(payload, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        message = (
            f"Could not parse request body into json: Could not parse payload into json: {error}"
        )
        return _error(400, "InvalidRequestContentException", message)
    return None


def _client_context(written: str | None) -> str | None:
    """What the function gets of it, which is nothing if it is empty; None if it is no JSON."""
    if not written:
        return ""
    try:
        context = base64.b64decode(written, validate=True).decode()
        return context if isinstance(json.loads(context), dict) else None
    except (ValueError, RecursionError):
        return None


def _error(status: int, code: str, message: str, **more: str) -> Response:
    body = {"Type": "User", "message": message, **more}
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return _answer(status, headers, json.dumps(body).encode())


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> Response:
    """moto reads the status from among the headers."""
    return status, {**headers, "status": str(status)}, body


_RECURSIVE = (
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web "
    "Services resources and stopped your function's invocation."
)
_NO_CLIENT_CONTEXT = _error(
    400,
    "InvalidRequestContentException",
    "Client context must be a valid Base64-encoded JSON object.",
)
_THROTTLED = _error(
    429,
    "TooManyRequestsException",
    "Rate Exceeded.",
    Reason="ReservedFunctionConcurrentInvocationLimitExceeded",
)
