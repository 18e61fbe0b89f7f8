"""What S3 refuses of a bucket's notifications.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import partial
from typing import NamedTuple

from moto.s3.notifications import S3NotificationEvent

from mailfanout.sandbox.access import service_may
from mailfanout.sandbox.awslambda import destinations, may_notify
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.s3_errors import invalid_argument

S3 = "s3.amazonaws.com"
LONGEST_FILTER_BYTES = 1024
MOST_NOTIFICATIONS = 100
# What S3 says is wrong with a destination: the argument's name, and what it says of it.
_Wrong = tuple[str, str] | None


def check_configured(parameters: Json) -> None:
    """Raise ApiError for notifications that S3 does not take."""
    configuration = parameters.get("NotificationConfiguration") or {}
    _check_notifications(configuration)
    if not parameters.get("SkipDestinationValidation"):
        _check_destinations(configuration, f"arn:aws:s3:::{parameters['Bucket']}")


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
    listed = [
        (name, service, one)
        for kind, (name, service, _) in _DESTINATIONS.items()
        for one in configuration.get(kind) or []
    ]
    if len(listed) > MOST_NOTIFICATIONS:
        words = f"A bucket can have at most {MOST_NOTIFICATIONS} event notifications."
        raise invalid_argument(words)
    for name, service, one in listed:
        if not re.match(rf"arn:aws:{service}:[a-z0-9-]+:[0-9]{{12}}:.", one[name]):
            raise invalid_argument("The ARN could not be parsed", _ARGUMENTS[name], one[name])
    for _, _, one in listed:
        if not _EVENTS.issuperset(one["Events"]):
            raise invalid_argument("The event is not supported for notifications")
    ids = [one["Id"] for _, _, one in listed if one.get("Id")]
    if len(set(ids)) < len(ids):
        raise invalid_argument("Same ID used for multiple configurations. IDs must be unique.")
    filters = list(_filters(configuration))
    if any(one.overlaps(other) for one, other in itertools.combinations(filters, 2)):
        raise invalid_argument(
            "Configurations overlap. Configurations on the same bucket cannot share a common "
            "event type."
        )


def _check_destinations(configuration: Json, bucket_arn: str) -> None:
    found = [
        wrong
        for kind, (name, _, what_is_wrong) in _DESTINATIONS.items()
        for one in configuration.get(kind) or []
        if (wrong := what_is_wrong(one[name], bucket_arn))
    ]
    if found:
        members = {
            f"Argument{name}{number}": value
            for number, pair in enumerate(found, 1)
            for name, value in zip(("Name", "Value"), pair, strict=True)
        }
        words = "Unable to validate the following destination configurations"
        raise ApiError("InvalidArgument", words, members=members)


def _of_function(arn: str, bucket_arn: str) -> _Wrong:
    if may_notify(arn, principal_service=S3, source_arn=bucket_arn):
        return None
    return f"{arn}, null", f"Not authorized to invoke function [{arn}]"


def _of_other(kind: str, action: str, arn: str, bucket_arn: str) -> _Wrong:
    if not destinations.is_there(arn):
        return arn, f"The destination {kind} does not exist"
    may = service_may(action, arn, service=S3, source_arn=bucket_arn)
    # Messages of a FIFO queue or topic have a group, and S3 gives them none.
    if may and not arn.endswith(".fifo"):
        return None
    return arn, (
        f"Permissions on the destination {kind} do not allow S3 to publish notifications from "
        "this bucket"
    )


# Where the ARN of each kind of destination stands, whose it is, and what may be wrong with it.
_DESTINATIONS: Mapping[str, tuple[str, str, Callable[[str, str], _Wrong]]] = {
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "lambda", _of_function),
    "QueueConfigurations": ("QueueArn", "sqs", partial(_of_other, "queue", "sqs:SendMessage")),
    "TopicConfigurations": ("TopicArn", "sns", partial(_of_other, "topic", "SNS:Publish")),
}
_ARGUMENTS = {"LambdaFunctionArn": "CloudFunction", "QueueArn": "Queue", "TopicArn": "Topic"}
_EVENTS = frozenset(S3NotificationEvent.events())


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
            words = "filter rule name must be either prefix or suffix"
            raise invalid_argument(words, "FilterRule.Name", str(rule.get("Name", "")))
        if name in found:
            raise invalid_argument(f"Cannot specify more than one {name} rule in a filter.")
        if len(str(rule.get("Value", "")).encode()) > LONGEST_FILTER_BYTES:
            raise invalid_argument(
                f"Size of filter rule value cannot exceed {LONGEST_FILTER_BYTES} bytes in UTF-8 "
                "representation"
            )
        found[name] = rule["Name"] = name
        found[name] = str(rule.get("Value", ""))
    if not any(found.values()):
        configuration.pop("Filter", None)
    return found


def _is_one_of(event: str, other: str) -> bool:
    """Whether two types of events have one in common, such as s3:ObjectCreated:* and one of it."""
    return fnmatchcase(event, other) or fnmatchcase(other, event)
