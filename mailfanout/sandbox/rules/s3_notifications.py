"""What S3 refuses of a bucket's notifications.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
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
    listed = [(kind, one) for name, kind in _KINDS.items() for one in configuration.get(name) or []]
    _check_notifications(listed)
    if not parameters.get("SkipDestinationValidation"):
        _check_destinations(listed, f"arn:aws:s3:::{parameters['Bucket']}")


class _Kind(NamedTuple):
    """Where a kind of destination's ARN stands, how errors name it, whose it is, what is wrong."""

    member: str
    argument: str
    service: str
    what_is_wrong: Callable[[str, str], _Wrong]


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


def _check_notifications(listed: list[tuple[_Kind, Json]]) -> None:
    if len(listed) > MOST_NOTIFICATIONS:
        words = f"A bucket can have at most {MOST_NOTIFICATIONS} event notifications."
        raise invalid_argument(words)
    for kind, one in listed:
        if not re.match(rf"arn:aws:{kind.service}:[a-z0-9-]+:[0-9]{{12}}:.", one[kind.member]):
            words = "The ARN could not be parsed"
            raise invalid_argument(words, kind.argument, one[kind.member])
    for _, one in listed:
        if not _EVENTS.issuperset(one["Events"]):
            raise invalid_argument("The event is not supported for notifications")
    ids = [one["Id"] for _, one in listed if one.get("Id")]
    if len(set(ids)) < len(ids):
        raise invalid_argument("Same ID used for multiple configurations. IDs must be unique.")
    filters = [one for _, notification in listed for one in _filters(notification)]
    if any(one.overlaps(other) for one, other in itertools.combinations(filters, 2)):
        raise invalid_argument(
            "Configurations overlap. Configurations on the same bucket cannot share a common "
            "event type."
        )


def _check_destinations(listed: list[tuple[_Kind, Json]], bucket_arn: str) -> None:
    told = [kind.what_is_wrong(one[kind.member], bucket_arn) for kind, one in listed]
    found = [one for one in told if one]
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


_of_queue = partial(_of_other, "queue", "sqs:SendMessage")
_of_topic = partial(_of_other, "topic", "SNS:Publish")
_KINDS = {
    "LambdaFunctionConfigurations": _Kind(
        "LambdaFunctionArn", "CloudFunction", "lambda", _of_function
    ),
    "QueueConfigurations": _Kind("QueueArn", "Queue", "sqs", _of_queue),
    "TopicConfigurations": _Kind("TopicArn", "Topic", "sns", _of_topic),
}
_EVENTS = frozenset(S3NotificationEvent.events())


def _filters(notification: Json) -> Iterator[_Filter]:
    rules = _rules(notification)
    for event in notification["Events"]:
        yield _Filter(event, rules.get("prefix", ""), rules.get("suffix", ""))


def _rules(notification: Json) -> dict[str, str]:
    """The rules of one notification's filter by their names, which are spelled as S3 returns them.

    A rule without a value is dropped, because it asks for nothing; so is a filter of such rules.
    """
    key = (notification.get("Filter") or {}).get("Key") or {}
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
        notification.pop("Filter", None)
    else:
        key["FilterRules"] = [rule for rule in key["FilterRules"] if rule.get("Value")]
    return found


def _is_one_of(event: str, other: str) -> bool:
    """Whether two types of events have one in common, such as s3:ObjectCreated:* and one of it."""
    return fnmatchcase(event, other) or fnmatchcase(other, event)
