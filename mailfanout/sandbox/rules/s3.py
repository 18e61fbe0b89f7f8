"""What S3 refuses of buckets, keys and notifications.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mailfanout.sandbox.access import service_may
from mailfanout.sandbox.awslambda import may_notify
from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError

S3 = "s3.amazonaws.com"
LONGEST_KEY_BYTES = 1024
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")

Json = dict[str, Any]


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a bucket, key or notification that S3 does not take."""
    parameters = call.parameters
    if call.operation == "CreateBucket":
        _check_bucket_name(parameters["Bucket"])
    key = parameters.get("Key")
    if isinstance(key, str) and len(key.encode()) > LONGEST_KEY_BYTES:
        raise ApiError("KeyTooLongError", "Your key is too long")
    if call.operation == "PutBucketNotificationConfiguration":
        configuration = parameters.get("NotificationConfiguration") or {}
        _check_notifications(configuration)
        if not parameters.get("SkipDestinationValidation"):
            _check_destinations(configuration, f"arn:aws:s3:::{parameters['Bucket']}")


def _check_bucket_name(name: str) -> None:
    if not _BUCKET_NAME.fullmatch(name) or _ADDRESS.fullmatch(name) or ".." in name:
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.")


class _Filter(NamedTuple):
    """What one notification listens to: an event, and keys that begin and end so."""

    event: str
    prefix: str
    suffix: str

    def overlaps(self, other: _Filter) -> bool:
        return (
            _is_one_of(self.event, other.event)
            and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))
            and (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix))
        )


def _check_notifications(configuration: Json) -> None:
    filters = list(_filters(configuration))
    if any(one.overlaps(other) for one, other in itertools.combinations(filters, 2)):
        raise ApiError(
            "InvalidArgument",
            "Configurations overlap. Configurations on the same bucket cannot share a common "
            "event type.",
        )


def _check_destinations(configuration: Json, bucket_arn: str) -> None:
    for kind, (name, is_let) in _DESTINATIONS.items():
        for one in configuration.get(kind) or []:
            if not is_let(one[name], bucket_arn):
                message = "Unable to validate the following destination configurations"
                raise ApiError("InvalidArgument", message)


def _may_invoke(function_arn: str, bucket_arn: str) -> bool:
    return may_notify(function_arn, principal_service=S3, source_arn=bucket_arn)


def _may_send(queue_arn: str, bucket_arn: str) -> bool:
    return service_may("sqs:SendMessage", queue_arn, service=S3, source_arn=bucket_arn)


def _may_publish(topic_arn: str, bucket_arn: str) -> bool:
    return service_may("SNS:Publish", topic_arn, service=S3, source_arn=bucket_arn)


_DESTINATIONS = {
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", _may_invoke),
    "QueueConfigurations": ("QueueArn", _may_send),
    "TopicConfigurations": ("TopicArn", _may_publish),
}


def _filters(configuration: Json) -> Iterator[_Filter]:
    for kind in _DESTINATIONS:
        for one in configuration.get(kind) or []:
            rules = _rules(one)
            for event in one["Events"]:
                yield _Filter(event, rules.get("prefix", ""), rules.get("suffix", ""))


def _rules(configuration: Json) -> dict[str, str]:
    """The rules of one notification's filter by their names, which are spelled as S3 returns them.

    A filter without any value is dropped, because it asks for nothing.
    """
    key = (configuration.get("Filter") or {}).get("Key") or {}
    found: dict[str, str] = {}
    for rule in key.get("FilterRules") or []:
        name = str(rule.get("Name", "")).lower()
        if name not in ("prefix", "suffix"):
            raise ApiError("InvalidArgument", "filter rule name must be either prefix or suffix")
        if name in found:
            raise ApiError(
                "InvalidArgument",
                f"Cannot specify more than one {name} rule in a filter.",
            )
        found[name] = rule["Name"] = name
        found[name] = str(rule.get("Value", ""))
    if not any(found.values()):
        configuration.pop("Filter", None)
    return found


def _is_one_of(event: str, other: str) -> bool:
    """Whether two types of events have one in common, such as s3:ObjectCreated:* and one of it."""
    return any(
        one == two or (one.endswith(":*") and two.startswith(one[:-1]))
        for one, two in ((event, other), (other, event))
    )
