"""Stacks that cannot be created or deleted end as on AWS."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.parts.stacks import (
    BROKEN,
    QUEUE,
    STACK_NAME,
    TOPIC,
    client_of_user,
    create,
    delete_stack,
    describe_stack,
    failures,
    queues,
    template,
)

pytestmark = pytest.mark.slow


def test_a_stack_whose_resource_fails_is_rolled_back(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template(Broken=BROKEN))

    assert describe_stack(mailfanout_target)["StackStatus"] == "ROLLBACK_COMPLETE"
    [(name, reason)] = failures(mailfanout_target)
    assert (name, "sqs:CreateQueue" in reason) == ("Broken", True), reason
    assert queues(mailfanout_target) == {}
    assert "StackStatusReason" not in describe_stack(mailfanout_target)
    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    told = {one["ResourceStatus"]: one.get("ResourceStatusReason") for one in events}
    assert told["ROLLBACK_IN_PROGRESS"] == (
        "The following resource(s) failed to create: [Broken]. Rollback requested by user."
    )


NAMED = [
    ("AWS::SQS::Queue", ("sqs", "create_queue", "QueueName"), "QueueName"),
    ("AWS::SNS::Topic", ("sns", "create_topic", "Name"), "TopicName"),
    ("AWS::S3::Bucket", ("s3", "create_bucket", "Bucket"), "BucketName"),
]


@pytest.mark.parametrize(("kind", "made", "name"), NAMED)
def test_a_stack_does_not_take_what_is_there_already(
    mailfanout_target: Target,
    cloudformation: Any,
    kind: str,
    made: tuple[str, str, str],
    name: str,
) -> None:
    service, operation, parameter = made
    getattr(mailfanout_target.client(service), operation)(**{parameter: "already-there"})

    create(cloudformation, template(Own={"Type": kind, "Properties": {name: "already-there"}}))

    words = f"Resource of type '{kind}' with identifier 'already-there' already exists."
    assert failures(mailfanout_target) == [("Own", words)]


@pytest.mark.parametrize(
    ("kind", "made", "name", "denied"),
    [
        (*one, denied)
        for one, denied in zip(
            NAMED, ("sqs:getqueueurl", "SNS:GetTopicAttributes", "s3:ListBucket"), strict=True
        )
    ],
)
def test_a_stack_makes_nothing_that_it_may_not_look_for(
    mailfanout_target: Target, kind: str, made: tuple[str, str, str], name: str, denied: str
) -> None:
    service, operation, parameter = made
    getattr(mailfanout_target.client(service), operation)(**{parameter: "already-there"})
    anna = client_of_user(
        mailfanout_target, "cloudformation:*", *(f"{one}:Create*" for one in ("sqs", "sns", "s3"))
    )

    create(anna, template(Queue={"Type": kind, "Properties": {name: "already-there"}}))

    [(_, reason)] = failures(mailfanout_target)
    assert describe_stack(mailfanout_target)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert f"/anna is not authorized to perform: {denied} on resource" in reason


def test_a_stack_that_cannot_be_deleted_leaves_what_it_is_told_to(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    s3, kept = mailfanout_target.client("s3"), {"StackName": STACK_NAME, "RetainResources": ["Own"]}
    own = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "not-empty"}}
    create(cloudformation, template(Own=own))
    s3.put_object(Bucket="not-empty", Key="a", Body=b"a")
    with pytest.raises(ClientError, match="retains no resources"):
        cloudformation.delete_stack(**kept)

    assert delete_stack(mailfanout_target) == "DELETE_FAILED"
    cloudformation.delete_stack(**kept)

    with pytest.raises(ClientError, match="does not exist"):
        describe_stack(mailfanout_target)
    assert s3.head_bucket(Bucket="not-empty")


def test_what_a_resource_that_cannot_be_deleted_needs_stays_too(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    own = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "not-empty"}}
    first, other = ({"Type": "AWS::SQS::Queue"} for _ in range(2))
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "First"}}}
    whole = template(First=first, Topic=topic, Own={**own, "DependsOn": "Topic"}, Other=other)
    create(cloudformation, whole)
    mailfanout_target.client("s3").put_object(Bucket="not-empty", Key="a", Body=b"a")

    assert delete_stack(mailfanout_target) == "DELETE_FAILED"

    left = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    states = {one["LogicalResourceId"]: one["ResourceStatus"] for one in left}
    assert states.pop("Own") == "DELETE_FAILED"
    assert {name for name in states if states[name] == "CREATE_COMPLETE"} == {"First", "Topic"}


@pytest.mark.parametrize(
    ("options", "status", "standing"),
    [
        ({"DisableRollback": True}, "CREATE_FAILED", {"first": "0"}),
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", {"first": "0"}),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE", {}),
    ],
)
def test_a_stack_that_fails_ends_as_it_was_asked_to(
    mailfanout_target: Target,
    cloudformation: Any,
    options: dict[str, Any],
    status: str,
    standing: dict[str, str],
) -> None:
    made = cloudformation.create_stack(
        StackName=STACK_NAME, TemplateBody=template(Broken=BROKEN), **options
    )

    assert describe_stack(mailfanout_target, made["StackId"])["StackStatus"] == status
    assert queues(mailfanout_target) == standing


@pytest.mark.parametrize(
    ("policy", "standing"), [("Retain", {"first": "0"}), ("RetainExceptOnCreate", {})]
)
def test_a_retained_resource_outlives_a_rollback_too(
    mailfanout_target: Target, cloudformation: Any, policy: str, standing: dict[str, str]
) -> None:
    create(cloudformation, template(Queue={**QUEUE, "DeletionPolicy": policy}, Broken=BROKEN))

    assert queues(mailfanout_target) == standing
    [summary] = cloudformation.list_stacks()["StackSummaries"]
    assert summary["StackStatus"] == "ROLLBACK_COMPLETE"
    assert summary["DriftInformation"] == {"StackDriftStatus": "NOT_CHECKED"}
    assert "DeletionTime" in summary


def test_a_property_of_another_type_fails_its_resource_and_all_is_undone(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    strange = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"a": 1}}}

    create(cloudformation, template(Topic={**TOPIC, "DependsOn": []}, Strange=strange))

    assert describe_stack(mailfanout_target)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert mailfanout_target.client("sns").list_topics()["Topics"] == []
