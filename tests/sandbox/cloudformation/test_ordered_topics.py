"""FIFO topics of templates, and subscriptions to topics of other Regions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.target import Target
from support.parts.stacks import STACK_NAME, create, describe_stack, failures, update

pytestmark = pytest.mark.slow

ELSEWHERE = "us-west-2"


def template(kind: str, **properties: Any) -> str:
    resources = {"It": {"Type": f"AWS::SNS::{kind}", "Properties": properties}}
    return json.dumps({"Resources": resources, "Outputs": {"Ref": {"Value": {"Ref": "It"}}}})


def reference(target: Target) -> str:
    [output] = describe_stack(target)["Outputs"]
    return str(output["OutputValue"])


def drift(cloudformation: Any) -> Any:
    asked = {"StackName": STACK_NAME, "LogicalResourceId": "It"}
    found = cloudformation.detect_stack_resource_drift(**asked)["StackResourceDrift"]
    return found["StackResourceDriftStatus"]


def test_a_fifo_topic_has_an_archive_and_a_scope_until_its_template_has_none(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    archive = {"MessageRetentionPeriod": "30"}
    settings = {"ArchivePolicy": archive, "FifoThroughputScope": "MessageGroup"}

    def attributes() -> Any:
        arn = reference(mailfanout_target)
        return mailfanout_target.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]

    create(cloudformation, template("Topic", FifoTopic=True, **settings))
    assert json.loads(attributes()["ArchivePolicy"]) == archive
    assert attributes()["FifoThroughputScope"] == "MessageGroup"
    assert drift(cloudformation) == "IN_SYNC"
    update(cloudformation, template("Topic", FifoTopic=True))

    assert failures(mailfanout_target) == []
    assert "ArchivePolicy" not in attributes()
    assert attributes()["FifoThroughputScope"] == "Topic"


def test_a_subscription_may_be_to_a_topic_of_another_region(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    url = mailfanout_target.endpoint_url
    sns = mailfanout_target.session.client("sns", region_name=ELSEWHERE, endpoint_url=url)
    topic = sns.create_topic(Name="elsewhere")["TopicArn"]
    ends = {"TopicArn": topic, "Protocol": "sms", "Endpoint": "+15550000000"}

    def is_raw() -> Any:
        arn = reference(mailfanout_target)
        found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        return found["RawMessageDelivery"]

    create(cloudformation, template("Subscription", **ends, Region=ELSEWHERE))
    assert is_raw() == "false"
    update(
        cloudformation, template("Subscription", **ends, Region=ELSEWHERE, RawMessageDelivery=True)
    )
    assert is_raw() == "true"
    assert drift(cloudformation) == "IN_SYNC"
    cloudformation.delete_stack(StackName=STACK_NAME)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK_NAME)

    assert sns.list_subscriptions()["Subscriptions"] == []
