"""What SNS refuses of topics, subscriptions and messages.

See https://docs.aws.amazon.com/sns/latest/api/API_Operations.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.sns.models import sns_backends

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError

LARGEST_MESSAGE_BYTES = 256 * 1024
LONGEST_SUBJECT = 100
LONGEST_ATTRIBUTE_NAME_BYTES = 255

_EMAIL = (r"[^@\s;]+@[^@\s;]+", "Email address")
_WEB = "Endpoint must match the specified protocol"
# What an endpoint looks like, by its protocol, and what is said of any other.
_ENDPOINTS: Mapping[str, tuple[str, str]] = {
    "application": (r"arn:aws:sns:.*:endpoint/.+", "Application endpoint arn invalid"),
    "email": _EMAIL,
    "email-json": _EMAIL,
    "firehose": (r"arn:aws:firehose:.+", "Firehose endpoint ARN"),
    "http": (r"http://.+", _WEB),
    "https": (r"https://.+", _WEB),
    "lambda": (
        r"arn:aws:lambda:[a-z\d-]+:\d{12}:function:[\w-]+(:[\w$-]+)?",
        "Lambda endpoint ARN",
    ),
    "sms": (r".*", ""),
    "sqs": (r"arn:aws:sqs:[a-z\d-]+:\d{12}:[\w.-]+", "SQS endpoint ARN"),
}
_OF_SUBSCRIPTIONS = {
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
}
_OF_TOPICS = re.compile(
    "ArchivePolicy|ContentBasedDeduplication|DeliveryPolicy|DisplayName|FifoThroughputScope|"
    "KmsMasterKeyId|Policy|SignatureVersion|TracingConfig|"
    "(Application|Firehose|HTTP|Lambda|SQS)"
    "((Success|Failure)FeedbackRoleArn|SuccessFeedbackSampleRate)"
)
_QUEUE_ARN = re.compile(_ENDPOINTS["sqs"][0])

Json = dict[str, Any]


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a topic, subscription or message that SNS does not take."""
    for name in ("TopicArn", "TargetArn", "SubscriptionArn"):
        _check_arn(name, call.parameters.get(name))
    if one := _CHECKS.get(call.operation):
        one(call, account_id)


def _check_arn(name: str, arn: str | None) -> None:
    parts = [] if arn is None else arn.split(":")
    if parts and len(parts) < 6:
        raise _invalid(f"{name} Reason: An ARN must have at least 6 elements, not {len(parts)}")


def _check_new_topic(call: ApiCall, account_id: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}(\.fifo)?", call.parameters["Name"]):
        raise _invalid("Topic Name")
    tags = _checked_tags(call)
    topics = sns_backends[account_id][call.region].topics
    topic = topics.get(f"arn:aws:sns:{call.region}:{account_id}:{call.parameters['Name']}")
    if topic is not None and not tags.items() <= topic._tags.items():
        raise _invalid("Tags Reason: Topic already exists with different tags")


def _check_tags(call: ApiCall, account_id: str) -> None:
    _checked_tags(call)


def _checked_tags(call: ApiCall) -> dict[str, str]:
    given = call.parameters.get("Tags") or []
    tags = {one["Key"]: one["Value"] for one in given}
    if len(tags) < len(given):
        raise _invalid("Duplicated keys are not allowed.")
    return tags


def _check_attribute_of_topic(call: ApiCall, account_id: str) -> None:
    if not _OF_TOPICS.fullmatch(call.parameters["AttributeName"]):
        raise _invalid("AttributeName")
    value = call.parameters.get("AttributeValue", "")
    if call.parameters["AttributeName"] == "Policy" and not isinstance(_read(value), dict):
        raise _invalid("Policy Error: null")


def _check_new_subscription(call: ApiCall, account_id: str) -> None:
    protocol, endpoint = call.parameters["Protocol"], call.parameters.get("Endpoint", "")
    if protocol not in _ENDPOINTS:
        raise _invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    pattern, words = _ENDPOINTS[protocol]
    if not re.fullmatch(pattern, endpoint):
        raise _invalid(words)
    for name, value in (call.parameters.get("Attributes") or {}).items():
        _check_attribute_of_subscription(name, value, call.parameters["TopicArn"], "Attributes ")


def _check_changed_subscription(call: ApiCall, account_id: str) -> None:
    arn, name = call.parameters["SubscriptionArn"], call.parameters["AttributeName"]
    value = call.parameters.get("AttributeValue", "")
    _check_attribute_of_subscription(name, value, arn.rpartition(":")[0], "")
    if arn not in sns_backends[account_id][call.region].subscriptions:
        raise ApiError("NotFound", "Subscription does not exist", 404)


def _check_attribute_of_subscription(name: str, value: str, topic_arn: str, place: str) -> None:
    reason = None
    if name not in _OF_SUBSCRIPTIONS:
        reason = "AttributeName"
    elif name == "RawMessageDelivery" and value.lower() not in ("true", "false"):
        reason = f"RawMessageDelivery: Invalid value [{value}]. Must be true or false."
    elif name == "FilterPolicyScope" and value not in ("MessageAttributes", "MessageBody"):
        reason = (
            f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or "
            "MessageAttributes"
        )
    elif name in ("FilterPolicy", "RedrivePolicy") and value:
        policy = _read(value)
        if not isinstance(policy, dict):
            reason = f"{name}: failed to parse JSON."
        elif name == "RedrivePolicy":
            reason = _wrong_redrive_policy(policy, topic_arn)
    if reason:
        raise _invalid(f"{place}Reason: {reason}" if place else reason)


