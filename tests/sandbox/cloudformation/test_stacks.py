"""Stacks are created, changed, rolled back and deleted as on AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.stacks import STACK_NAME, as_parameters, delete_stack, describe_stack, failures

pytestmark = pytest.mark.slow

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Name}"}}}
LENGTH = {"MinLength": 3, "MaxLength": 10}
PARAMETERS = {
    "Name": {"Type": "String", "Default": "first", "AllowedPattern": "[a-z]+", **LENGTH},
    "Delay": {"Type": "Number", "Default": 0, "MaxValue": 900},
    "Told": {"Type": "String", "Default": "nobody", "AllowedValues": ["nobody", "all"]},
}


def template(**resources: Mapping[str, Any]) -> str:
    delayed = {**QUEUE["Properties"], "DelaySeconds": {"Ref": "Delay"}}  # type: ignore[dict-item]
    queue = {**QUEUE, "Properties": delayed}
    told = {"Told": {"Fn::Equals": [{"Ref": "Told"}, "all"]}}
    return json.dumps(
        {
            "Parameters": PARAMETERS,
            "Conditions": told,
            "Resources": {"Queue": queue, **resources},
            "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
        }
    )


TOPIC = {"Type": "AWS::SNS::Topic", "Condition": "Told"}
# SQS knows no such queue to take the dead letters.
BROKEN = {
    "Type": "AWS::SQS::Queue",
    "DependsOn": "Queue",
    "Properties": {
        "RedrivePolicy": {
            "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:nobody",
            "maxReceiveCount": 5,
        }
    },
}


@pytest.fixture
def cloudformation(mailfanout_target: Target) -> Any:
    return mailfanout_target.client("cloudformation")


def create(cloudformation: Any, text: str, **parameters: str) -> None:
    cloudformation.create_stack(
        StackName=STACK_NAME, TemplateBody=text, Parameters=as_parameters(parameters)
    )


def update(cloudformation: Any, text: str, **parameters: str) -> None:
    cloudformation.update_stack(
        StackName=STACK_NAME, TemplateBody=text, Parameters=as_parameters(parameters)
    )


def queues(target: Target) -> dict[str, str]:
    """The queues' delays by their names."""
    sqs = target.client("sqs")
    delays = {}
    for url in sqs.list_queues().get("QueueUrls", []):
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
        delays[url.rpartition("/")[2]] = found["Attributes"]["DelaySeconds"]
    return delays


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Message"])


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


def test_a_name_that_is_not_given_is_chosen(mailfanout_target: Target, cloudformation: Any) -> None:
    create(cloudformation, template(Topic=TOPIC), Told="all")

    (topic,) = mailfanout_target.client("sns").list_topics()["Topics"]
    assert f":{STACK_NAME}-topic-" in topic["TopicArn"]


def test_a_stack_whose_resource_fails_is_rolled_back(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template(Broken=BROKEN))

    assert describe_stack(mailfanout_target)["StackStatus"] == "ROLLBACK_COMPLETE"
    [(name, reason)] = failures(mailfanout_target)
    assert (name, "sqs:CreateQueue" in reason) == ("Broken", True), reason
    assert queues(mailfanout_target) == {}


def test_a_changed_property_is_changed_in_place(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())
    mailfanout_target.client("sqs").send_message(
        QueueUrl=describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"], MessageBody="kept"
    )

    update(cloudformation, template(), Delay="7")

    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_COMPLETE"
    assert queues(mailfanout_target) == {"first": "7"}
    url = describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"]
    assert mailfanout_target.client("sqs").receive_message(QueueUrl=url)["Messages"]


def test_a_changed_name_makes_it_anew_and_deletes_the_old_one(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())

    update(cloudformation, template(), Name="second")

    assert queues(mailfanout_target) == {"second": "0"}
    assert describe_stack(mailfanout_target)["Outputs"][0]["OutputValue"].endswith("/second")


def test_an_update_that_fails_is_undone(mailfanout_target: Target, cloudformation: Any) -> None:
    create(cloudformation, template())

    update(cloudformation, template(Broken=BROKEN), Name="second", Delay="7")

    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert queues(mailfanout_target) == {"first": "0"}
    update(cloudformation, template(), Delay="3")
    assert queues(mailfanout_target) == {"first": "3"}


