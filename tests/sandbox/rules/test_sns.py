"""What SNS refuses of topics, subscriptions and messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.sandbox.sns.filter_rules import wrong_policy
from support.account_in_sandbox import ACCOUNT_ID, Account, queue_arn, refusal

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:feedback"
ORDERED = f"{TOPIC}.fifo"
STANDARD = "FIFO SQS Queues can not be subscribed to standard SNS topics"
UNREAD = (
    "failed to parse JSON. Unexpected character ('n' (code 110)): was expecting double-quote to "
    "start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` "
    "disabled); line: 1, column: 2]"
)
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
        (
            {"Name": "feedback", "Attributes": {"DisplayName": "Another"}},
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
        ("sqs", queue_arn("orders.fifo"), f"Invalid parameter: Endpoint Reason: {STANDARD}"),
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
        ([{"Id": "1", "Message": "x" * 300_000}], "BatchRequestTooLong"),
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
        ("FilterPolicy", "{no JSON}", f"FilterPolicy: {UNREAD}"),
        ("FilterPolicy", "[]", "FilterPolicy: failed to parse JSON."),
        (
            "RedrivePolicy",
            json.dumps({"deadLetterTargetArn": queue_arn("orders.fifo")}),
            "RedrivePolicy: must use a standard queue as DLQ for a Subscription to this Topic.",
        ),
        ("RedrivePolicy", "{no JSON}", f"RedrivePolicy: {UNREAD}"),
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
    ("arn", "words"),
    [
        ("", "SubscriptionArn Reason: no value for required parameter"),
        ("no-arn", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        (f"{TOPIC}", "SubscriptionId"),
    ],
)
def test_what_is_no_subscription_is_not_ended(account: Account, arn: str, words: str) -> None:
    assert refusal(account.client("sns").unsubscribe, SubscriptionArn=arn) == (
        "InvalidParameter",
        f"Invalid parameter: {words}",
    )


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("get_topic_attributes", {}),
        ("publish", {"Message": "Hello"}),
        ("subscribe", {"Protocol": "sqs", "Endpoint": queue_arn()}),
        ("delete_topic", {}),
    ],
)
def test_a_topic_of_another_region_is_no_topic(
    account: Account, operation: str, given: dict[str, str]
) -> None:
    there = TOPIC.replace("us-east-1", "us-west-2")

    assert refusal(getattr(account.client("sns"), operation), TopicArn=there, **given) == (
        "InvalidParameter",
        "Invalid parameter: TopicArn",
    )


def test_who_subscribes_once_more_gives_the_same_attributes_or_none(account: Account) -> None:
    sns, raw = account.client("sns"), {"RawMessageDelivery": "true"}
    ends = {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": queue_arn("raw")}

    arns = {
        sns.subscribe(**ends, Attributes=attributes)["SubscriptionArn"]
        for attributes in (raw, raw, {}, {"FilterPolicyScope": "MessageAttributes"})
    }

    assert len(arns) == 1
    assert refusal(sns.subscribe, **ends, Attributes={"RawMessageDelivery": "false"}) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different "
        "attributes",
    )


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
        ([["a"]], "Match value must be String, number, true, false, or null"),
        ([10**9 + 1], "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ([{"exists": "no"}], "exists match pattern must be either true or false."),
        ([{"numeric": []}], "Invalid member in numeric match: ]"),
        ([{"numeric": [1, "<"]}], "Invalid member in numeric match: 1"),
        ([{"numeric": ["operator"]}], "Unrecognized numeric range operator: operator"),
        ([{"numeric": ["=", "0"]}], "Value of equals must be numeric"),
        ([{"numeric": [">="]}], "Value of >= must be numeric"),
        ([{"numeric": ["<", 9, ">", 1]}], "Too many elements in numeric expression"),
        ([{"numeric": [">", 1, 2]}], "Bad value in numeric range: 2"),
        ([{"numeric": [">", 1, ">", 2]}], "Bad numeric range operator: >"),
        ([{"numeric": [">", 1, "<"]}], "Value of < must be numeric"),
        ([{"numeric": [">", 3, "<", 1]}], "Bottom must be less than top"),
        ([{"numeric": [">", 1, "<", 2, "<", 3]}], "Too many terms in numeric range expression"),
        ("a", '"a" must be an object or an array'),
        ({"b": "c"}, '"b" must be an object or an array'),
        ([*range(151)], "Filter policy is too complex"),
        ([{}], "Only one key allowed in match expression"),
        ([{"prefix": "a", "suffix": "b"}], "Only one key allowed in match expression"),
        ([{"prefix": 1}], "prefix match pattern must be a string"),
        ([{"equals-ignore-case": ["a"]}], "equals-ignore-case match pattern must be a string"),
        ([{"cidr": 5}], "cidr match pattern must be a string"),
        ([{"anything-but": {"nope": "a"}}], "Unsupported anything-but pattern: nope"),
        ([{"anything-but": {}}], "Unsupported anything-but pattern: "),
        ([{"anything-but": {"prefix": False}}], "prefix match pattern must be a string"),
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


IN_GROUPS = {
    "source": ["a", "b", "c", "d"],
    "$or": [
        {"name": ["a", "b", "c", "d", "e", "f"]},
        {"type": ["a", "b", "c", "d"], "$or": [{"id": [1, 2, 3, 4]}, {"space": [1, 2, 3, 4]}]},
    ],
}
NESTED = {
    "$or": [{"name": ["a", "b", "c"]}, {"space": ["a", "b"]}],
    "detail": {"scope": ["a", "b"], "$or": [{"source": ["a"]}, {"type": ["a", "b", "c"]}]},
}


@pytest.mark.parametrize(
    ("policy", "scope", "words"),
    [
        (IN_GROUPS, "MessageAttributes", "FilterPolicy: Filter policy is too complex"),
        ({**IN_GROUPS, "source": ["a", "b", "c"]}, "MessageAttributes", None),
        (NESTED, "MessageBody", "FilterPolicy: Filter policy is too complex"),
        (
            NESTED,
            "MessageAttributes",
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            {str(n): ["a"] for n in range(6)},
            "MessageBody",
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
    ],
)
def test_a_policy_has_so_many_keys_and_combinations(
    policy: dict[str, Any], scope: str, words: str | None
) -> None:
    assert wrong_policy(policy, scope) == words


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
    words = [refusal(sns.confirm_subscription, TopicArn=topic, Token=t)[1] for t in ("x", "a" * 64)]
    assert words == ["Invalid token", "Invalid parameter: Token"]


def test_a_topics_attributes_are_those_that_are_set(account: Account) -> None:
    sns, hook = account.client("sns"), {"defaultRequestPolicy": {"headerContentType": "text/csv"}}
    plain = sns.create_topic(Name="plain")["TopicArn"]
    set_ = {"SignatureVersion": "2", "DeliveryPolicy": json.dumps({"http": hook})}
    other = sns.create_topic(Name="other", Attributes=set_)["TopicArn"]

    first, second = (sns.get_topic_attributes(TopicArn=one)["Attributes"] for one in (plain, other))

    assert second.keys() - first.keys() == {"DeliveryPolicy", "SignatureVersion"}
    own = json.loads(second["DeliveryPolicy"])["http"]
    assert own == {**hook, "disableSubscriptionOverrides": False}
    for attributes, kind in ((first, "text/plain; charset=UTF-8"), (second, "text/csv")):
        effective = json.loads(attributes["EffectiveDeliveryPolicy"])["http"]
        assert effective["defaultRequestPolicy"] == {"headerContentType": kind}
        assert effective["defaultHealthyRetryPolicy"]["numRetries"] == 3


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
