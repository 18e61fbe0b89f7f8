"""What SQS refuses of queues, batches and message attributes.

See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from mailfanout.sandbox.calls import ApiCall, read_json
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json
from mailfanout.sandbox.rules.created_again import is_same
from mailfanout.sandbox.rules.resource_policies import all_known, is_about
from mailfanout.sandbox.sqs import QUEUE_ARN, find, invalid_character

LARGEST_BATCH = 10
MOST_MESSAGE_ATTRIBUTES = 10
MOST_RECEIVES = 1000
MOST_SOURCES = 10
LONGEST_ATTRIBUTE_NAME_BYTES = 255
_NAME = re.compile(r"[\w-]{1,80}", re.ASCII)
_FIFO_NAME = re.compile(r"[\w-]{1,75}\.fifo", re.ASCII)
_OF_FIFO = {"ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"}
# A standard queue is told of these that they are a FIFO queue's; it does not know the others.
_OF_FIFO_ALONE = {"DeduplicationScope", "FifoThroughputLimit"}
_READ_ONLY = set(
    """
    All ApproximateNumberOfMessages ApproximateNumberOfMessagesDelayed
    ApproximateNumberOfMessagesNotVisible CreatedTimestamp LastModifiedTimestamp QueueArn
    """.split()
)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_FIFO_ID = re.compile(r"[!-~]{1,128}")
_LISTS_OF_NAMES = ("AttributeNames", "MessageSystemAttributeNames")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)
_ATTRIBUTE_NAME = re.compile(r"[\w.-]+")
_RESERVED_NAME = re.compile(r"(AWS|Amazon)\.", re.IGNORECASE)
_OF_NAMES = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
_invalid = partial(ApiError, "InvalidParameterValue")


def check(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a queue, message or batch that SQS does not take."""
    if call.operation.endswith("Batch"):
        _check_batch(call)
    elif call.operation == "SendMessage":
        _check_message(call.parameters)
    elif call.operation == "GetQueueUrl":
        if call.parameters.get("QueueOwnerAWSAccountId", account_id) != account_id:
            raise ApiError(
                "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."
            )
    elif call.operation == "ReceiveMessage":
        _check_asked(call)
    elif call.operation == "GetQueueAttributes":
        _check_known(call.parameters.get("AttributeNames") or (), call.parameters["QueueUrl"])
    elif call.operation == "AddPermission":
        _check_permission(call)
    elif call.operation in ("CreateQueue", "SetQueueAttributes"):
        named = call.parameters["QueueName" if call.operation == "CreateQueue" else "QueueUrl"]
        arn = f"arn:aws:sqs:{call.region}:{account_id}:{named.rpartition('/')[2]}"
        _check_queue(call, arn, call.parameters.get("Attributes") or {})


def _check_known(attributes: Iterable[str], queue: str) -> None:
    """A standard queue knows nothing of what only FIFO queues have, not even to be told."""
    if not queue.endswith(".fifo") and (unknown := _OF_FIFO.intersection(attributes)):
        raise ApiError("InvalidAttributeName", f"Unknown Attribute {min(unknown)}.")


def _wrong_value(name: str, value: str, reason: str) -> ApiError:
    return _invalid(f"Value {value} for parameter {name} is invalid. Reason: {reason}")


def _check_permission(call: ApiCall) -> None:
    """It is named as queues are, and is an account's."""
    if not _NAME.fullmatch(label := call.parameters["Label"]):
        raise _wrong_value("Label", label, f"{_OF_NAMES}.")
    unknown = [one for one in call.parameters["AWSAccountIds"] if not _ACCOUNT.fullmatch(one)]
    if unknown:
        raise _wrong_value("PrincipalId", f"[{', '.join(unknown)}]", "Unable to verify.")


