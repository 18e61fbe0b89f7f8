"""API calls that are slow, fail, lose their reply, or end the function that made them."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from mailfanout.errors import InputError
from mailfanout.sandbox.access import Caller, Credentials
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.control import ANY, Faults
from mailfanout.sandbox.front.operations import OPERATIONS
from mailfanout.sandbox.http import Answer, ApiError, WasReset

# Does a call that may be made, for the owner of these credentials.
Do = Callable[[ApiCall, Credentials], Answer]


class ReplyLost(ConnectionResetError):
    """The caller shall get no answer: the HTTP server takes it for a broken connection."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "A fault loses the reply")


@dataclass(frozen=True)
class FaultyCalls:
    """What does the calls, but for those that a fault spoils.

    `end_run_after` is told the access key of each call that a function made, and answers whether
    the function is dead by now.
    """

    do: Do
    faults: Faults
    end_run_after: Callable[[str], bool]

    def __call__(self, call: ApiCall, credentials: Credentials) -> Answer:
        if not self.faults.active:
            return self.do(call, credentials)
        self._before(call, credentials.caller)
        answer = self.do(call, credentials)
        if self._loses_reply(call, credentials):
            raise ReplyLost()
        return answer

    def _before(self, call: ApiCall, caller: Caller) -> None:
        if slow := self.faults.take("slow", call.name, by=caller.name):
            if not self.faults.hold(slow.delay_ms / 1000):
                raise WasReset()
        if self.faults.take("throttle", call.name, by=caller.name):
            raise ApiError(*_THROTTLED.get(call.service, _THROTTLED_ELSEWHERE))
        if self.faults.take("fail", call.name, by=caller.name):
            code = _FAILED.get(call.service, "InternalFailure")
            raise ApiError(code, "We encountered an internal error. Please try again.", 500)

    def _loses_reply(self, call: ApiCall, credentials: Credentials) -> bool:
        caller = credentials.caller
        if caller.function_name and self.end_run_after(credentials.access_key_id):
            return True
        return self.faults.take("lose-reply", call.name, by=caller.name) is not None


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
        hint = _hint(pattern) or " Write its name in boto3, such as sqs or sesv2."
        raise InputError(f"There is no service {service!r}.{hint}") from error
    if not any(fnmatchcase(name, operation) for name in operations):
        hint = _hint(pattern, *operations)
        raise InputError(f"{service} has no operation {operation}.{hint}")


def _hint(pattern: str, *operations: str) -> str:
    """What may be meant: one of the service's operations, or of a service that is called so, too.

    Of the kit's services: policies call sesv2 `ses`, and its address begins with `email`.
    """
    service = pattern.partition(":")[0]
    meant = [f"{service}:{name}" for name in operations]
    for other in OPERATIONS:
        model = get_service_model(other)
        if service in (model.signing_name, model.endpoint_prefix):
            meant += [f"{other}:{name}" for name in model.operation_names]
    close = get_close_matches(pattern, meant, n=1)
    return f" Did you mean {close[0]}?" if close else ""


# The code, the message and the status.
_THROTTLED_ELSEWHERE = ("ThrottlingException", "Rate exceeded", 400)
_THROTTLED = {
    "dynamodb": (
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. Consider "
        "increasing your provisioning level with the UpdateTable API.",
        400,
    ),
    "iam": ("Throttling", "Rate exceeded", 400),
    "lambda": ("TooManyRequestsException", "Rate Exceeded.", 429),
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
    "ses": ("Throttling", "Maximum sending rate exceeded.", 400),
    "sesv2": ("TooManyRequestsException", "Too many requests", 429),
    "sns": ("Throttled", "Rate exceeded", 429),
    "sqs": ("RequestThrottled", "Request is throttled.", 403),
    "sts": ("Throttling", "Rate exceeded", 400),
}
_FAILED = {
    "dynamodb": "InternalServerError",
    "lambda": "ServiceException",
    "logs": "ServiceUnavailableException",
    "s3": "InternalError",
    "sesv2": "InternalServiceErrorException",
    "sns": "InternalError",
}
