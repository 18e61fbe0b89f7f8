"""What S3 refuses of buckets, keys and notifications.

See https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from moto.s3.notifications import S3NotificationEvent

from mailfanout.sandbox.access import find_role, service_may
from mailfanout.sandbox.awslambda import may_notify
from mailfanout.sandbox.calls import ApiCall, read_json
from mailfanout.sandbox.http import ApiError

S3 = "s3.amazonaws.com"
LONGEST_KEY_BYTES = LONGEST_FILTER_BYTES = 1024
LARGEST_METADATA_BYTES = 2 * 1024
MOST_OBJECTS = 1000
MOST_TAGS, MOST_OBJECT_TAGS = 50, 10
MOST_NOTIFICATIONS = 100
_BUCKET_NAME = re.compile(
    r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
    r"(?<!-s3alias)(?<!--ol-s3)(?<!\.mrap)(?<!--x-s3)(?<!--table-s3)"
)
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")

Json = dict[str, Any]


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a bucket, object, tags or notification that S3 does not take."""
    _check_object(call.parameters)
    if isinstance(tags := call.parameters.get("Tagging"), str):
        _check_tags_of_header(tags)
    if one := _CHECKS.get(call.operation):
        one(call.parameters)


def _check_object(parameters: Json) -> None:
    key, metadata = parameters.get("Key"), parameters.get("Metadata") or {}
    if isinstance(key, str) and len(key.encode()) > LONGEST_KEY_BYTES:
        raise ApiError("KeyTooLongError", "Your key is too long")
    size = sum(len(f"{name}{value}".encode()) for name, value in metadata.items())
    if size > LARGEST_METADATA_BYTES:
        raise ApiError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        )
    if parameters.get("MaxKeys", 0) < 0:
        raise _invalid("Argument maxKeys must be an integer between 0 and 2147483647")