def _check_batch(call: ApiCall) -> None:
    entries = call.parameters["Entries"]
    if not entries:
        words = f"There should be at least one {call.operation}RequestEntry in the request."
        raise ApiError("AWS.SimpleQueueService.EmptyBatchRequest", words)
    if len(entries) > LARGEST_BATCH:
        raise ApiError(
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {LARGEST_BATCH}. "
            f"You have sent {len(entries)}.",
        )
    for entry in entries:
        _check_message(entry)
        is_change = call.operation == "ChangeMessageVisibilityBatch"
        if is_change and "VisibilityTimeout" not in entry:
            raise ApiError(
                "MissingParameter", "The request must contain the parameter VisibilityTimeout."
            )


def _check_asked(call: ApiCall) -> None:
    """Both lists may name attributes of messages, and the older one those of queues, too."""
    asked = [one for name in _LISTS_OF_NAMES for one in call.parameters.get(name) or ()]
    if not asked:
        return
    members: Any = call.model.input_shape.members
    known = {"All"}.union(*(members[name].member.metadata["enum"] for name in _LISTS_OF_NAMES))
    for name in asked:
        if name not in known:
            raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")


def _check_message(message: Json) -> None:
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        if (value := message.get(name)) is not None and not _FIFO_ID.fullmatch(value):
            reason = "can only include alphanumeric and punctuation characters. 1 to 128 in length."
            raise _wrong_value(name, value, f"{name} {reason}")
    header = (message.get("MessageSystemAttributes") or {}).get("AWSTraceHeader", {})
    if header.get("DataType", "String") != "String":
        raise _invalid("The message system attribute 'AWSTraceHeader' must be of type 'String'.")
    attributes = message.get("MessageAttributes")
    if not attributes:
        return
    if len(attributes) > MOST_MESSAGE_ATTRIBUTES:
        raise _invalid(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{MOST_MESSAGE_ATTRIBUTES}]."
        )
    for name, value in attributes.items():
        _check_attribute(name, value)


def _check_attribute(name: str, value: Json) -> None:
    if _RESERVED_NAME.match(name):
        raise _invalid(
            "Message (user) attribute names starting with 'AWS.' or 'Amazon.' are reserved for "
            "use by Amazon."
        )
    if not _ATTRIBUTE_NAME.fullmatch(name):
        raise _invalid(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, "
            "0-9, underscore (_), hyphen (-), and period (.) characters."
        )
    if name[:1] == "." or name[-1:] == "." or ".." in name:
        raise _invalid(
            "Message (user) attribute names cannot start or end with a '.', or have two of them in "
            "sequence."
        )
    for what, text in (("names", name), ("types", value.get("DataType", ""))):
        if len(text.encode()) > LONGEST_ATTRIBUTE_NAME_BYTES:
            raise _invalid(f"Message (user) attribute {what} must be shorter than 256 Bytes")
    kind = value.get("DataType", "").partition(".")[0]
    if kind not in ("String", "Number", "Binary"):
        return
    member = "BinaryValue" if kind == "Binary" else "StringValue"
    if not value.get(member):
        raise _invalid(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
        )
    if kind != "Binary" and (
        reason := invalid_character(value["StringValue"], f"attribute '{name}' value")
    ):
        raise _invalid(reason)
    if kind == "Number" and not _is_number(value["StringValue"]):
        raise _invalid(f"Can't cast the value of message (user) attribute '{name}' to a number.")


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) and -128 <= Decimal(text).adjusted() <= 126


