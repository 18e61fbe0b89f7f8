"""Policies of one queue or topic, by which they are named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailfanout.target import Target
from support.parts.stacks import STACK_NAME, create, describe_stack, failures, update

pytestmark = pytest.mark.slow

# A type of resource, what it is to its policy, how its policy is read, and with which action.
KINDS = {
    "SQS::Queue": ("Queue", ("sqs", "get_queue_attributes", "QueueUrl"), "sqs:SendMessage"),
    "SNS::Topic": ("TopicArn", ("sns", "get_topic_attributes", "TopicArn"), "sns:Publish"),
}


def template(kind: str, *policies: tuple[str, str]) -> str:
    """A and B, and P on one of them if there is one, which allows an action of this service."""
    owner, service = KINDS[kind][0], kind[:3].lower()
    resources: dict[str, Any] = {name: {"Type": f"AWS::{kind}"} for name in ("A", "B")}
    for on, action in policies:
        allowed: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": action}
        allowed["Resource"] = "*" if service == "sqs" else {"Ref": on}
        policy = {"Version": "2012-10-17", "Statement": [allowed]}
        properties = {owner: {"Ref": on}, "PolicyDocument": policy}
        resources["P"] = {"Type": f"AWS::{kind}InlinePolicy", "Properties": properties}
    outputs = {name: {"Value": {"Ref": name}} for name in resources}
    return json.dumps({"Resources": resources, "Outputs": outputs})


@pytest.mark.parametrize("kind", KINDS)
def test_an_inline_policy_is_put_on_its_owner_changed_moved_and_taken_away(
    mailfanout_target: Target, cloudformation: Any, kind: str
) -> None:
    _, (service, operation, name), action = KINDS[kind]
    client = mailfanout_target.client(service)
    asked = {"AttributeNames": ["All"]} if service == "sqs" else {}

    def outputs() -> dict[str, str]:
        found = describe_stack(mailfanout_target)["Outputs"]
        return {one["OutputKey"]: one["OutputValue"] for one in found}

    def allowed(key: str) -> Any:
        found = getattr(client, operation)(**{name: outputs()[key]}, **asked)["Attributes"]
        policy = json.loads(found.get("Policy", "{}"))
        actions = [one["Action"] for one in policy.get("Statement", [])]
        return [] if policy.get("Id") == "__default_policy_ID" else actions

    create(cloudformation, template(kind, ("A", action)))
    assert outputs()["P"] == outputs()["A"]
    assert (allowed("A"), allowed("B")) == ([action], [])
    update(cloudformation, template(kind, ("A", "*")))
    assert allowed("A") == ["*"]
    update(cloudformation, template(kind, ("B", action)))
    assert outputs()["P"] == outputs()["B"]
    assert (allowed("A"), allowed("B")) == ([], [action])
    update(cloudformation, template(kind))

    assert failures(mailfanout_target) == []
    assert allowed("B") == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_inline_policy_is_looked_at_for_drift(
    mailfanout_target: Target, cloudformation: Any, kind: str
) -> None:
    _, (service, _, name), action = KINDS[kind]
    create(cloudformation, template(kind, ("A", action)))

    def status() -> Any:
        asked = {"StackName": STACK_NAME, "LogicalResourceId": "P"}
        found = cloudformation.detect_stack_resource_drift(**asked)["StackResourceDrift"]
        return found["StackResourceDriftStatus"]

    assert status() == "IN_SYNC"
    resource = cloudformation.describe_stack_resource(StackName=STACK_NAME, LogicalResourceId="P")
    owner = {name: resource["StackResourceDetail"]["PhysicalResourceId"]}
    client = mailfanout_target.client(service)
    if service == "sqs":
        client.set_queue_attributes(**owner, Attributes={"Policy": ""})
    else:
        others = {"AWSAccountId": ["123456789012"], "ActionName": ["Publish"]}
        client.add_permission(**owner, **others, Label="other")

    assert status() == ("DELETED" if service == "sqs" else "MODIFIED")
