"""AWS Lambda for the sandbox: moto keeps the functions' configuration, these are their runs."""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.logs.models import logs_backends

from mailfanout.sandbox.asynchronous import AsynchronousInvocations, Limits
from mailfanout.sandbox.environment import OWN_RUNTIME, Configuration
from mailfanout.sandbox.events import FailedInvocation, dead_letter_attributes, destination_record
from mailfanout.sandbox.functions import Function, Functions, NoSuchFunction, Outcome, Throttled

MAX_PAYLOAD_BYTES = {"RequestResponse": 6 * 2**20, "Event": 2**20}

Response = tuple[int, dict[str, str], bytes]
log = logging.getLogger(__name__)


class LambdaService:
    """Invocations of deployed functions, and the Host of their execution environments.

    `credentials` issues a role's temporary keys as environment variables; `publish` puts a
    message on the queue or topic of an ARN; `scale` turns AWS's waits into a lesson's.
    """

    def __init__(
        self,
        *,
        credentials: Callable[[str, str], Mapping[str, str]],
        publish: Callable[[str, str, Mapping[str, Any]], None],
        scale: Callable[[], float],
        runtime: tuple[str, ...] = OWN_RUNTIME,
    ) -> None:
        self._credentials = credentials
        self._publish = publish
        self.functions = Functions(self, runtime=runtime)
        self.asynchronous = AsynchronousInvocations(
            self.invoke, limits=_limits, give_up=self._give_up, scale=scale
        )

    def invoke(self, function_arn: str, payload: bytes, request_id: str | None = None) -> Outcome:
        """Run a function once and wait. Raises NoSuchFunction, Throttled."""
        return self.functions.invoke(_function(function_arn), payload, request_id=request_id)

    def respond(
        self, function: LambdaFunction, payload: bytes, headers: Mapping[str, str]
    ) -> Response:
        """The Invoke API: status, headers and body for the invocation type asked for.

        See https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
        """
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return 204, {}, b""
        if refusal := _refuse_payload(payload, kind):
            return refusal
        if kind == "Event":
            request_id = self.asynchronous.submit(function.function_arn, payload)
            return 202, {"x-amzn-RequestId": request_id}, b""
        try:
            context = headers.get("X-Amz-Client-Context")
            outcome = self.functions.invoke(
                _described(function),
                payload or b"{}",
                client_context=base64.b64decode(context).decode() if context else None,
            )
        except Throttled:
            return _THROTTLED
        return 200, _result_headers(function, outcome, headers), outcome.result.payload

    def warm(self, function: LambdaFunction) -> None:
        """Start one environment of a new or changed function in the background."""
        self.functions.retire(function.function_name)
        threading.Thread(
            target=self.functions.warm, args=(_described(function),), daemon=True
        ).start()

    def clear(self) -> None:
        """Drop every waiting event and end every idle environment."""
        self.asynchronous.clear()
        self.functions.retire_all()

    def variables(self, role_arn: str, function_name: str) -> Mapping[str, str]:
        return self._credentials(role_arn, function_name)

    def write_log(self, configuration: Configuration, stream: str, lines: list[str]) -> None:
        _, _, _, region, account_id, *_ = configuration.function_arn.split(":")
        backend = logs_backends[account_id][region]
        group = f"/aws/lambda/{configuration.function_name}"
        backend.ensure_log_group(group)
        if stream not in backend.groups[group].streams:
            backend.create_log_stream(group, stream)
        timestamp = int(time.time() * 1000)
        backend.put_log_events(
            group, stream, [{"timestamp": timestamp, "message": line} for line in lines]
        )

    def _give_up(self, failed: FailedInvocation) -> None:
        """Hand a failed event to the function's dead-letter queue and on-failure destination."""
        function = _moto_function(failed.function_arn)
        dead_letter_arn = (getattr(function, "dead_letter_config", None) or {}).get("TargetArn")
        if dead_letter_arn:
            self._publish(dead_letter_arn, failed.payload.decode(), dead_letter_attributes(failed))
        destinations = _invoke_config(function).get("DestinationConfig", {})
        if arn := destinations.get("OnFailure", {}).get("Destination"):
            record = destination_record(failed, datetime.now(UTC))
            self._publish(arn, json.dumps(record, ensure_ascii=False), {})
        log.info("%s gave up event %s: %s", function.function_name, failed.request_id, failed)


def _moto_function(function_arn: str) -> LambdaFunction:
    _, _, _, region, account_id, *_ = function_arn.split(":")
    try:
        return lambda_backends[account_id][region].get_function(function_arn)
    except (UnknownFunctionException, UnknownAliasException) as error:
        raise NoSuchFunction(function_arn) from error


def _function(function_arn: str) -> Function:
    return _described(_moto_function(function_arn))


def _described(function: LambdaFunction) -> Function:
    reserved = function.reserved_concurrency
    return Function(
        Configuration(
            function_name=function.function_name,
            function_arn=function.function_arn,
            version=str(function.version),
            handler=function.handler or "",
            runtime=function.run_time or "",
            memory_mb=int(function.memory_size),
            timeout_seconds=int(function.timeout),
            role_arn=function.role,
            variables=tuple(sorted(function.environment_vars.items())),
            code_sha256=function.code_sha_256,
        ),
        function.code_bytes,
        None if reserved is None else int(reserved),
    )


def _invoke_config(function: LambdaFunction) -> dict[str, Any]:
    configs = function.event_invoke_config
    return configs[-1].config if configs else {}


def _limits(function_arn: str) -> Limits:
    config = _invoke_config(_moto_function(function_arn))
    return Limits(
        config.get("MaximumRetryAttempts", Limits.max_retries),
        config.get("MaximumEventAgeInSeconds", Limits.max_age_seconds),
    )


def _result_headers(
    function: LambdaFunction, outcome: Outcome, headers: Mapping[str, str]
) -> dict[str, str]:
    answer = {
        "Content-Type": "application/json",
        "x-amzn-RequestId": outcome.request_id,
        "X-Amz-Executed-Version": str(function.version),
    }
    if outcome.result.status is not None:
        answer["X-Amz-Function-Error"] = "Unhandled"
    if headers.get("X-Amz-Log-Type") == "Tail":
        answer["X-Amz-Log-Result"] = base64.b64encode(outcome.log_tail).decode()
    return answer


def _refuse_payload(payload: bytes, kind: str) -> Response | None:
    limit = MAX_PAYLOAD_BYTES.get(kind, MAX_PAYLOAD_BYTES["RequestResponse"])
    if len(payload) > limit:
        message = f"{len(payload)} byte payload is too large for the {kind} invocation type "
        return _error(413, "RequestTooLargeException", f"{message}(limit {limit} bytes)")
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        return _error(400, "InvalidRequestContentException", message)
    return None


def _error(status: int, code: str, message: str, **more: str) -> Response:
    body = {"Type": "User", "message": message, **more}
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return status, headers, json.dumps(body).encode()


_THROTTLED = _error(
    429,
    "TooManyRequestsException",
    "Rate Exceeded.",
    Reason="ReservedFunctionConcurrentInvocationLimitExceeded",
)
