"""A topic of a stack: its settings, its subscribers, and the policy that it may lose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.target import Target
from support.parts.stacks import STACK_NAME, create, describe_stack, failures, update
from support.sandboxes.account_setup import policy

pytestmark = pytest.mark.slow


def topic(**properties: Any) -> str:
    resources = {"It": {"Type": "AWS::SNS::Topic", "Properties": properties}}
    return json.dumps({"Resources": resources, "Outputs": {"Ref": {"Value": {"Ref": "It"}}}})


def test_a_topic_has_the_settings_and_the_subscribers_of_its_template(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    sns = mailfanout_target.client("sns")
    one, two, three = ({"Protocol": "sms", "Endpoint": f"+1555000000{n}"} for n in range(3))

    def subscribers() -> list[dict[str, str]]:
        listed = sns.list_subscriptions()["Subscriptions"]
        found = ({name: each[name] for name in ("Protocol", "Endpoint")} for each in listed)
        return sorted(found, key=lambda each: each["Endpoint"])

    create(cloudformation, topic(SignatureVersion=2, Subscription=[one, two]))
    arn = describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"]
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SignatureVersion"] == "2"
    assert subscribers() == [one, two]

    update(cloudformation, topic(Subscription=[two, three]))

    assert failures(mailfanout_target) == []
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SignatureVersion"] == "1"
    assert subscribers() == [two, three]
    drift = {"StackName": STACK_NAME, "LogicalResourceId": "It"}
    found = cloudformation.detect_stack_resource_drift(**drift)["StackResourceDrift"]
    assert found["StackResourceDriftStatus"] == "IN_SYNC"


def test_a_topic_that_cannot_have_its_subscribers_is_not_there(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, topic(Subscription=[{"Protocol": "email", "Endpoint": "nobody"}]))

    assert len(failures(mailfanout_target)) == 1
    assert mailfanout_target.client("sns").list_topics()["Topics"] == []


def test_a_topic_that_loses_its_policy_has_its_first_one_again(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    sns = mailfanout_target.client("sns")
    it = json.loads(topic())
    on_topic = {"Topics": [{"Ref": "It"}], "PolicyDocument": json.loads(policy())}
    resources = {**it["Resources"], "P": {"Type": "AWS::SNS::TopicPolicy", "Properties": on_topic}}

    def shown() -> Any:
        arn = describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"]
        return json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])

    create(cloudformation, json.dumps(it))
    first = shown()
    update(cloudformation, json.dumps({**it, "Resources": resources}))
    assert shown() != first

    update(cloudformation, json.dumps(it))

    assert shown() == first
