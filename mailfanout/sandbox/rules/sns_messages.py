"""What SNS refuses of messages, alone and in a batch.

See https://docs.aws.amazon.com/sns/latest/api/API_Publish.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from moto.sns.models import sns_backends
from moto.sns.utils import is_e164

from mailfanout.sandbox.calls import ApiCall
from mailfanout.sandbox.http import ApiError
from mailfanout.sandbox.json_objects import Json

LARGEST_MESSAGE_BYTES = 256 * 1024
LARGEST_BATCH = 10
LONGEST_SUBJECT = 100
LONGEST_ATTRIBUTE_NAME_BYTES = 255
_ORDER_ID = re.compile(r"[!-~]{1,128}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# Numbers may be written with it, as +1-555-555-0100 is.
_PUNCTUATION = re.compile(r"(?<=[0-9])[-./](?=[0-9])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_wrong = partial(ApiError, "ParameterValueInvalid")


def check_message(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a message that SNS does not take; a phone's number is spelled plainly."""
    number = call.parameters.get("PhoneNumber")
    if number is None:
        _check_published(call, account_id, [call.parameters])
    elif not is_e164(digits := _PUNCTUATION.sub("", number)):
        raise invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    else:
        call.parameters["PhoneNumber"] = digits


def check_batch(call: ApiCall, account_id: str) -> None:
    """Raise ApiError for a batch, or a message of one, that SNS does not take."""
    entries = call.parameters["PublishBatchRequestEntries"]
    if not entries:
        raise ApiError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > LARGEST_BATCH:
        words = "The batch request contains more entries than permissible."
        raise ApiError("TooManyEntriesInBatchRequest", words)
    ids = {entry["Id"] for entry in entries}
    if not all(re.fullmatch(r"[\w-]{1,80}", one, re.ASCII) for one in ids):
        words = "The Id of a batch entry in a batch request doesn't abide by the specification."
        raise ApiError("InvalidBatchEntryId", words)
    if len(ids) < len(entries):
        words = "Two or more batch entries in the request have the same Id."
        raise ApiError("BatchEntryIdsNotDistinct", words)
    if sum(map(_message_bytes, entries)) > LARGEST_MESSAGE_BYTES:
        words = "The length of all the messages put together is more than the limit."
        raise ApiError("BatchRequestTooLong", words)
    _check_published(call, account_id, entries)


def _check_published(call: ApiCall, account_id: str, messages: list[Json]) -> None:
    for message in messages:
        _check_content(message)
    arn = call.parameters.get("TopicArn") or call.parameters.get("TargetArn", "")
    if not arn:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if ":endpoint/" in arn:
        if arn not in sns_backends[account_id][call.region].platform_endpoints:
            raise invalid("TargetArn Reason: No endpoint found for the target arn specified")
        return
    topic = sns_backends[account_id][call.region].topics.get(arn)
    if topic is None:
        raise ApiError("NotFound", "Topic does not exist", 404)
    if topic.fifo_topic:
        for message in messages:
            _check_order(message, is_content_enough=topic.content_based_deduplication)


def _check_order(message: Json, *, is_content_enough: bool) -> None:
    if not message.get("MessageGroupId"):
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        if not _ORDER_ID.fullmatch(message.get(name, "-")):
            raise invalid(
                f"{name} Reason: {name} can only include alphanumeric and punctuation characters. "
                "1 to 128 in length"
            )
    if not (is_content_enough or message.get("MessageDeduplicationId")):
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )


def _check_content(message: Json) -> None:
    text, subject = message["Message"], message.get("Subject")
    attributes = message.get("MessageAttributes") or {}
    if not text:
        raise invalid("Empty message")
    if subject is not None and (
        not 0 < len(subject) <= LONGEST_SUBJECT or _CONTROL.search(subject)
    ):
        raise invalid("Subject")
    for name, attribute in attributes.items():
        _check_name(name)
        _check_value(name, attribute)
    if _message_bytes(message) > LARGEST_MESSAGE_BYTES:
        raise invalid("Message too long")
    if message.get("MessageStructure") == "json":
        texts = _texts(text)
        if not isinstance(texts, dict):
            raise invalid("Message Structure - JSON message body failed to parse")
        if not isinstance(texts.get("default"), str):
            raise invalid("Message Structure - No default entry in JSON message body")


def _texts(text: str) -> Any:
    """What is for each protocol. A protocol may be there twice, whatever SNS's pages say of it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _message_bytes(message: Json) -> int:
    attributes: dict[str, Json] = message.get("MessageAttributes") or {}
    parts: list[Any] = [
        message["Message"],
        *(
            part
            for name, one in attributes.items()
            for part in (name, one.get("DataType"), one.get("StringValue"), one.get("BinaryValue"))
            if part
        ),
    ]
    return sum(
        len(part.encode(errors="replace") if isinstance(part, str) else part) for part in parts
    )


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
    if kind not in ("Binary", "Number", "String") or full_type == f"{kind}.":
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
    if kind == "Number" and not _NUMBER.fullmatch(value):
        raise _wrong(f"Could not cast message attribute '{name}' value to number.")


def invalid(reason: str) -> ApiError:
    """What SNS says of a parameter that it does not take."""
    return ApiError("InvalidParameter", f"Invalid parameter: {reason}")
