"""Stacks are created and deleted as on AWS; what they import, what they may."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.parts.stacks import (
    QUEUE,
    STACK_NAME,
    TOPIC,
    client_of_user,
    create,
    create_stack,
    delete_stack,
    describe_stack,
    failures,
    message_of,
    queues,
    template,
)

pytestmark = pytest.mark.slow


def test_a_stack_has_outputs_and_what_its_conditions_ask_for(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template(Topic=TOPIC), Delay="5")

    stack = describe_stack(mailfanout_target)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Outputs"][0]["OutputValue"].endswith("/first")
    assert queues(mailfanout_target) == {"first": "5"}
    resources = cloudformation.list_stack_resources(StackName=STACK_NAME)
    found = [one["LogicalResourceId"] for one in resources["StackResourceSummaries"]]
    assert found == ["Queue"]


def test_events_tell_what_a_resource_was_made_of(cloudformation: Any) -> None:
    create(cloudformation, template())

    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]

    told = [one for one in reversed(events) if one["LogicalResourceId"] == "Queue"]
    assert [(one["ResourceStatus"], one.get("ResourceStatusReason")) for one in told] == [
        ("CREATE_IN_PROGRESS", None),
        ("CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("CREATE_COMPLETE", None),
    ]
    assert {one["ResourceProperties"] for one in told} == {
        '{"QueueName":"first","DelaySeconds":"0"}'
    }
    assert len({one["EventId"] for one in events}) == len(events)


def test_a_stack_imports_what_another_exports(cloudformation: Any) -> None:
    def stack(name: str, value: Any, **export: Any) -> Any:
        outputs = {"Name": {"Value": value, **export}}
        text = json.dumps({"Resources": {"Queue": {"Type": QUEUE["Type"]}}, "Outputs": outputs})
        cloudformation.create_stack(StackName=name, TemplateBody=text)
        return described(name)

    def described(name: str) -> Any:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]

    def why(name: str) -> Any:
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return next(one["ResourceStatusReason"] for one in events if "Reason" in str(one))

    exported = stack("exports", "a", Export={"Name": {"Fn::Sub": "${AWS::StackName}-name"}})
    stack("doubled", "b", Export={"Name": "exports-name"})
    imported = stack("imports", {"Fn::ImportValue": "exports-name"})
    stack("missing", {"Fn::ImportValue": "nope"})
    cloudformation.delete_stack(StackName="exports")

    assert exported["Outputs"][0]["ExportName"] == "exports-name"
    asked = "Rollback requested by user."
    assert why("doubled") == (
        f"Export with name exports-name is already exported by stack exports. {asked}"
    )
    assert imported["Outputs"][0]["OutputValue"] == "a"
    assert why("missing") == f"No export named nope found. {asked}"
    assert described("exports")["StackStatusReason"].endswith("in use by imports")
    [export] = cloudformation.list_exports()["Exports"]
    assert (export["Name"], export["Value"]) == ("exports-name", "a")
    assert cloudformation.list_imports(ExportName="exports-name")["Imports"] == ["imports"]


def test_a_name_that_is_not_given_is_chosen(mailfanout_target: Target, cloudformation: Any) -> None:
    create(cloudformation, template(Topic=TOPIC), Told="all")

    (topic,) = mailfanout_target.client("sns").list_topics()["Topics"]
    assert f":{STACK_NAME}-Topic-" in topic["TopicArn"]


def test_a_bucket_and_a_resource_are_told_of_in_full(cloudformation: Any) -> None:
    metadata = {"For": "lists"}
    bucket = {"Type": "AWS::S3::Bucket", "Metadata": metadata, "Properties": {"BucketName": "told"}}
    names = ("DomainName", "DualStackDomainName", "RegionalDomainName")
    outputs = {name: {"Value": {"Fn::GetAtt": ["Bucket", name]}} for name in names}
    text = {"Resources": {"Bucket": bucket, "Queue": {"Type": QUEUE["Type"]}}, "Outputs": outputs}

    create(cloudformation, json.dumps(text))

    [stack] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    assert {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]} == {
        "DomainName": "told.s3.amazonaws.com",
        "DualStackDomainName": "told.s3.dualstack.us-east-1.amazonaws.com",
        "RegionalDomainName": "told.s3.us-east-1.amazonaws.com",
    }
    told = {
        name: cloudformation.describe_stack_resource(StackName=STACK_NAME, LogicalResourceId=name)
        for name in ("Bucket", "Queue")
    }
    found = {name: one["StackResourceDetail"]["Metadata"] for name, one in told.items()}
    assert found == {"Bucket": json.dumps(metadata), "Queue": "{}"}


def test_of_stacks_of_one_name_there_is_one(mailfanout_target: Target, cloudformation: Any) -> None:
    def made(number: int) -> str:
        with suppress(ClientError):
            create(cloudformation, template())
            return "made"
        return "refused"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(made, range(4))) == ["made", *["refused"] * 3]

    assert len(cloudformation.list_stacks()["StackSummaries"]) == 1


def test_a_stack_is_found_by_what_it_has_made(cloudformation: Any) -> None:
    create(cloudformation, template())
    describe = cloudformation.describe_stack_resources
    [queue] = describe(StackName=STACK_NAME)["StackResources"]

    assert describe(PhysicalResourceId=queue["PhysicalResourceId"])["StackResources"] == [queue]
    with pytest.raises(ClientError, match="Stack for nothing does not exist"):
        describe(PhysicalResourceId="nothing")


def test_of_a_deleted_stack_it_is_told_what_it_had(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())
    name = {"StackName": describe_stack(mailfanout_target)["StackId"]}
    [before] = cloudformation.list_stack_resources(**name)["StackResourceSummaries"]

    delete_stack(mailfanout_target)

    [after] = cloudformation.list_stack_resources(**name)["StackResourceSummaries"]
    assert after["LastUpdatedTimestamp"] > before["LastUpdatedTimestamp"]
    changed = {"ResourceStatus": "DELETE_COMPLETE"}
    assert after == before | changed | {"LastUpdatedTimestamp": after["LastUpdatedTimestamp"]}
    one = cloudformation.describe_stack_resource(**name, LogicalResourceId="Queue")
    assert one["StackResourceDetail"]["ResourceStatus"] == "DELETE_COMPLETE"


def test_a_retained_resource_outlives_its_stack(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template(Queue={**QUEUE, "DeletionPolicy": "Retain"}))

    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"

    assert queues(mailfanout_target) == {"first": "0"}


def test_a_caller_makes_only_what_it_may(mailfanout_target: Target, cloudformation: Any) -> None:
    queue_alone = ("sqs:CreateQueue", "sqs:GetQueueUrl")
    anna = client_of_user(mailfanout_target, "cloudformation:*", *queue_alone, "sns:Get*")

    create(anna, template(Topic={**TOPIC, "DependsOn": "Queue"}), Told="all")

    assert [name for name, _ in failures(mailfanout_target)] == ["Queue", "Topic"]
    # She may make a queue, but not delete it.
    assert describe_stack(mailfanout_target)["StackStatus"] == "ROLLBACK_FAILED"
    assert mailfanout_target.client("sns").list_topics()["Topics"] == []
    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"


def test_a_protected_stack_is_not_deleted(mailfanout_target: Target, cloudformation: Any) -> None:
    protect = cloudformation.update_termination_protection
    create(cloudformation, template())
    protect(StackName=STACK_NAME, EnableTerminationProtection=True)

    with pytest.raises(ClientError) as error:
        cloudformation.delete_stack(StackName=STACK_NAME)

    assert "while TerminationProtection is enabled" in message_of(error)
    assert describe_stack(mailfanout_target)["EnableTerminationProtection"]
    protect(StackName=STACK_NAME, EnableTerminationProtection=False)
    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"


def test_a_property_that_is_not_known_is_named(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    strange = {"Type": "AWS::SNS::Topic", "Properties": {"Color": "blue"}}

    create(cloudformation, template(Topic=strange))

    [(name, reason)] = failures(mailfanout_target)
    beginning = "The sandbox's CloudFormation knows no property Color of AWS::SNS::Topic: "
    assert name == "Topic"
    assert reason.startswith(f"{beginning}set it by the service's API. Known are ")
    assert "FifoThroughputScope, FifoTopic" in reason


def test_a_stacks_tags_are_those_of_its_resources_which_have_their_own_before_them(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    own = {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": "team", "Value": "own"}]}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "of-a-stack"}}
    tags = [{"Key": key, "Value": "stack"} for key in ("team", "course")]

    made = cloudformation.create_stack(
        StackName=STACK_NAME, TemplateBody=template(Own=own, Bucket=bucket), Tags=tags
    )

    sqs, s3 = mailfanout_target.client("sqs"), mailfanout_target.client("s3")
    found = [sqs.list_queue_tags(QueueUrl=url)["Tags"] for url in sqs.list_queues()["QueueUrls"]]
    assert sorted(found, key=lambda tags: tags["team"]) == [
        {"course": "stack", "team": "own"},
        {"course": "stack", "team": "stack"},
    ]
    of_bucket = s3.get_bucket_tagging(Bucket="of-a-stack")["TagSet"]
    assert {one["Key"]: one["Value"] for one in of_bucket} == {
        "aws:cloudformation:logical-id": "Bucket",
        "aws:cloudformation:stack-id": made["StackId"],
        "aws:cloudformation:stack-name": STACK_NAME,
        "course": "stack",
        "team": "stack",
    }
    with pytest.raises(ClientError, match="System tags cannot be removed by requester"):
        s3.put_bucket_tagging(Bucket="of-a-stack", Tagging={"TagSet": []})
    with pytest.raises(ClientError, match="Duplicate tag keys"):
        cloudformation.create_stack(StackName="s", TemplateBody=template(), Tags=[*tags, *tags])


def test_stacks_are_found_by_their_tags(mailfanout_target: Target, cloudformation: Any) -> None:
    tagging = mailfanout_target.client("resourcegroupstaggingapi")
    tags = [{"Key": "team", "Value": "mail"}]
    text = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    cloudformation.create_stack(StackName=STACK_NAME, TemplateBody=text, Tags=tags)

    found = tagging.get_resources(ResourceTypeFilters=["cloudformation:stack"])

    stack_id = describe_stack(mailfanout_target)["StackId"]
    assert found["ResourceTagMappingList"] == [{"ResourceARN": stack_id, "Tags": tags}]
    # Its topic has the tag, too.
    assert tagging.get_tag_keys()["TagKeys"].count("team") == 1
    assert tagging.get_tag_values(Key="team")["TagValues"] == ["mail"]


@pytest.mark.parametrize("is_listed", [False, True])
def test_a_transform_may_be_written_with_its_parameters(
    mailfanout_target: Target, cloudformation: Any, is_listed: bool
) -> None:
    sam: Any = {"Name": "AWS::Serverless-2016-10-31"}
    text = {
        "Transform": [sam] if is_listed else sam,
        "Resources": {"Table": {"Type": "AWS::Serverless::SimpleTable"}},
    }

    create_stack(mailfanout_target, json.dumps(text))

    [table] = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    assert table["ResourceType"] == "AWS::DynamoDB::Table"


def test_a_stack_shows_how_it_was_to_be_made(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    minutes = {"RollbackConfiguration": {"MonitoringTimeInMinutes": 3}, "TimeoutInMinutes": 5}
    cloudformation.create_stack(StackName=STACK_NAME, TemplateBody=template(), **minutes)

    stack = describe_stack(mailfanout_target)

    assert {name: stack[name] for name in minutes} == minutes
