"""What SNS refuses of topics, subscriptions and messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.account_in_sandbox import ACCOUNT_ID, Account, queue_arn, refusal

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:feedback"
ORDERED = f"{TOPIC}.fifo"
NOTHING_BUT = "Value of anything-but must be a non-empty list of strings or numbers"


@pytest.fixture(scope="module", autouse=True)
def subscription_arn(account: Account) -> str:
    sns = account.client("sns")
    sns.create_topic(Name="feedback", Tags=[{"Key": "a", "Value": "b"}])
    sns.create_topic(Name="feedback.fifo", Attributes={"FifoTopic": "true"})
    arn: str = sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=queue_arn())[
        "SubscriptionArn"
    ]
    return arn


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Name": "a b"}, "Topic Name"),
        (
            {"Name": "feedback", "Tags": [{"Key": "a", "Value": "c"}]},
            "Tags Reason: Topic already exists with different tags",
        ),
        (
            {"Name": "new", "Tags": [{"Key": "a", "Value": "b"}] * 2},
            "Duplicated keys are not allowed.",
        ),
        ({"Name": "new", "Attributes": {"Nonsense": "1"}}, "Attributes Reason: AttributeName"),
        (
            {"Name": "new", "Attributes": {"ContentBasedDeduplication": "true"}},
            "Attributes Reason: AttributeName",
        ),
        (
            {
                "Name": "feedback.fifo",
                "Attributes": {"FifoTopic": "true", "ContentBasedDeduplication": "true"},
            },
            "Attributes Reason: Topic already exists with different attributes",
        ),
    ],
)
def test_a_topic_that_sns_does_not_take_is_refused(
    account: Account, given: dict[str, Any], words: str
) -> None:
    create = account.client("sns").create_topic

    assert refusal(create, **given) == ("InvalidParameter", f"Invalid parameter: {words}")


def test_tags_and_policies_that_are_none_are_refused(account: Account) -> None:
    sns, twice = account.client("sns"), [{"Key": "a", "Value": "b"}] * 2
    policy = {"AttributeName": "Policy", "AttributeValue": "{no JSON}"}

    assert refusal(sns.tag_resource, ResourceArn=TOPIC, Tags=twice)[1] == (
        "Invalid parameter: Duplicated keys are not allowed."
    )
    assert refusal(sns.set_topic_attributes, TopicArn=TOPIC, **policy)[1] == (
        "Invalid parameter: Policy Error: null"
    )
    deep = {**policy, "AttributeValue": "[" * 100_000}
    assert refusal(sns.set_topic_attributes, TopicArn=TOPIC, **deep)[1] == (
        "Invalid parameter: Policy Error: null"
    )


@pytest.mark.parametrize(
    ("protocol", "endpoint", "words"),
    [
        ("carrier", "pigeon", "Amazon SNS does not support this protocol string: carrier"),
        ("sqs", "http://127.0.0.1/queue", "SQS endpoint ARN"),
        ("lambda", queue_arn(), "Lambda endpoint ARN"),
        ("email", "nobody", "Email address"),
        ("https", "http://example.com", "Endpoint must match the specified protocol"),
    ],
)
def test_an_endpoint_that_the_protocol_does_not_reach_is_refused(
    account: Account, protocol: str, endpoint: str, words: str
) -> None:
    code, message = refusal(
        account.client("sns").subscribe, TopicArn=TOPIC, Protocol=protocol, Endpoint=endpoint
    )

    assert (code, message) == ("InvalidParameter", f"Invalid parameter: {words}")


def test_a_fifo_topic_reaches_queues_alone(account: Account) -> None:
    mail = {"TopicArn": ORDERED, "Protocol": "email", "Endpoint": "taro@example.com"}

    assert refusal(account.client("sns").subscribe, **mail) == (
        "InvalidParameter",
        "Invalid parameter: Invalid protocol type: email",
    )


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([{"Id": "a b", "Message": "Hello"}], "InvalidBatchEntryId"),
        ([{"Id": str(n), "Message": "x" * 150_000} for n in range(2)], "BatchRequestTooLong"),
    ],
)
def test_a_batch_that_sns_does_not_take_is_refused(
    account: Account, entries: list[dict[str, str]], code: str
) -> None:
    batch = {"TopicArn": TOPIC, "PublishBatchRequestEntries": entries}

    assert refusal(account.client("sns").publish_batch, **batch)[0] == code


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Nonsense", "1", "AttributeName"),
        (
            "RawMessageDelivery",
            "maybe",
            "RawMessageDelivery: Invalid value [maybe]. Must be true or false.",
        ),
        (
            "FilterPolicyScope",
            "all",
            "FilterPolicyScope: Invalid value [all]. Please use either MessageBody or "
            "MessageAttributes",
        ),
        ("FilterPolicy", "{no JSON}", "FilterPolicy: failed to parse JSON."),
        ("RedrivePolicy", "{no JSON}", "RedrivePolicy: failed to parse JSON."),
        (
            "RedrivePolicy",
            json.dumps({"deadLetterTargetArn": "queue"}),
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
    ],
)
def test_an_attribute_of_a_subscription_is_refused_when_it_is_made_and_when_it_is_changed(
    account: Account, subscription_arn: str, name: str, value: str, words: str
) -> None:
    sns = account.client("sns")
    made = {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": queue_arn("other")}
    changed = {"SubscriptionArn": subscription_arn, "AttributeName": name, "AttributeValue": value}

    _, when_made = refusal(sns.subscribe, Attributes={name: value}, **made)
    _, when_changed = refusal(sns.set_subscription_attributes, **changed)

    assert when_made == f"Invalid parameter: Attributes Reason: {words}"
    assert when_changed == f"Invalid parameter: {words}"


def test_what_is_not_there_is_not_found(account: Account, subscription_arn: str) -> None:
    sns, raw = account.client("sns"), {"AttributeName": "RawMessageDelivery"}

    assert refusal(sns.publish, TopicArn=f"{TOPIC}-2", Message="Hello") == (
        "NotFound",
        "Topic does not exist",
    )
    assert refusal(
        sns.set_subscription_attributes,
        SubscriptionArn=f"{subscription_arn}0",
        AttributeValue="true",
        **raw,
    ) == ("NotFound", "Subscription does not exist")


def attribute(kind: str = "String", name: str = "a", **value: Any) -> dict[str, Any]:
    return {"MessageAttributes": {name: {"DataType": kind, **value}}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"TopicArn": "feedback"}, "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ({"Message": ""}, "Empty message"),
        ({"Message": "x" * (256 * 1024 + 1)}, "Message too long"),
        ({"Message": "x" * 256 * 1024, **attribute(StringValue="a")}, "Message too long"),
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


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (attribute(StringValue=""), "must contain non-empty message attribute value for message"),
        (attribute("Binary", StringValue="a"), "with type 'Binary' must use field 'Binary'."),
        (attribute("Number", BinaryValue=b"a"), "with type 'Number' must use field 'String'."),
        (attribute("Number", StringValue="a"), "Could not cast message attribute 'a' value to num"),
        (attribute("Text", StringValue="a"), "has an invalid message attribute type, the set of"),
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


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "Empty arrays are not allowed"),
        ([{"wildcard": "a**"}], "Consecutive wildcard characters"),
        ([{"cidr": "10.0.0.0/99"}], "Malformed CIDR, 10.0.0.0/99"),
        ([{"nope": "a"}], "Unrecognized match type nope"),
        ([{}], "Only one key allowed in match expression"),
        ([{"prefix": "a", "suffix": "b"}], "Only one key allowed in match expression"),
        ([{"prefix": 1}], "prefix match pattern must be a string"),
        ([{"equals-ignore-case": ["a"]}], "equals-ignore-case match pattern must be a string"),
        ([{"cidr": 5}], "cidr match pattern must be a string"),
        ([{"anything-but": {"nope": "a"}}], "Unsupported anything-but pattern"),
        ([{"anything-but": {}}], "Unsupported anything-but pattern"),
        ([{"anything-but": []}], NOTHING_BUT),
        ([{"anything-but": True}], NOTHING_BUT),
        ([{"anything-but": {"prefix": [1]}}], NOTHING_BUT),
    ],
)
def test_a_filter_policy_that_sns_does_not_take_is_refused(
    account: Account, subscription_arn: str, rules: list[Any], words: str
) -> None:
    answer = refusal(
        account.client("sns").set_subscription_attributes,
        SubscriptionArn=subscription_arn,
        AttributeName="FilterPolicy",
        AttributeValue=json.dumps({"a": rules}),
    )

    assert answer == ("InvalidParameter", f"Invalid parameter: FilterPolicy: {words}")


def test_who_is_asked_has_not_confirmed_a_subscription(account: Account) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="asked")["TopicArn"]
    asked = {"TopicArn": topic, "Protocol": "email", "Endpoint": "taro@example.com"}

    assert sns.subscribe(**asked)["SubscriptionArn"] == "pending confirmation"
    arn = sns.subscribe(**asked, ReturnSubscriptionArn=True)["SubscriptionArn"]

    assert arn.startswith(f"{topic}:")
    [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsPending"], counts["SubscriptionsConfirmed"]) == ("1", "0")
    assert refusal(sns.confirm_subscription, TopicArn=topic, Token="x") == (
        "InvalidParameter",
        "Invalid parameter: Token",
    )