def _wrong_redrive_policy(policy: Json, topic_arn: str) -> str | None:
    target = str(policy.get("deadLetterTargetArn", ""))
    if not _QUEUE_ARN.fullmatch(target):
        return "RedrivePolicy: deadLetterTargetArn is an invalid arn"
    if topic_arn.endswith(".fifo") and not target.endswith(".fifo"):
        return (
            "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        )
    return None


def _check_message(call: ApiCall, account_id: str) -> None:
    if "PhoneNumber" not in call.parameters:
        _check_published(call, account_id, [call.parameters])


def _check_batch(call: ApiCall, account_id: str) -> None:
    if not call.parameters["PublishBatchRequestEntries"]:
        message = "The batch request doesn't contain any entries."
        raise ApiError("EmptyBatchRequest", message)
    _check_published(call, account_id, call.parameters["PublishBatchRequestEntries"])


def _check_published(call: ApiCall, account_id: str, messages: list[Json]) -> None:
    for message in messages:
        _check_content(message)
    arn = call.parameters.get("TopicArn") or call.parameters.get("TargetArn", "")
    if ":endpoint/" in arn:
        if arn not in sns_backends[account_id][call.region].platform_endpoints:
            raise _invalid("TargetArn Reason: No endpoint found for the target arn specified")
        return
    topic = sns_backends[account_id][call.region].topics.get(arn)
    if topic is None:
        raise ApiError("NotFound", "Topic does not exist", 404)
    if topic.fifo_topic:
        for message in messages:
            _check_order(message, is_content_enough=topic.content_based_deduplication)


def _check_order(message: Json, *, is_content_enough: bool) -> None:
    if not message.get("MessageGroupId"):
        raise _invalid("The MessageGroupId parameter is required for FIFO topics")
    if not (is_content_enough or message.get("MessageDeduplicationId")):
        raise _invalid(
            "The topic should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )


def _check_content(message: Json) -> None:
    text, subject = message["Message"], message.get("Subject")
    attributes = message.get("MessageAttributes") or {}
    if not text:
        raise _invalid("Empty message")
    if subject is not None and (not 0 < len(subject) <= LONGEST_SUBJECT or "\n" in subject):
        raise _invalid("Subject")
    for name, attribute in attributes.items():
        _check_name(name)
        _check_value(name, attribute)
    if len(text.encode()) + _size_bytes(attributes) > LARGEST_MESSAGE_BYTES:
        raise _invalid("Message too long")
    if message.get("MessageStructure") == "json":
        texts = _read(text)
        if not isinstance(texts, dict):
            raise _invalid("Message Structure - JSON message body failed to parse")
        if not isinstance(texts.get("default"), str):
            raise _invalid("Message Structure - No default entry in JSON message body")


def _size_bytes(attributes: Mapping[str, Json]) -> int:
    parts = [
        part
        for name, one in attributes.items()
        for part in (name, one.get("DataType"), one.get("StringValue"), one.get("BinaryValue"))
        if part
    ]
    return sum(len(part.encode() if isinstance(part, str) else part) for part in parts)


def _check_name(name: str) -> None:
    if len(name.encode()) > LONGEST_ATTRIBUTE_NAME_BYTES:
        raise _wrong("Length of message attribute name must be less than 256 bytes.")
    if found := re.search(r"[^A-Za-z0-9_.-]", name):
        raise _wrong(
            f"Invalid non-alphanumeric character '#x{ord(found[0]):X}' was found in the message "
            "attribute name. Can only include alphanumeric characters, hyphens, underscores, or "
            "dots."
        )
    for doing, at in (("starting", name[:1]), ("ending", name[-1:])):
        if at == ".":
            raise _wrong(f"Invalid message attribute name {doing} with character '.' was found.")
    if ".." in name:
        raise _wrong("Message attribute name can not have successive '.' character.")


def _check_value(name: str, attribute: Json) -> None:
    full_type = attribute.get("DataType", "")
    kind = full_type.partition(".")[0]
    if kind not in ("Binary", "Number", "String"):
        raise _wrong(
            f"The message attribute '{name}' has an invalid message attribute type, the set of "
            "supported type prefixes is Binary, Number, and String."
        )
    field, other = ("Binary", "String") if kind == "Binary" else ("String", "Binary")
    value = attribute.get(f"{field}Value")
    if not value and attribute.get(f"{other}Value"):
        raise _wrong(
            f"The message attribute '{name}' with type '{full_type}' must use field '{field}'."
        )
    if not value:
        raise _wrong(
            f"The message attribute '{name}' must contain non-empty message attribute value for "
            f"message attribute type '{full_type}'."
        )
    if kind == "Number" and not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
        raise _wrong(f"Could not cast message attribute '{name}' value to number.")


_CHECKS: Mapping[str, Callable[[ApiCall, str], None]] = {
    "CreateTopic": _check_new_topic,
    "Publish": _check_message,
    "PublishBatch": _check_batch,
    "SetSubscriptionAttributes": _check_changed_subscription,
    "SetTopicAttributes": _check_attribute_of_topic,
    "Subscribe": _check_new_subscription,
    "TagResource": _check_tags,
}


def _read(text: str) -> Any:
    """What stands in JSON; None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _invalid(reason: str) -> ApiError:
    return ApiError("InvalidParameter", f"Invalid parameter: {reason}")


def _wrong(message: str) -> ApiError:
    return ApiError("ParameterValueInvalid", message)
