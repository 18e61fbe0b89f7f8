"""Event source mappings of tables' streams in AWS's JSON: checks, answers, a reader's settings.

See https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from moto.awslambda.models import LambdaFunction

from mailfanout.sandbox.awslambda import check_destinations, invalid
from mailfanout.sandbox.calls import violated
from mailfanout.sandbox.dynamodb import streams
from mailfanout.sandbox.event_sources.mappings import MappingSettings, check_filters, patterns_of
from mailfanout.sandbox.event_sources.stream_readers import Progress, StreamMapping, may_read
from mailfanout.sandbox.http import Refused
from mailfanout.sandbox.transitions import unreadable

_UNBOUNDED = -1
_DEFAULTS: MappingSettings = {
    "BisectBatchOnFunctionError": False,
    "FunctionResponseTypes": [],
    "MaximumBatchingWindowInSeconds": 0,
    "MaximumRecordAgeInSeconds": _UNBOUNDED,
    "MaximumRetryAttempts": _UNBOUNDED,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}


def described(configuration: MappingSettings, progress: Progress) -> MappingSettings:
    """A stream's mapping as AWS returns it, made from moto's description."""
    optional = ("FilterCriteria", "Tags")
    return {
        **_DEFAULTS,
        **{name: value for name, value in configuration.items() if value or name not in optional},
        "DestinationConfig": {"OnFailure": {}, **configuration.get("DestinationConfig", {})},
        "LastProcessingResult": progress.result,
        "StateTransitionReason": "User action",
    }


def settings_of(configuration: MappingSettings) -> StreamMapping:
    """A mapping as a reader takes it, from AWS's JSON."""
    return StreamMapping(
        uuid=configuration["UUID"],
        function_arn=configuration["FunctionArn"],
        stream_arn=configuration["EventSourceArn"],
        batch_size=configuration["BatchSize"],
        batching_window_seconds=configuration["MaximumBatchingWindowInSeconds"],
        max_retries=configuration["MaximumRetryAttempts"],
        max_age_seconds=configuration["MaximumRecordAgeInSeconds"],
        bisects=configuration["BisectBatchOnFunctionError"],
        reports_batch_item_failures=bool(configuration["FunctionResponseTypes"]),
        failure_arn=configuration["DestinationConfig"]["OnFailure"].get("Destination"),
        filters=patterns_of(configuration),
    )


def new_progress(settings: MappingSettings) -> Progress:
    """Where a new mapping begins: with the oldest record that there is, or after the newest."""
    is_from_now = settings["StartingPosition"] == "LATEST"
    return Progress(streams.count_of(settings["EventSourceArn"]) if is_from_now else 0)


def check_start(settings: MappingSettings) -> None:
    """Raise what AWS answers to a new mapping that begins nowhere, or where none can."""
    start, stream_arn = settings.get("StartingPosition"), settings["EventSourceArn"]
    if start is None:
        raise invalid(violated(("startingPosition", None, "Member must not be null.")))
    if start == "AT_TIMESTAMP":
        raise invalid(f"Unsupported starting position for arn type: {stream_arn}")
    if "StartingPositionTimestamp" in settings:
        raise invalid("Timestamp only valid with StartingPosition AT_TIMESTAMP")


def check(settings: MappingSettings, *, stream_arn: str, function: LambdaFunction) -> None:
    """Raise what AWS answers to an invalid mapping, new or updated."""
    if settings.get("TumblingWindowInSeconds"):
        raise Refused("unsupported", "The sandbox sums up nothing over windows of a stream.")
    destination = settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    if destination.startswith("arn:aws:s3:"):
        raise Refused("unsupported", "The sandbox tells only queues and topics of failed records.")
    if not may_read(function.role, stream_arn):
        raise invalid(unreadable(stream_arn))
    check_filters(settings)
    check_destinations(settings, role_arn=function.role)
