"""AWS Lambda for the sandbox: moto keeps the functions' configuration, this module runs them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from mailfanout.sandbox import tracing
from mailfanout.sandbox.access import may_invoke, role_allows
from mailfanout.sandbox.awslambda import deployed, destinations, log_streams
from mailfanout.sandbox.awslambda.asynchronous import AsynchronousInvocations
from mailfanout.sandbox.awslambda.finished import (
    FinishedInvocation,
    dead_letter_attributes,
    destination_record,
)
from mailfanout.sandbox.control import Faults
from mailfanout.sandbox.events import Record
from mailfanout.sandbox.json_objects import compact
from mailfanout.sandbox.runtime import (
    CannotStart,
    Execution,
    Functions,
    NoSuchFunction,
    RecursiveInvocation,
)

log = logging.getLogger(__name__)


class LambdaService:
    """Invocations of deployed functions, and the Host of their execution environments.

    `credentials` issues a role's temporary keys as environment variables. `scale` is the factor by
    which AWS's waits are shortened, and `is_idle` says whether the work is done that they would
    leave time for. `deliver` gets an event's source and a function that submits the event, which it
    may call twice.
    """

    def __init__(
        self,
        *,
        credentials: Callable[[str, str], Mapping[str, str]],
        scale: Callable[[], float],
        is_idle: Callable[[], bool] = lambda: True,
        faults: Faults | None = None,
        deliver: Callable[[str, Callable[[], object]], object] = lambda source, submit: submit(),
    ) -> None:
        self.variables, self.write_log = credentials, log_streams.write_log
        self._deliver = deliver
        self.functions = Functions(self, faults=faults)
        self.asynchronous = AsynchronousInvocations(
            self.invoke,
            limits=deployed.limits,
            finished=self._hand_on,
            scale=scale,
            is_idle=is_idle,
        )

    def invoke(
        self,
        function_arn: str,
        payload: bytes,
        request_id: str | None = None,
        *,
        client_context: str | None = None,
    ) -> Execution:
        """Run a function once, in the current chain of requests, and wait.

        Raises NoSuchFunction, RecursiveInvocation, Throttled.
        """
        function = deployed.describe(function_arn)
        trace_header = tracing.current()
        if tracing.passes(trace_header, function_arn) >= tracing.PASSES:
            if deployed.recursive_loop(function_arn) == "Terminate":
                log.warning("A recursive loop of %s is stopped", function_arn)
                raise RecursiveInvocation(function_arn)
        return self.functions.invoke(
            function,
            payload,
            request_id=request_id,
            client_context=client_context,
            trace_header=tracing.passing(trace_header, function_arn),
        )

    def notify(
        self, function_arn: str, record: Record, *, principal_service: str, source_arn: str
    ) -> bool:
        """Invoke a function asynchronously in the name of an AWS service.

        False, and the record is dropped, if the function's policy does not allow the call.
        """
        if not may_notify(function_arn, principal_service=principal_service, source_arn=source_arn):
            log.warning("%s may not invoke %s for %s", principal_service, function_arn, source_arn)
            return False
        event = compact({"Records": [record]})
        submit = partial(self.asynchronous.submit, function_arn, event.encode())
        self._deliver(source_arn, submit)
        return True

    def start_over(self, function_arn: str) -> None:
        """After a change, end a function's environments, and start a new one in the background."""
        self.functions.retire(function_arn.split(":")[6])
        threading.Thread(target=self._warm, args=(function_arn,), daemon=True).start()

    def clear(self) -> None:
        """Drop every event and end every environment."""
        self.asynchronous.clear()
        self.functions.clear()

    def _warm(self, function_arn: str) -> None:
        try:
            self.functions.warm(deployed.describe(function_arn))
        except (CannotStart, NoSuchFunction) as error:
            log.info("%s is not started ahead of its first event: %r", function_arn, error)

    def _hand_on(self, finished: FinishedInvocation) -> None:
        """Send a failed event to the dead-letter queue, and a record to the destination."""
        function = deployed.find(finished.function_arn)
        dead_letter_arn = deployed.dead_letter_arn(function)
        if finished.failed and dead_letter_arn:
            text, attributes = finished.payload.decode(), dead_letter_attributes(finished)
            self._send(function.role, dead_letter_arn, text, attributes)
        config = deployed.event_invoke_config(finished.function_arn).get("DestinationConfig", {})
        destination = config.get("OnFailure" if finished.failed else "OnSuccess", {})
        if arn := destination.get("Destination"):
            record = destination_record(finished, datetime.now(UTC))
            with tracing.following(tracing.passing(tracing.current(), finished.function_arn)):
                self._send(function.role, arn, compact(record), {})

    def _send(
        self, role_arn: str, arn: str, text: str, attributes: destinations.MessageAttributes
    ) -> None:
        if destinations.may_send(role_arn, arn):
            destinations.send(arn, text, attributes, invoke=self.asynchronous.submit)
        else:
            log.warning("%s may not send to %s: a record is dropped", role_arn, arn)


def may_notify(function_arn: str, *, principal_service: str, source_arn: str) -> bool:
    """Whether a function is there, and its policy lets an AWS service invoke it for a source."""
    try:
        function = deployed.find(function_arn)
    except NoSuchFunction:
        return False
    arn = function_arn.removesuffix(":$LATEST")
    return may_invoke(
        {"Statement": [one for one in function.policy.statements if one["Resource"] == arn]},
        principal_service=principal_service,
        source_arn=source_arn,
        source_account=function.account_id,
    )


def may_hear(function_arn: str, log_group_arn: str) -> bool:
    """Whether a function lets CloudWatch Logs, or its part in the Region, send a group's events."""
    region, source = log_group_arn.split(":")[3], f"{log_group_arn}:*"
    services = ("logs.amazonaws.com", f"logs.{region}.amazonaws.com")
    return any(
        may_notify(function_arn, principal_service=one, source_arn=source) for one in services
    )


def may_poll(function_arn: str, queue_arn: str) -> bool:
    """Whether a function is there, and its role may receive from a queue."""
    try:
        role_arn = deployed.find(function_arn).role
    except NoSuchFunction:
        return False
    return role_allows(role_arn, "sqs:ReceiveMessage", queue_arn)