def test_what_the_template_has_no_more_is_deleted(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template(Topic=TOPIC), Told="all")

    update(cloudformation, template())

    assert mailfanout_target.client("sns").list_topics()["Topics"] == []


def test_an_update_without_a_change_is_refused(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template())

    with pytest.raises(ClientError) as error:
        update(cloudformation, template())

    assert refusal(error) == "No updates are to be performed."
    assert describe_stack(mailfanout_target)["StackStatus"] == "CREATE_COMPLETE"


def test_a_retained_resource_outlives_its_stack(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    create(cloudformation, template(Queue={**QUEUE, "DeletionPolicy": "Retain"}))

    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"

    assert queues(mailfanout_target) == {"first": "0"}


def test_a_caller_makes_only_what_it_may(mailfanout_target: Target, cloudformation: Any) -> None:
    iam = mailfanout_target.client("iam")
    iam.create_user(UserName="anna")
    statement = {
        "Effect": "Allow",
        "Action": ["cloudformation:*", "sqs:CreateQueue"],
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="anna", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="anna")["AccessKey"]
    session = boto3.Session(
        key["AccessKeyId"], key["SecretAccessKey"], region_name=mailfanout_target.region
    )
    anna = session.client("cloudformation", endpoint_url=mailfanout_target.endpoint_url)

    create(anna, template(Topic={**TOPIC, "DependsOn": "Queue"}), Told="all")

    assert [name for name, _ in failures(mailfanout_target)] == ["Queue", "Topic"]
    # She may make a queue, but not delete it.
    assert describe_stack(mailfanout_target)["StackStatus"] == "ROLLBACK_FAILED"
    assert mailfanout_target.client("sns").list_topics()["Topics"] == []
    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"


ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}


@pytest.mark.parametrize(
    ("text", "parameters", "words"),
    [
        ("Resources: [", {}, "YAML not well-formed"),
        ("[" * 2000, {}, "nested too deeply"),
        ("{}", {}, "At least one Resources member"),
        ("Resources: [Queue]", {}, "Resources must be an object"),
        ("Resources: {Queue: {Type: 5}}", {}, "must contain a Type member"),
        (template(Queue={**QUEUE, "Properties": ["x"]}), {}, "Properties of Queue must be"),
        (template(Vpc={"Type": "AWS::EC2::VPC"}), {}, "does not make: AWS::EC2::VPC"),
        (template(), {"Other": "x"}, "Parameters: [Other] do not exist in the template"),
        (template(), {"Name": "UPPER"}, "Parameter 'Name' must match pattern"),
        (template(), {"Name": 11 * "x"}, "Parameter 'Name' must contain at most 10 characters"),
        (template(), {"Name": "xy"}, "Parameter 'Name' must contain at least 3 characters"),
        (template(), {"Told": "some"}, "Parameter 'Told' must be one of AllowedValues"),
        (template(), {"Delay": "901"}, "Parameter 'Delay' is out of its range"),
        (template(Role=ROLE), {}, "Requires capabilities : [CAPABILITY_IAM]"),
        (template(Topic={**TOPIC, "DependsOn": "Nobody"}), {}, "dependencies ['Nobody']"),
        (
            template(Queue={**QUEUE, "DependsOn": "Topic"}, Topic={**TOPIC, "DependsOn": "Queue"}),
            {"Told": "all"},
            "Circular dependency between resources: [Queue, Topic]",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 else "",
)
def test_a_template_that_cannot_be_carried_out_is_refused(
    mailfanout_target: Target,
    cloudformation: Any,
    text: str,
    parameters: dict[str, str],
    words: str,
) -> None:
    with pytest.raises(ClientError) as error:
        create(cloudformation, text, **parameters)

    assert words in refusal(error)
    assert cloudformation.describe_stacks()["Stacks"] == []


@pytest.mark.parametrize("text", ["[" * 2000, "Resources: !!python/object/apply:os.getcwd []"])
def test_a_template_is_read_before_it_is_valid(cloudformation: Any, text: str) -> None:
    with pytest.raises(ClientError) as error:
        cloudformation.validate_template(TemplateBody=text)

    assert "Template format error" in refusal(error)
    assert cloudformation.validate_template(TemplateBody=template())["Parameters"]
    with pytest.raises(ClientError, match="does not do cloudformation:CreateStackSet"):
        cloudformation.create_stack_set(StackSetName="set", TemplateBody=text)


def test_a_property_of_another_type_fails_its_resource_and_all_is_undone(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    strange = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"a": 1}}}

    create(cloudformation, template(Topic={**TOPIC, "DependsOn": []}, Strange=strange))

    assert describe_stack(mailfanout_target)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert mailfanout_target.client("sns").list_topics()["Topics"] == []


