"""What CloudWatch Logs refuses of groups, streams and the tokens of pages.

See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
import time
from functools import partial
from typing import Any

from moto.logs.models import LogGroup, logs_backends

from mailfanout.sandbox.awslambda import may_hear
from mailfanout.sandbox.calls import ApiCall, violated
from mailfanout.sandbox.http import ApiError, Refused
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.log_patterns import InvalidPattern, matcher

# Moto gives the second form of an empty stream.
_TOKEN_OF_STREAM = re.compile(r"[fb]/([0-9]{56}|-[0-9]{55})")
# The group whose tags are asked for, or changed.
_GROUP_ARN = re.compile(r":log-group:([^:]+)")
# The days for which Logs keeps what it gets, if it does not keep it for ever.
_DAYS_KEPT = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922),
    *(3288, 3653),
)
LARGEST_BATCH_BYTES, EVENT_HEAD_BYTES = 2**20, 26
_invalid = partial(ApiError, "InvalidParameterException")


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for what Logs does not take."""
    parameters = call.parameters
    if {"logGroupNamePrefix", "logGroupNamePattern"} <= parameters.keys():
        raise _invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    if {"logGroupName", "logGroupIdentifier"} <= parameters.keys():
        message = "LogGroup name and LogGroup ARN are mutually exclusive parameters."
        raise ApiError("ValidationException", message)
    if call.operation == "CreateLogGroup" and parameters["logGroupName"].startswith("aws/"):
        raise _invalid("Log groups starting with AWS/ are reserved for AWS.")
    days = parameters.get("retentionInDays")
    if days not in (None, *_DAYS_KEPT):
        wanted = f"Member must satisfy enum value set: {[*_DAYS_KEPT]}"
        raise _invalid(violated(("retentionInDays", days, wanted)))
    if (identifier := parameters.pop("logGroupIdentifier", None)) is not None:
        named = _GROUP_ARN.search(identifier)
        parameters["logGroupName"] = named[1] if named else identifier
    if call.operation in ("FilterLogEvents", "PutSubscriptionFilter"):
        _check_pattern(parameters.get("filterPattern") or "")
    if call.operation == "PutLogEvents":
        _check_events(parameters["logEvents"])
    if call.operation == "GetLogEvents" and parameters.get("endTime"):
        # For AWS an event at the end is behind it; for moto it is not.
        parameters["endTime"] -= 1
    groups = logs_backends[account_id][call.region].groups
    named = _GROUP_ARN.search(parameters.get("resourceArn", ""))
    if named and named[1] not in groups:
        raise ApiError("ResourceNotFoundException", "The specified resource does not exist.")
    group = groups.get(parameters.get("logGroupName", ""))
    if call.operation == "PutSubscriptionFilter":
        _check_destination(parameters["destinationArn"], account_id, group)
    if group and "logStreamName" in parameters:
        _check_stream(call, group)
    if group and "logStreamNames" in parameters:
        _check_streams(parameters, group)
    token = parameters.get("nextToken")
    if group and token is not None and call.operation == "GetLogEvents":
        _check_token(token, len(group.streams[parameters["logStreamName"]].events))


def _check_token(token: str, events: int) -> None:
    """A page of a stream begins at one of its so many events, or behind the last."""
    if not _TOKEN_OF_STREAM.fullmatch(token) or int(token[2:]) > events:
        raise _invalid("The specified nextToken is invalid.")


def _check_destination(arn: str, account_id: str, group: LogGroup | None) -> None:
    """A function has to be in the group's account and Region, and to let its events in."""
    _, _, service, region, account, *name = [*arn.split(":"), *[""] * 5]
    if not any(name):
        words = "PutSubscriptionFilter operation cannot work with destinationArn for vendor"
        raise _invalid(f"{words} {service}")
    if service != "lambda":
        return
    if account != account_id:
        raise ApiError(
            "AccessDeniedException",
            "Cross-account lambda invocation passing is not allowed. You must use "
            "DestinationPolicies to create cross account lambda triggers.",
        )
    if group and not (region == group.region and may_hear(arn, group.arn)):
        raise _invalid(
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs "
            "permission to execute your function."
        )


def _check_events(events: list[Json]) -> None:
    """Those that are too old or too new are left out, and do not count for the batch's span."""
    size = sum(len(one["message"].encode()) + EVENT_HEAD_BYTES for one in events)
    if size > LARGEST_BATCH_BYTES:
        raise _invalid(f"Upload too large: {size} bytes exceeds limit of {LARGEST_BATCH_BYTES}")
    now, day = time.time() * 1000, 24 * 3600 * 1000
    times = [one["timestamp"] for one in events]
    if times != sorted(times):
        raise _invalid(
            "Log events in a single PutLogEvents request must be in chronological order."
        )
    taken = [one for one in times if now - 14 * day <= one <= now + day / 12]
    if taken and max(taken) - min(taken) > day:
        raise _invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 "
            "hours."
        )


def _check_streams(parameters: Json, group: LogGroup) -> None:
    if "logStreamNamePrefix" in parameters:
        raise _invalid(
            "LogStream names and LogStream name prefix are mutually exclusive parameters."
        )
    if not all(name in group.streams for name in parameters["logStreamNames"]):
        raise ApiError("ResourceNotFoundException", "The specified log stream does not exist.")


def _check_pattern(pattern: str) -> None:
    if pattern.lstrip().startswith("["):
        raise Refused("unsupported", "The sandbox does not do patterns of fields, such as [a, b].")
    try:
        matcher(pattern)
    except InvalidPattern as error:
        raise _invalid(str(error)) from error


def _check_stream(call: ApiCall, group: LogGroup) -> None:
    streams: dict[str, Any] = group.streams
    is_there = call.parameters["logStreamName"] in streams
    if call.operation == "CreateLogStream" and is_there:
        message = "The specified log stream already exists"
        raise ApiError("ResourceAlreadyExistsException", message)
    if call.operation != "CreateLogStream" and not is_there:
        message = "The specified log stream does not exist."
        raise ApiError("ResourceNotFoundException", message)
