"""What SNS refuses of topics and subscriptions; `sns_messages` has what it refuses of messages.

See https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.sns.models import sns_backends

from mailfanout.sandbox.calls import ApiCall, read_json
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json, as_list
from mailfanout.sandbox.rules.created_again import is_same
from mailfanout.sandbox.rules.resource_policies import all_known, is_about
from mailfanout.sandbox.rules.sns_messages import check_batch, check_message, invalid
from mailfanout.sandbox.sns import wrong_policy
from mailfanout.sandbox.sqs import QUEUE_ARN

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
        r"arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w-]+(:[\w$-]+)?",
        "Lambda endpoint ARN",
    ),
    "sms": (r".*", ""),
    "sqs": (QUEUE_ARN.pattern, "SQS endpoint ARN"),
}
_OF_SUBSCRIPTIONS = set(
    """
    DeliveryPolicy FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy ReplayPolicy
    SubscriptionRoleArn
    """.split()
)
_OF_TOPICS = re.compile(
    "ArchivePolicy|ContentBasedDeduplication|DeliveryPolicy|DisplayName|FifoThroughputScope|"
    "KmsMasterKeyId|Policy|SignatureVersion|TracingConfig|"
    "(Application|Firehose|HTTP|Lambda|SQS)"
    "((Success|Failure)FeedbackRoleArn|SuccessFeedbackSampleRate)"
)
_OF_FIFO_TOPICS = {"ContentBasedDeduplication", "FifoThroughputScope"}
# What a topic that is created once more must not have otherwise, with moto's names.
_COMPARED = {
    "ContentBasedDeduplication": "content_based_deduplication",
    "DisplayName": "display_name",
    "KmsMasterKeyId": "kms_master_key_id",
}
_FLAGS = ("disableSubscriptionOverrides", "guaranteed")
# What a subscription has that was given no attributes.
_DEFAULTS = {"FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false"}
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a topic, subscription or message that SNS does not take."""
    for name in ("TopicArn", "TargetArn", "SubscriptionArn"):
        _check_arn(name, call.parameters.get(name), call.region)
    if one := _CHECKS.get(call.operation):
        one(call, account_id)