def test_a_protected_stack_is_not_deleted(mailfanout_target: Target, cloudformation: Any) -> None:
    protect = cloudformation.update_termination_protection
    create(cloudformation, template())
    protect(StackName=STACK_NAME, EnableTerminationProtection=True)

    with pytest.raises(ClientError) as error:
        cloudformation.delete_stack(StackName=STACK_NAME)

    assert "while TerminationProtection is enabled" in refusal(error)
    assert describe_stack(mailfanout_target)["EnableTerminationProtection"]
    protect(StackName=STACK_NAME, EnableTerminationProtection=False)
    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"


def test_a_property_that_is_not_known_is_named(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    strange = {"Type": "AWS::SNS::Topic", "Properties": {"Color": "blue"}}

    create(cloudformation, template(Topic=strange))

    reason = "The sandbox's CloudFormation knows no property Color of AWS::SNS::Topic."
    assert failures(mailfanout_target) == [("Topic", reason)]


def test_a_change_set_says_what_an_update_would_do_and_does_it(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    names = {"StackName": STACK_NAME, "ChangeSetName": "rename"}
    text = template(Topic=TOPIC, Policy=POLICY)
    create(cloudformation, text, Told="all")
    kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in ("Delay", "Told")]

    cloudformation.create_change_set(
        **names, UsePreviousTemplate=True, Parameters=[*as_parameters({"Name": "second"}), *kept]
    )

    changes = cloudformation.describe_change_set(**names)["Changes"]
    told = {one["LogicalResourceId"]: one for one in (c["ResourceChange"] for c in changes)}
    assert {name: one["Replacement"] for name, one in told.items()} == {
        "Queue": "True",
        "Policy": "Conditional",
    }
    [detail] = told["Queue"]["Details"]
    assert (detail["ChangeSource"], detail["CausingEntity"]) == ("ParameterReference", "Name")
    assert detail["Target"]["Name"] == "QueueName"
    assert queues(mailfanout_target) == {"first": "0"}

    cloudformation.execute_change_set(**names)

    assert queues(mailfanout_target) == {"second": "0"}


def test_a_change_set_without_changes_fails(mailfanout_target: Target, cloudformation: Any) -> None:
    names = {"StackName": STACK_NAME, "ChangeSetName": "nothing"}
    create(cloudformation, template())

    cloudformation.create_change_set(**names, TemplateBody=template())

    found = cloudformation.describe_change_set(**names)
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in found["StatusReason"]


POLICY = {
    "Type": "AWS::SQS::QueuePolicy",
    "Properties": {
        "Queues": [{"Ref": "Queue"}],
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": {"Ref": "AWS::AccountId"}},
                    "Action": "sqs:SendMessage",
                    "Resource": {"Fn::GetAtt": "Queue.Arn"},
                }
            ],
        },
    },
}


def test_an_identitys_tags_change_while_it_stays(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    def identity(**tags: str) -> str:
        properties = {
            "EmailIdentity": "anna@example.com",
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        return template(Identity={"Type": "AWS::SES::EmailIdentity", "Properties": properties})

    create(cloudformation, identity(stack="first", old="1"))

    update(cloudformation, identity(stack="second", new="2"))

    found = mailfanout_target.client("sesv2").get_email_identity(EmailIdentity="anna@example.com")
    assert {one["Key"]: one["Value"] for one in found["Tags"]} == {"stack": "second", "new": "2"}
    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_COMPLETE"
