"""API calls that are slow, fail, lose their reply, or end the function that made them."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from mailfanout.errors import InputError
from mailfanout.sandbox.access import Caller
from mailfanout.sandbox.control import ANY, Faults
from mailfanout.sandbox.http import AccessError, Request


class ReplyLost(ConnectionResetError):
    """The caller shall get no answer: the HTTP server takes it for a broken connection."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "A fault loses the reply")


class FaultyCalls:
    """A WSGI application in front of moto's, which spoils calls where a fault says so.

    It finds the Request and the Caller in the call's environ. `end_run_after` is told the access
    key of each call that a function made, and answers whether the function is dead by now.
    """

    def __init__(
        self,
        application: WSGIApplication,
        faults: Faults,
        *,
        end_run_after: Callable[[str], bool],
    ) -> None:
        self._application = application
        self._faults = faults
        self._end_run_after = end_run_after

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._faults.active:
            return self._application(environ, start_response)
        request: Request = environ["mailfanout.request"]
        caller: Caller = environ["mailfanout.caller"]
        self._before(request, caller)
        answer = self._application(environ, start_response)
        if self._loses_reply(request, caller):
            if close := getattr(answer, "close", None):
                close()
            raise ReplyLost()
        return answer

    def _before(self, request: Request, caller: Caller) -> None:
        operation = ":".join(request.operation)
        if slow := self._faults.take("slow", operation, by=caller.name):
            time.sleep(slow.delay_ms / 1000)
        if self._faults.take("throttle", operation, by=caller.name):
            raise _throttled(request)
        if self._faults.take("fail", operation, by=caller.name):
            raise _failed(request)

    def _loses_reply(self, request: Request, caller: Caller) -> bool:
        if caller.function_name and request.signature:
            if self._end_run_after(request.signature.access_key_id):
                return True
        operation = ":".join(request.operation)
        return self._faults.take("lose-reply", operation, by=caller.name) is not None


def check_operation(pattern: str) -> None:
    """Raise InputError unless an operation of AWS fits the pattern, such as `sqs:SendMessage`."""
    if pattern == ANY:
        return
    service, _, operation = pattern.partition(":")
    if not operation:
        raise InputError(f"{pattern!r} is no operation. Write it so: sqs:SendMessage")
    try:
        operations = get_service_model(service).operation_names
    except UnknownServiceError as error:
        raise InputError(
            f"There is no service {service!r}. Write its name in boto3, such as sqs or sesv2."
        ) from error
    if not any(fnmatchcase(name, operation) for name in operations):
        close = get_close_matches(operation, operations, n=1)
        hint = f" Did you mean {service}:{close[0]}?" if close else ""
        raise InputError(f"{service} has no operation {operation}.{hint}")


def _throttled(request: Request) -> AccessError:
    code, status, message = _THROTTLED.get(request.operation[0], _THROTTLED_ELSEWHERE)
    return AccessError(code, message, status)


def _failed(request: Request) -> AccessError:
    code = _FAILED.get(request.operation[0], "InternalFailure")
    return AccessError(code, "We encountered an internal error. Please try again.", 500)


_THROTTLED_ELSEWHERE = ("ThrottlingException", 400, "Rate exceeded")
_THROTTLED = {
    "dynamodb": (
        "ProvisionedThroughputExceededException",
        400,
        "The level of configured provisioned throughput for the table was exceeded. Consider "
        "increasing your provisioning level with the UpdateTable API.",
    ),
    "iam": ("Throttling", 400, "Rate exceeded"),
    "lambda": ("TooManyRequestsException", 429, "Rate Exceeded."),
    "s3": ("SlowDown", 503, "Please reduce your request rate."),
    "ses": ("Throttling", 400, "Maximum sending rate exceeded."),
    "sesv2": ("TooManyRequestsException", 429, "Too many requests"),
    "sns": ("Throttled", 429, "Rate exceeded"),
    "sqs": ("RequestThrottled", 403, "Request is throttled."),
    "sts": ("Throttling", 400, "Rate exceeded"),
}
_FAILED = {
    "dynamodb": "InternalServerError",
    "lambda": "ServiceException",
    "logs": "ServiceUnavailableException",
    "s3": "InternalError",
    "sesv2": "InternalServiceErrorException",
    "sns": "InternalError",
}
