"""What SNS refuses of topics."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import Account, queue_arn, topic_arn

pytestmark = pytest.mark.usefixtures("subscription_arn")

TOPIC = topic_arn()


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
            {"Name": "new", "Attributes": {"FifoThroughputScope": "Topic"}},
            "Attributes Reason: AttributeName",
        ),
        (
            {
                "Name": "new.fifo",
                "Attributes": {"FifoTopic": "true", "FifoThroughputScope": "Queue"},
            },
            "Attributes Reason: FifoThroughputScope: Invalid value [Queue]. Must be Topic or "
            "MessageGroup.",
        ),
        *(
            (
                {"Name": "new.fifo", "Attributes": {"FifoTopic": "true", name: "maybe"}},
                f"Attributes Reason: {name}: Invalid value [maybe]. Must be true or false.",
            )
            for name in ("ContentBasedDeduplication", "FifoTopic")
        ),
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
    for written in ("[" * 100_000, '{"Statement": 5}', '{"Statement": ["x"]}'):
        asked = {**policy, "AttributeValue": written}
        assert refusal(sns.set_topic_attributes, TopicArn=TOPIC, **asked)[1] == (
            "Invalid parameter: Policy Error: null"
        )


@pytest.mark.parametrize(
    "http", ["5", "[1]", '{"defaultHealthyRetryPolicy": 5}', '{"disableSubscriptionOverrides": {}}']
)
def test_a_delivery_policy_of_another_form_is_refused(account: Account, http: str) -> None:
    sns = account.client("sns")
    web = {"TopicArn": TOPIC, "Protocol": "https", "Endpoint": "https://example.com"}
    said = "DeliveryPolicy: failed to parse JSON."

    of_topic = {"DeliveryPolicy": f'{{"http": {http}}}'}
    of_hook = {"DeliveryPolicy": http.replace("defaultH", "h")}

    assert said in refusal(sns.create_topic, Name="web", Attributes=of_topic)[1]
    assert said in refusal(sns.subscribe, **web, Attributes=of_hook)[1]


def test_a_number_that_nobody_can_read_is_no_policy(account: Account) -> None:
    web = {"TopicArn": TOPIC, "Protocol": "https", "Endpoint": "https://example.com"}
    long = {"RedrivePolicy": "1" * 5000}

    words = refusal(account.client("sns").subscribe, **web, Attributes=long)[1]

    assert words.endswith("RedrivePolicy: failed to parse JSON.")


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


def test_a_topic_is_created_again_with_the_name_that_it_shows_and_no_other(
    account: Account,
) -> None:
    create = partial(account.client("sns").create_topic, Name="shown")
    arn = create(Attributes={"DisplayName": "Mail"})["TopicArn"]

    assert create(Attributes={"DisplayName": "Mail"})["TopicArn"] == arn
    assert refusal(create, Attributes={"DisplayName": "mail"})[0] == "InvalidParameter"


def test_a_topics_attributes_are_those_that_are_set(account: Account) -> None:
    sns, hook = account.client("sns"), {"defaultRequestPolicy": {"headerContentType": "text/csv"}}
    plain = sns.create_topic(Name="plain")["TopicArn"]
    set_ = {
        "LambdaSuccessFeedbackSampleRate": "100",
        "SignatureVersion": "2",
        "DeliveryPolicy": json.dumps({"http": hook}),
    }
    other = sns.create_topic(Name="other", Attributes=set_)["TopicArn"]

    first, second = (sns.get_topic_attributes(TopicArn=one)["Attributes"] for one in (plain, other))

    assert second.keys() - first.keys() == set_.keys()
    assert second["LambdaSuccessFeedbackSampleRate"] == "100"
    own = json.loads(second["DeliveryPolicy"])["http"]
    assert own == {**hook, "disableSubscriptionOverrides": False}
    for attributes, kind in ((first, "text/plain; charset=UTF-8"), (second, "text/csv")):
        effective = json.loads(attributes["EffectiveDeliveryPolicy"])["http"]
        assert effective["defaultRequestPolicy"] == {"headerContentType": kind}
        assert effective["defaultHealthyRetryPolicy"]["numRetries"] == 3
    nothing = json.dumps({"http": {"defaultRequestPolicy": None}})
    sns.set_topic_attributes(TopicArn=plain, AttributeName="DeliveryPolicy", AttributeValue=nothing)
    emptied = sns.get_topic_attributes(TopicArn=plain)["Attributes"]["DeliveryPolicy"]
    assert json.loads(emptied) == {"http": {"disableSubscriptionOverrides": False}}
