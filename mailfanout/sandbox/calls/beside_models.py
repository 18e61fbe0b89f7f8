"""Where AWS asks for more than its models say, or for less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Range(NamedTuple):
    """The least and the most, both allowed, and how SQS words it, if not as most of them."""

    least: int
    most: int
    words: str = "Must be between {least} and {most}, if provided"


# By the call's name, and by the parameter.
# See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
# Its model has the least of each.
_FUNCTION = {"MemorySize": Range(128, 10_240), "Timeout": Range(1, 900)}
RANGES: Mapping[str, Mapping[str, Range]] = {
    "lambda:CreateFunction": _FUNCTION,
    "lambda:UpdateFunctionConfiguration": _FUNCTION,
    "sqs:ChangeMessageVisibility": {"VisibilityTimeout": Range(0, 43_200)},
    "sqs:ReceiveMessage": {
        "MaxNumberOfMessages": Range(1, 10),
        "VisibilityTimeout": Range(0, 43_200),
        "WaitTimeSeconds": Range(0, 20, "Must be >= {least} and <= {most}, if provided"),
    },
    "sqs:ListDeadLetterSourceQueues": {"MaxResults": Range(1, 1_000)},
    "sqs:ListQueues": {"MaxResults": Range(1, 1_000)},
    "sqs:ListMessageMoveTasks": {"MaxResults": Range(1, 10)},
    "sqs:SendMessage": {
        "DelaySeconds": Range(0, 900, "DelaySeconds must be >= {least} and <= {most}")
    },
    "sqs:StartMessageMoveTask": {"MaxNumberOfMessagesPerSecond": Range(1, 500)},
}

# Numbers that are written as text, among a queue's attributes.
QUEUE_ATTRIBUTES: Mapping[str, Range] = {
    "DelaySeconds": Range(0, 900),
    "KmsDataKeyReusePeriodSeconds": Range(60, 86_400),
    "MaximumMessageSize": Range(1_024, 1_048_576),
    "MessageRetentionPeriod": Range(60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": Range(0, 20),
    "VisibilityTimeout": Range(0, 43_200),
}

# Where older SDKs look for an operation of SESv2, with its parameters in the query string.
OLDER_PATHS: Mapping[tuple[str, str], str] = {
    ("GET", "/v2/email/configuration-sets"): "ListConfigurationSets",
    ("GET", "/v2/email/identities"): "ListEmailIdentities",
}

# One of some words, in any case, among a queue's attributes.
_YES_OR_NO = ("true", "false")
QUEUE_CHOICES: Mapping[str, tuple[str, ...]] = {
    "ContentBasedDeduplication": _YES_OR_NO,
    "DeduplicationScope": ("messagegroup", "queue"),
    "FifoQueue": _YES_OR_NO,
    "FifoThroughputLimit": ("permessagegroupid", "perqueue"),
    "SqsManagedSseEnabled": _YES_OR_NO,
}

# What DynamoDB's models list in one order, and its messages in another.
_TOLD_CHOICES = """
    ALL INCLUDE KEYS_ONLY
    ALL_NEW UPDATED_OLD ALL_OLD NONE UPDATED_NEW
    B N S
    IN NULL BETWEEN LT NOT_CONTAINS EQ GT NOT_NULL NE LE BEGINS_WITH GE CONTAINS
    OR AND
    SPECIFIC_ATTRIBUTES COUNT ALL_ATTRIBUTES ALL_PROJECTED_ATTRIBUTES
"""
CHOICES_AS_TOLD: Mapping[frozenset[str], list[str]] = {
    frozenset(choices): choices for choices in map(str.split, _TOLD_CHOICES.strip().splitlines())
}

# Parameters that take more than the model's choices, such as names of attributes of messages, or
# that the service itself refuses, in other words.
OPEN_CHOICES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"), frozenset({"Runtime"})
    ),
    "s3:PutBucketNotificationConfiguration": frozenset({"Events", "Name"}),
    "ses:SetIdentityHeadersInNotificationsEnabled": frozenset({"NotificationType"}),
    "sqs:ReceiveMessage": frozenset({"AttributeNames", "MessageSystemAttributeNames"}),
}
