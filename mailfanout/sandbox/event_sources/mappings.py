"""Event source mappings in AWS's JSON: their checks, their answers, and a poller's settings.

See https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.awslambda.models import EventSourceMapping as MotoMapping
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPatternParser

from mailfanout.sandbox.access import role_allows
from mailfanout.sandbox.awslambda import invalid
from mailfanout.sandbox.event_sources.pollers import EventSourceMapping
from mailfanout.sandbox.sqs import Queue, find
from mailfanout.sandbox.transitions import is_of_queue, taken

MappingSettings = dict[str, Any]

# A quota, which AWS raises to ten for whoever asks.
MOST_FILTERS = 5
# What mappings of streams, brokers and databases take, and those of queues do not.
_OF_OTHERS = tuple(
    """
    AmazonManagedKafkaEventSourceConfig BisectBatchOnFunctionError DestinationConfig
    DocumentDBEventSourceConfig LoggingConfig MaximumRecordAgeInSeconds MaximumRetryAttempts
    ParallelizationFactor Queues SelfManagedEventSource SelfManagedKafkaEventSourceConfig
    SourceAccessConfigurations StartingPositionTimestamp Topics TumblingWindowInSeconds
    """.split()
)
ROLE_NEEDS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def described(configuration: MappingSettings) -> MappingSettings:
    """A queue's mapping as AWS returns it, made from moto's description."""
    settings = {
        **configuration,
        "MaximumBatchingWindowInSeconds": configuration.get("MaximumBatchingWindowInSeconds", 0),
        "FunctionResponseTypes": configuration.get("FunctionResponseTypes", []),
        "StateTransitionReason": "USER_INITIATED",
    }
    optional = ("FilterCriteria", "ScalingConfig", "Tags")
    return {key: value for key, value in settings.items() if value or key not in optional}


def settings_of(configuration: MappingSettings) -> EventSourceMapping:
    """A mapping as a poller reads it, from AWS's JSON."""
    return EventSourceMapping(
        uuid=configuration["UUID"],
        function_arn=configuration["FunctionArn"],
        queue_arn=configuration["EventSourceArn"],
        batch_size=configuration["BatchSize"],
        batching_window_seconds=configuration["MaximumBatchingWindowInSeconds"],
        max_concurrency=configuration.get("ScalingConfig", {}).get("MaximumConcurrency"),
        reports_batch_item_failures=bool(configuration["FunctionResponseTypes"]),
        filters=patterns_of(configuration),
    )


def patterns_of(configuration: MappingSettings) -> tuple[str, ...]:
    """The patterns of a mapping's filters: JSON. An empty one filters nothing."""
    filters = configuration.get("FilterCriteria", {}).get("Filters", [])
    return tuple(one["Pattern"] for one in filters if one.get("Pattern"))


def check_new(source_arn: str, function_arn: str, existing: Iterable[MotoMapping]) -> None:
    """Raise ApiError for a second mapping of the same queue, or stream, and function."""
    for mapping in existing:
        if (mapping.event_source_arn, mapping.function_arn) == (source_arn, function_arn):
            raise taken(source_arn, function_arn, mapping.uuid)


def check(settings: MappingSettings, *, queue: Queue | None, function: LambdaFunction) -> None:
    """Raise what AWS answers to an invalid mapping, new or updated."""
    _refuse_what_others_take(settings)
    if queue is None:
        raise invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: "
            "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: "
            "The specified queue does not exist."
        )
    for action in ROLE_NEEDS:
        if not role_allows(function.role, f"sqs:{action}", queue.queue_arn):
            raise invalid(
                f"The provided execution role does not have permissions to call {action} on SQS"
            )
    _check_numbers(settings, fifo=queue.fifo_queue)
    _check_pollers(settings)
    check_filters(settings)
    _check_timeout(queue, int(function.timeout))


def check_timeout_of(function: LambdaFunction, timeout_seconds: int) -> None:
    """Raise what AWS answers to a timeout that is too long for a queue mapped to the function."""
    backend = lambda_backends[function.account_id][function.region]
    for mapping in backend.list_event_source_mappings("", function.function_name):
        arn = mapping.event_source_arn
        if is_of_queue(arn) and (queue := find(arn)):
            _check_timeout(queue, timeout_seconds)


def _check_timeout(queue: Queue, timeout_seconds: int) -> None:
    if queue.visibility_timeout < timeout_seconds:
        raise invalid(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than "
            f"Function timeout: {timeout_seconds} seconds"
        )


def _refuse_what_others_take(settings: MappingSettings) -> None:
    if settings.get("StartingPosition"):
        raise invalid("StartingPosition is not valid for SQS event sources.")
    for name in _OF_OTHERS:
        if settings.get(name) is not None:
            raise invalid(f"Unsupported {name} parameter for given event source mapping type.")


def _check_numbers(settings: MappingSettings, *, fifo: bool) -> None:
    batch_size = settings.get("BatchSize") or 10
    window_seconds = settings.get("MaximumBatchingWindowInSeconds") or 0
    if fifo and window_seconds:
        raise invalid("Batching window is not supported for FIFO queues")
    if fifo and batch_size > 10:
        raise invalid("Batch size must not exceed 10 for FIFO queues")
    if batch_size > 10 and not window_seconds:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 "
            "if maximum batch size is greater than 10"
        )


def _check_pollers(settings: MappingSettings) -> None:
    """Provisioned ones say by themselves how many work at once; here, as many as ever work."""
    pollers = settings.get("ProvisionedPollerConfig") or {}
    fewest, most = (pollers.get(f"{name}imumPollers", 2) for name in ("Min", "Max"))
    if pollers and settings.get("ScalingConfig"):
        raise invalid("ProvisionedPollerConfig and ScalingConfig exclude each other.")
    if min(fewest, most) < 2:
        raise invalid("A queue has at least 2 provisioned pollers.")
    if "MaximumPollers" in pollers and fewest > most:
        raise invalid("MinimumPollers may not be greater than MaximumPollers.")


def check_filters(settings: MappingSettings) -> None:
    """Raise what AWS answers to too many filters, and to a pattern that is none."""
    filters = settings.get("FilterCriteria", {}).get("Filters", [])
    if len(filters) > MOST_FILTERS:
        raise invalid(f"An event source mapping can have at most {MOST_FILTERS} filters.")
    for one in filters:
        try:
            EventPatternParser(one.get("Pattern")).parse()
        except (AttributeError, InvalidEventPatternException) as error:
            raise invalid("Invalid filter pattern definition.") from error