def _check_policy(parameters: Json) -> None:
    policy = read_json(parameters["Policy"])
    if not isinstance(policy, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    found = policy.get("Statement")
    statements: list[Any] = found if isinstance(found, list) else [found]
    if not found or not all(isinstance(one, dict) for one in statements):
        raise _malformed("Missing required field Statement")
    for one in statements:
        _check_statement(one, f"arn:aws:s3:::{parameters['Bucket']}")


def _check_statement(statement: Json, bucket_arn: str) -> None:
    for names in (("Effect",), ("Principal", "NotPrincipal"), ("Action", "NotAction")):
        if not any(name in statement for name in names):
            raise _malformed(f"Missing required field {names[0]}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise _malformed(f"Invalid effect: {statement['Effect']}")
    resources = statement.get("Resource", statement.get("NotResource")) or []
    for arn in [resources] if isinstance(resources, str) else resources:
        if arn != "*" and arn.partition("/")[0] not in (bucket_arn, f"{bucket_arn}*"):
            raise _malformed("Policy has invalid resource")
    principals = statement.get("Principal", statement.get("NotPrincipal"))
    named = principals.get("AWS", []) if isinstance(principals, dict) else []
    for arn in [named] if isinstance(named, str) else named:
        if ":role/" in arn and find_role(arn) is None:
            raise _malformed("Invalid principal in policy")


def _malformed(message: str) -> ApiError:
    return ApiError("MalformedPolicy", message)


def _check_tags_of_header(tags: str) -> None:
    """Those that an upload brings, written as a query string is."""
    pairs = parse_qsl(tags, keep_blank_values=True)
    if len(dict(pairs)) < len(pairs):
        raise _invalid(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
            "parameters without tag name duplicates."
        )
    _check_object_tags([name for name, _ in pairs])


def _check_tags_of_object(parameters: Json) -> None:
    _check_object_tags(_tag_names(parameters))


def _check_object_tags(names: list[str]) -> None:
    if len(names) > MOST_OBJECT_TAGS:
        raise ApiError("BadRequest", f"Object tags cannot be greater than {MOST_OBJECT_TAGS}")


def _check_tags_of_bucket(parameters: Json) -> None:
    if len(_tag_names(parameters)) > MOST_TAGS:
        raise ApiError("BadRequest", f"Bucket tag count cannot be greater than {MOST_TAGS}")


def _tag_names(parameters: Json) -> list[str]:
    names = [tag["Key"] for tag in parameters["Tagging"].get("TagSet") or []]
    if len(set(names)) < len(names):
        raise ApiError("InvalidTag", "Cannot provide multiple Tags with the same key")
    return names


def _check_deleted(parameters: Json) -> None:
    if len(parameters["Delete"]["Objects"]) > MOST_OBJECTS:
        raise ApiError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )


def _check_versioning(parameters: Json) -> None:
    if not parameters["VersioningConfiguration"].get("Status"):
        raise ApiError(
            "IllegalVersioningConfigurationException", "The Versioning element must be specified"
        )


def _check_new_bucket(parameters: Json) -> None:
    name = parameters["Bucket"]
    if not _BUCKET_NAME.fullmatch(name) or _ADDRESS.fullmatch(name) or ".." in name:
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.")


def _check_configured(parameters: Json) -> None:
    configuration = parameters.get("NotificationConfiguration") or {}
    _check_notifications(configuration)
    if not parameters.get("SkipDestinationValidation"):
        _check_destinations(configuration, f"arn:aws:s3:::{parameters['Bucket']}")


_CHECKS: Mapping[str, Callable[[Json], None]] = {
    "CreateBucket": _check_new_bucket,
    "DeleteObjects": _check_deleted,
    "PutBucketNotificationConfiguration": _check_configured,
    "PutBucketPolicy": _check_policy,
    "PutBucketTagging": _check_tags_of_bucket,
    "PutBucketVersioning": _check_versioning,
    "PutObjectTagging": _check_tags_of_object,
}


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
    if sum(len(configuration.get(kind) or []) for kind in _DESTINATIONS) > MOST_NOTIFICATIONS:
        raise _invalid(f"A bucket can have at most {MOST_NOTIFICATIONS} event notifications.")
    ids = []
    for kind, (name, service, _) in _DESTINATIONS.items():
        for one in configuration.get(kind) or []:
            ids += [one["Id"]] if one.get("Id") else []
            if not re.match(rf"arn:aws:{service}:[a-z\d-]+:\d{{12}}:.", one[name]):
                raise _invalid("The ARN could not be parsed")
            if not _EVENTS.issuperset(one["Events"]):
                raise _invalid("The event is not supported for notifications")
    if len(set(ids)) < len(ids):
        raise _invalid("Same ID used for multiple configurations. IDs must be unique.")
    filters = list(_filters(configuration))
    if any(one.overlaps(other) for one, other in itertools.combinations(filters, 2)):
        raise _invalid(
            "Configurations overlap. Configurations on the same bucket cannot share a common "
            "event type.",
        )


def _check_destinations(configuration: Json, bucket_arn: str) -> None:
    for kind, (name, _, is_let) in _DESTINATIONS.items():
        for one in configuration.get(kind) or []:
            # Messages of a FIFO queue or topic have a group, and S3 gives them none.
            if one[name].endswith(".fifo") or not is_let(one[name], bucket_arn):
                raise _invalid("Unable to validate the following destination configurations")


def _may_invoke(function_arn: str, bucket_arn: str) -> bool:
    return may_notify(function_arn, principal_service=S3, source_arn=bucket_arn)


def _may_send(queue_arn: str, bucket_arn: str) -> bool:
    return service_may("sqs:SendMessage", queue_arn, service=S3, source_arn=bucket_arn)


def _may_publish(topic_arn: str, bucket_arn: str) -> bool:
    return service_may("SNS:Publish", topic_arn, service=S3, source_arn=bucket_arn)


# Where the ARN of each kind of destination stands, whose it is, and what S3 must be allowed.
_DESTINATIONS = {
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "lambda", _may_invoke),
    "QueueConfigurations": ("QueueArn", "sqs", _may_send),
    "TopicConfigurations": ("TopicArn", "sns", _may_publish),
}
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
            raise _invalid("filter rule name must be either prefix or suffix")
        if name in found:
            raise _invalid(f"Cannot specify more than one {name} rule in a filter.")
        if len(str(rule.get("Value", "")).encode()) > LONGEST_FILTER_BYTES:
            raise _invalid(
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
    return any(
        one == two or (one.endswith(":*") and two.startswith(one[:-1]))
        for one, two in ((event, other), (other, event))
    )


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidArgument", message)