def _check_queue(call: ApiCall, arn: str, attributes: dict[str, str]) -> None:
    queue = find(arn)
    if call.operation == "CreateQueue":
        is_fifo = attributes.get("FifoQueue") == "true"
        _check_name(call.parameters["QueueName"], is_fifo)
    else:
        is_fifo = arn.endswith(".fifo")
        if is_fifo and attributes.get("FifoQueue", "true") != "true":
            raise ApiError(
                "InvalidAttributeValue",
                "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not "
                "supported.",
            )
    for name in attributes:
        if name in _READ_ONLY or (name in _OF_FIFO and not is_fifo):
            raise ApiError("InvalidAttributeName", _said_of(name))
    if attributes.get("KmsMasterKeyId") and attributes.get("SqsManagedSseEnabled") == "true":
        raise ApiError(
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. You can either "
            "enable KMS SSE or SQS SSE.",
        )
    written = attributes.get("Policy")
    if written and not _is_policy(read_json(written), arn.split(":")[4]):
        raise ApiError("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    for name, find_fault in _POLICIES.items():
        if (written := attributes.get(name)) and (reason := find_fault(written, arn)):
            raise _wrong_value(name, written, reason)
    if call.operation == "CreateQueue" and queue is not None:
        _check_same(queue, attributes)


def _said_of(name: str) -> str:
    if name in _OF_FIFO_ALONE:
        return f"You can specify the {name} only when FifoQueue is set to true."
    return f"Unknown Attribute {name}."


def _is_policy(document: Any, account_id: str) -> bool:
    if not isinstance(document, dict):
        return False
    return is_about(document, "sqs") and all_known(document, account_id)


def _check_name(name: str, is_fifo: bool) -> None:
    if is_fifo and not _FIFO_NAME.fullmatch(name):
        raise _invalid(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
            "underscores, must end with .fifo suffix and be 1 to 80 in length."
        )
    if not is_fifo and not _NAME.fullmatch(name):
        raise _invalid(_OF_NAMES)


def _wrong_allow_policy(written: str, _: str) -> str | None:
    policy = read_json(written)
    if not isinstance(policy, dict):
        return "Redrive allow policy is not a valid JSON map."
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in ("allowAll", "byQueue", "denyAll"):
        return f"Invalid value for redrivePermission: {permission}."
    if (sources is None) is (permission == "byQueue"):
        return "sourceQueueArns go with the redrivePermission byQueue, and with it alone."
    if sources is not None and not (isinstance(sources, list) and 0 < len(sources) <= MOST_SOURCES):
        return f"sourceQueueArns are from 1 to {MOST_SOURCES} queues."
    return None


def _lets_in(target: Any, arn: str) -> bool:
    """Whether a dead-letter queue may be that of the queue with this ARN."""
    policy = read_json(str(target.attributes.get("RedriveAllowPolicy"))) or {}
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or arn in policy.get("sourceQueueArns", [])


def _wrong_redrive_policy(written: str, arn: str) -> str | None:
    policy = read_json(written)
    if not isinstance(policy, dict):
        return "Redrive policy is not a valid JSON map."
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if name not in policy:
            return f"Redrive policy does not contain mandatory attribute: {name}."
    if policy.keys() != {"deadLetterTargetArn", "maxReceiveCount"}:
        return "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount]."
    count, target = str(policy["maxReceiveCount"]), str(policy["deadLetterTargetArn"])
    if not re.fullmatch(r"[0-9]{1,9}", count) or not 1 <= int(count) <= MOST_RECEIVES:
        return (
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to "
            f"{MOST_RECEIVES} both inclusive."
        )
    if not QUEUE_ARN.fullmatch(target):
        return "Invalid value for deadLetterTargetArn."
    if target.endswith(".fifo") != arn.endswith(".fifo"):
        return "Dead-letter queue must be same type of queue as the source."
    queue = find(target)
    if queue is None:
        return "Dead letter target does not exist."
    return None if _lets_in(queue, arn) else "Dead letter target does not allow this queue."


_POLICIES = {"RedrivePolicy": _wrong_redrive_policy, "RedriveAllowPolicy": _wrong_allow_policy}


def _check_same(queue: Any, attributes: dict[str, str]) -> None:
    """A queue may be created again with the attributes that it has, and with no other."""
    held = {_KMS_PERIOD: queue.kms_data_key_reuse_period_seconds, **queue.attributes}
    for name, value in attributes.items():
        if not is_same(held.get(name, ""), value):
            raise ApiError(
                "QueueAlreadyExists",
                "A queue already exists with the same name and a different value for attribute "
                f"{name}",
            )


# moto tells of it only if there is a key.
_KMS_PERIOD = "KmsDataKeyReusePeriodSeconds"