def _check_arn(name: str, arn: str | None, region: str) -> None:
    parts = [] if arn is None else arn.split(":")
    if name == "SubscriptionArn" and arn == "":
        raise invalid(f"{name} Reason: no value for required parameter")
    if parts and len(parts) < 6:
        raise invalid(f"{name} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    if name == "SubscriptionArn" and len(parts) == 6:
        raise invalid("SubscriptionId")
    if parts and parts[3] != region:
        raise invalid(name)


def _check_new_topic(call: ApiCall, account_id: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}(\.fifo)?", call.parameters["Name"]):
        raise invalid("Topic Name")
    attributes = call.parameters.get("Attributes") or {}
    is_fifo = attributes.get("FifoTopic") == "true"
    for name, value in attributes.items():
        reason = _wrong_attribute_of_topic(name, value, is_fifo, account_id, is_new=True)
        if reason:
            raise invalid(f"Attributes Reason: {reason}")
    topics = sns_backends[account_id][call.region].topics
    topic = topics.get(f"arn:aws:sns:{call.region}:{account_id}:{call.parameters['Name']}")
    if topic is None:
        return
    if not dict(call.tags).items() <= topic._tags.items():
        raise invalid("Tags Reason: Topic already exists with different tags")
    for name, value in attributes.items():
        if name in _COMPARED and not is_same(getattr(topic, _COMPARED[name]), value):
            raise invalid("Attributes Reason: Topic already exists with different attributes")


def _check_attribute_of_topic(call: ApiCall, account_id: str) -> None:
    name, value = call.parameters["AttributeName"], call.parameters.get("AttributeValue", "")
    is_fifo = call.parameters["TopicArn"].endswith(".fifo")
    reason = _wrong_attribute_of_topic(name, value, is_fifo, account_id, is_new=False)
    if reason:
        raise invalid(reason)


def _no_truth_value(name: str, value: str) -> str:
    return f"{name}: Invalid value [{value}]. Must be true or false."


def _wrong_attribute_of_topic(
    name: str, value: str, is_fifo: bool, account_id: str, *, is_new: bool
) -> str | None:
    if name == "FifoTopic" and is_new:
        return None if value in ("true", "false") else _no_truth_value(name, value)
    if not _OF_TOPICS.fullmatch(name) or (name in _OF_FIFO_TOPICS and not is_fifo):
        return "AttributeName"
    if name == "ContentBasedDeduplication" and value.lower() not in ("true", "false"):
        return _no_truth_value(name, value)
    if name == "FifoThroughputScope" and value not in ("Topic", "MessageGroup"):
        return f"{name}: Invalid value [{value}]. Must be Topic or MessageGroup."
    if name == "DeliveryPolicy" and value:
        policy = read_json(value)
        return _wrong_delivery_policy(isinstance(policy, dict) and (policy.get("http") or {}))
    return _wrong_access_policy(read_json(value), account_id) if name == "Policy" else None


def _wrong_delivery_policy(policy: Any) -> str | None:
    """Its parts are objects, or flags, or left out by null."""
    is_fine = isinstance(policy, dict) and all(
        isinstance(one, bool if name in _FLAGS else dict | None) for name, one in policy.items()
    )
    return None if is_fine else "DeliveryPolicy: failed to parse JSON."


def _wrong_access_policy(policy: Any, account_id: str) -> str | None:
    statements = as_list(policy.get("Statement", [])) if isinstance(policy, dict) else [None]
    if not all(isinstance(one, dict) for one in statements):
        return "Policy Error: null"
    if not is_about(policy, "sns"):
        return "Policy statement action out of service scope!"
    return None if all_known(policy, account_id) else "Policy Error: PrincipalNotFound"


def _check_new_subscription(call: ApiCall, account_id: str) -> None:
    protocol, endpoint = call.parameters["Protocol"], call.parameters.get("Endpoint", "")
    if protocol not in _ENDPOINTS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if call.parameters["TopicArn"].endswith(".fifo") and protocol != "sqs":
        raise invalid(f"Invalid protocol type: {protocol}")
    pattern, words = _ENDPOINTS[protocol]
    if not re.fullmatch(pattern, endpoint):
        raise invalid(words)
    is_ordered = protocol == "sqs" and endpoint.endswith(".fifo")
    if is_ordered and not call.parameters["TopicArn"].endswith(".fifo"):
        words = "FIFO SQS Queues can not be subscribed to standard SNS topics"
        raise invalid(f"Invalid parameter: Endpoint Reason: {words}")
    attributes, arn = call.parameters.get("Attributes") or {}, call.parameters["TopicArn"]
    scope = attributes.get("FilterPolicyScope", "")
    for name, value in attributes.items():
        _check_attribute_of_subscription(name, value, (arn, endpoint), scope, "Attributes ")
    for held in list(sns_backends[account_id][call.region].subscriptions.values()):
        if (held.topic_arn, held.protocol, held.endpoint) == (arn, protocol, endpoint):
            _check_same(held.attributes, attributes)


def _check_same(held: Json, given: Mapping[str, str]) -> None:
    """Who subscribes once more gives the attributes that the subscription has, or none."""
    for name, value in given.items():
        if not is_same(held.get(name) or _DEFAULTS.get(name, ""), value):
            raise invalid(
                "Attributes Reason: Subscription already exists with different attributes"
            )


def _check_changed_subscription(call: ApiCall, account_id: str) -> None:
    arn, name = call.parameters["SubscriptionArn"], call.parameters["AttributeName"]
    value = call.parameters.get("AttributeValue", "")
    held = sns_backends[account_id][call.region].subscriptions.get(arn)
    scope = held.attributes.get("FilterPolicyScope", "") if held else ""
    ends = arn.rpartition(":")[0], held.endpoint if held else ""
    _check_attribute_of_subscription(name, value, ends, scope, "")
    if held is None:
        raise ApiError("NotFound", "Subscription does not exist", 404)


def _check_attribute_of_subscription(
    name: str, value: str, ends: tuple[str, str], scope: str, place: str
) -> None:
    """The ends are the subscription's topic and its endpoint."""
    reason = None
    if name not in _OF_SUBSCRIPTIONS:
        reason = "AttributeName"
    elif name == "RawMessageDelivery" and value.lower() not in ("true", "false"):
        reason = _no_truth_value("RawMessageDelivery", value)
    elif name == "FilterPolicyScope" and value not in ("MessageAttributes", "MessageBody"):
        reason = (
            f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or "
            "MessageAttributes"
        )
    elif name == "DeliveryPolicy" and value:
        reason = _wrong_delivery_policy(read_json(value))
    elif name in ("FilterPolicy", "RedrivePolicy") and value:
        policy = read_json(value)
        if not isinstance(policy, dict):
            reason = f"{name}: failed to parse JSON.{_where_unread(value)}"
        elif name == "RedrivePolicy":
            reason = _wrong_redrive_policy(policy, *ends)
        else:
            reason = wrong_policy(policy, scope)
    if reason:
        raise invalid(f"{place}Reason: {reason}" if place else reason)


def _where_unread(text: str) -> str:
    """Where SNS stops to read what has no double quotes, in the words of its parser."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        rest, is_name = text[error.pos :], error.msg.startswith("Expecting property name")
        if not rest or not (is_name or error.msg == "Expecting value"):
            return ""
        word = "" if is_name else re.split(r"\W", rest, maxsplit=1)[0]
        found = f"Unexpected character ('{rest[0]}' (code {ord(rest[0])})): "
        if is_name:
            said = f"{found}was expecting double-quote to start field name"
        elif word:
            said = f"Unrecognized token '{word}': was expecting {_VALUES}"
        else:
            said = f"{found}expected a valid value {_VALUES}"
        return (
            f" {said}\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` "
            f"disabled); line: {error.lineno}, column: {error.colno + len(word)}]"
        )
    except (RecursionError, ValueError):
        return ""
    return ""


def _wrong_redrive_policy(policy: Json, topic_arn: str, endpoint: str) -> str | None:
    target = str(policy.get("deadLetterTargetArn", ""))
    if not QUEUE_ARN.fullmatch(target):
        return "RedrivePolicy: deadLetterTargetArn is an invalid arn"
    if target.endswith(".fifo") and not topic_arn.endswith(".fifo"):
        return "RedrivePolicy: must use a standard queue as DLQ for a Subscription to this Topic."
    if endpoint.endswith(".fifo") and not target.endswith(".fifo"):
        return (
            "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        )
    return None


_CHECKS: Mapping[str, Callable[[ApiCall, str], None]] = {
    "CreateTopic": _check_new_topic,
    "Publish": check_message,
    "PublishBatch": check_batch,
    "SetSubscriptionAttributes": _check_changed_subscription,
    "SetTopicAttributes": _check_attribute_of_topic,
    "Subscribe": _check_new_subscription,
}
