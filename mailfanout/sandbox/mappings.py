"""What AWS refuses when an event source mapping is created, and a mapping's settings.

See https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import EventSourceMapping, LambdaFunction

from mailfanout.sandbox.event_sources import Mapping
from mailfanout.sandbox.queue import Queue

MIN_CONCURRENCY, MAX_CONCURRENCY = 2, 1000
MAX_WINDOW_SECONDS = 300


class MappingExists(LambdaClientError):
    """A second mapping of the same queue to the same function."""

    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ResourceConflictException", message)


def settings_of(mapping: EventSourceMapping) -> Mapping:
    """A moto mapping as our pollers read it."""
    return Mapping(
        uuid=mapping.uuid,
        function_arn=mapping.function_arn,
        queue_arn=mapping.event_source_arn,
        batch_size=mapping.batch_size,
        batching_window_seconds=int(mapping.max_batch_window or 0),
        max_concurrency=(mapping.scaling_config or {}).get("MaximumConcurrency"),
        reports_batch_item_failures="ReportBatchItemFailures"
        in (mapping.function_response_types or []),
    )


def check_new(
    spec: dict[str, Any],
    *,
    queue: Queue | None,
    function: LambdaFunction,
    existing: Iterable[EventSourceMapping],
    may_receive: Callable[[str, str], bool],
) -> None:
    """Raise what AWS answers to a mapping that cannot be: a missing queue, a duplicate, …"""
    if queue is None:
        raise InvalidParameterValueException(
            "Error occurred while ReceiveMessage. SQS Error Code: "
            "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: "
            "The specified queue does not exist for this wsdl version."
        )
    if not may_receive(function.role, queue.queue_arn):
        raise InvalidParameterValueException(
            "The provided execution role does not have permissions to call ReceiveMessage on SQS"
        )
    for mapping in existing:
        if mapping.event_source_arn == queue.queue_arn and mapping.function_arn == (
            function.function_arn
        ):
            raise MappingExists(
                f'The event source arn (" {queue.queue_arn} ") and function '
                f'(" {function.function_name} ") provided mapping already exists. Please update '
                f"or delete the existing mapping with UUID {mapping.uuid}"
            )
    check_settings(spec)
    if queue.visibility_timeout < int(function.timeout):
        raise InvalidParameterValueException(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than "
            f"Function timeout: {function.timeout} seconds"
        )


def check_settings(spec: dict[str, Any]) -> None:
    """Raise what AWS answers to a batch size, window or concurrency out of range."""
    batch_size = spec.get("BatchSize") or 10
    window_seconds = spec.get("MaximumBatchingWindowInSeconds") or 0
    concurrency = (spec.get("ScalingConfig") or {}).get("MaximumConcurrency")
    if not 1 <= batch_size <= 10_000:
        raise InvalidParameterValueException("BatchSize must be between 1 and 10000")
    if not 0 <= window_seconds <= MAX_WINDOW_SECONDS:
        raise InvalidParameterValueException(
            "MaximumBatchingWindowInSeconds must be between 0 and 300"
        )
    if batch_size > 10 and window_seconds == 0:
        raise InvalidParameterValueException(
            "Maximum batch window in seconds must be greater than 0 "
            "if maximum batch size is greater than 10"
        )
    if concurrency is not None and not MIN_CONCURRENCY <= concurrency <= MAX_CONCURRENCY:
        raise InvalidParameterValueException("MaximumConcurrency must be between 2 and 1000")
