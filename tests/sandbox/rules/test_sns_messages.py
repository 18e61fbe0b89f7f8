"""What SNS refuses of messages."""

from __future__ import annotations

from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account, topic_arn

TOPIC, ORDERED = topic_arn(), topic_arn("feedback.fifo")
pytestmark = pytest.mark.usefixtures("subscription_arn")


@pytest.mark.parametrize("topic_arn", [TOPIC, ORDERED])
@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "Message": "Hello"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "1", "Message": "Hello"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "Message": "Hello"}], "InvalidBatchEntryId"),
        ([{"Id": str(n), "Message": "x" * 150_000} for n in range(2)], "BatchRequestTooLong"),
        ([{"Id": "1", "Message": "x" * 300_000}], "BatchRequestTooLong"),
    ],
)
def test_a_batch_that_sns_does_not_take_is_refused_before_its_messages(
    account: Account, topic_arn: str, entries: list[dict[str, str]], code: str
) -> None:
    batch = {"TopicArn": topic_arn, "PublishBatchRequestEntries": entries}

    assert refusal(account.client("sns").publish_batch, **batch)[0] == code


def test_a_message_goes_to_somewhere(account: Account) -> None:
    assert refusal(account.client("sns").publish, Message="Hello") == (
        "InvalidParameter",
        "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
    )


def attribute(kind: str = "String", name: str = "a", **value: Any) -> dict[str, Any]:
    return {"MessageAttributes": {name: {"DataType": kind, **value}}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"TopicArn": "feedback"}, "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        (
            {"TopicArn": "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/app/1"},
            "TargetArn Reason: No endpoint found for the target arn specified",
        ),
        ({"Message": ""}, "Empty message"),
        ({"Subject": ""}, "Subject"),
        ({"Subject": "x" * 101}, "Subject"),
        ({"Subject": "a\rb"}, "Subject"),
        ({"Subject": "a\x1bb"}, "Subject"),
        (
            {"MessageStructure": "json"},
            "Message Structure - JSON message body failed to parse",
        ),
        (
            {"MessageStructure": "json", "Message": '{"default": 1}'},
            "Message Structure - No default entry in JSON message body",
        ),
        ({"TopicArn": ORDERED}, "The MessageGroupId parameter is required for FIFO topics"),
        (
            {"TopicArn": ORDERED, "MessageGroupId": "a b"},
            "MessageGroupId Reason: MessageGroupId can only include alphanumeric and punctuation "
            "characters. 1 to 128 in length",
        ),
        (
            {"TopicArn": ORDERED, "MessageGroupId": "a"},
            "The topic should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly",
        ),
    ],
)
def test_a_message_that_sns_does_not_take_is_refused_alone_and_in_a_batch(
    account: Account, given: dict[str, Any], words: str
) -> None:
    sns, message = account.client("sns"), {"Message": "Hello", "TopicArn": TOPIC, **given}
    topic_arn = message.pop("TopicArn")
    entries = [{"Id": "1", **message}]
    expected = "InvalidParameter", f"Invalid parameter: {words}"

    assert refusal(sns.publish, TopicArn=topic_arn, **message) == expected
    batch = {"TopicArn": topic_arn, "PublishBatchRequestEntries": entries}
    assert refusal(sns.publish_batch, **batch) == expected


@pytest.mark.parametrize("given", [{"Message": "x"}, attribute(StringValue="a")])
def test_a_message_has_256_kilobytes_with_its_attributes(
    account: Account, given: dict[str, Any]
) -> None:
    message = {**given, "Message": "x" * 256 * 1024 + given.get("Message", "")}

    assert refusal(account.client("sns").publish, TopicArn=TOPIC, **message) == (
        "InvalidParameter",
        "Invalid parameter: Message too long",
    )


@pytest.mark.parametrize("number", ["+1a234", "NAA+15551234567"])
def test_a_number_that_is_none_is_refused(account: Account, number: str) -> None:
    sms = {"TopicArn": TOPIC, "Protocol": "sms", "Endpoint": number}

    assert refusal(account.client("sns").publish, PhoneNumber=number, Message="Hello") == (
        "InvalidParameter",
        f"Invalid parameter: PhoneNumber Reason: {number} is not valid to publish to",
    )
    assert refusal(account.client("sns").subscribe, **sms)[1] == f"Invalid SMS endpoint: {number}"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (attribute(StringValue=""), "must contain non-empty message attribute value for message"),
        (attribute("Binary", StringValue="a"), "with type 'Binary' must use field 'Binary'."),
        (attribute("Number", BinaryValue=b"a"), "with type 'Number' must use field 'String'."),
        (attribute("Number", StringValue="a"), "Could not cast message attribute 'a' value to num"),
        *(
            (attribute(kind, StringValue="a"), "has an invalid message attribute type, the set of")
            for kind in ("Text", "String.")
        ),
        (attribute(name="a^", StringValue="a"), "non-alphanumeric character '#x5E' was found"),
        (attribute(name=".a", StringValue="a"), "name starting with character '.' was found."),
        (attribute(name="a.", StringValue="a"), "name ending with character '.' was found."),
        (attribute(name="a..b", StringValue="a"), "can not have successive '.' character."),
        (attribute(name="a" * 256, StringValue="a"), "must be less than 256 bytes."),
    ],
)
def test_attributes_of_a_message_that_sns_does_not_take_are_refused(
    account: Account, given: dict[str, Any], words: str
) -> None:
    publish = account.client("sns").publish

    code, message = refusal(publish, TopicArn=TOPIC, Message="Hello", **given)

    assert code == "ParameterValueInvalid"
    assert words in message


def test_an_attribute_without_a_type_is_refused_by_its_path(account: Account) -> None:
    attributes = {"a": {"StringValue": "b"}, "c": {}}

    code, message = refusal(
        account.client("sns").publish, TopicArn=TOPIC, Message="Hello", MessageAttributes=attributes
    )

    assert code == "ValidationError"
    for name in attributes:
        assert f"Value null at 'messageAttributes.{name}.member.dataType' failed" in message


def test_texts_that_are_there_twice_are_taken(account: Account) -> None:
    sns = account.client("sns")
    topic_arn = sns.create_topic(Name="twice")["TopicArn"]
    texts = '{"default": "a", "default": "b"}'

    assert sns.publish(TopicArn=topic_arn, Message=texts, MessageStructure="json")["MessageId"]


def test_a_number_may_be_written_with_hyphens(account: Account) -> None:
    assert account.client("sns").publish(PhoneNumber="+1-555-555-0100", Message="Hello")
