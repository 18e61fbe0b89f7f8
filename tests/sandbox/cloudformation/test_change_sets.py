"""A change set says what an update would do, and does it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.parts.stacks import STACK_NAME, TOPIC, as_parameters, create, queues, template, update

pytestmark = pytest.mark.slow

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
SUBSCRIPTION = {
    "Type": "AWS::SNS::Subscription",
    "Properties": {
        "TopicArn": {"Ref": "Topic"},
        "Protocol": "sqs",
        "Endpoint": {"Fn::GetAtt": "Queue.Arn"},
    },
}


def told_of(cloudformation: Any, **names: Any) -> dict[str, Any]:
    """What a change set says of each resource that it would change, by its logical id."""
    changes = cloudformation.describe_change_set(**names)["Changes"]
    resources = [one["ResourceChange"] for one in changes]
    return {one["LogicalResourceId"]: one for one in resources}


def test_a_change_set_says_what_an_update_would_do_and_does_it(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    names = {"StackName": STACK_NAME, "ChangeSetName": "rename"}
    text = template(Topic={"Type": TOPIC["Type"]}, Policy=POLICY, Subscription=SUBSCRIPTION)
    create(cloudformation, text, Told="all")
    kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in ("Delay", "Told")]

    cloudformation.create_change_set(
        **names, UsePreviousTemplate=True, Parameters=[*as_parameters({"Name": "second"}), *kept]
    )

    told = told_of(cloudformation, **names)
    assert {name: one["Replacement"] for name, one in told.items()} == {
        "Queue": "True",
        "Policy": "False",
        "Subscription": "Conditional",
    }
    target = {"Attribute": "Properties", "Name": "QueueName", "RequiresRecreation": "Always"}
    assert told["Queue"]["Details"] == [
        {
            "Target": target,
            "Evaluation": "Static",
            "ChangeSource": "ParameterReference",
            "CausingEntity": "Name",
        },
        {"Target": target, "Evaluation": "Dynamic", "ChangeSource": "DirectModification"},
    ]
    assert told["Queue"]["PolicyAction"] == "ReplaceAndDelete"
    assert queues(mailfanout_target) == {"first": "0"}

    cloudformation.execute_change_set(**names)

    assert queues(mailfanout_target) == {"second": "0"}


def test_a_change_set_names_the_replaced_resources_for_which_others_change(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    def two_topics(name: str) -> str:
        joined = {"Fn::Join": ["-", [{"Ref": "First"}, {"Fn::Sub": "${First.TopicName}"}]]}
        properties = {"First": {"TopicName": name}, "Second": {"DisplayName": joined}}
        topics = {
            key: {"Type": "AWS::SNS::Topic", "Properties": one} for key, one in properties.items()
        }
        return json.dumps({"Resources": topics})

    names = {"StackName": STACK_NAME, "ChangeSetName": "rename"}
    create(cloudformation, two_topics("before"))
    cloudformation.create_change_set(**names, TemplateBody=two_topics("after"))

    def reasons(*, of: str, **options: Any) -> list[tuple[str, str, str | None]]:
        details = told_of(cloudformation, **names, **options)[of]["Details"]
        return [
            (one["ChangeSource"], one["Evaluation"], one.get("CausingEntity")) for one in details
        ]

    causes = [
        ("ResourceReference", "Static", "First"),
        ("ResourceAttribute", "Static", "First.TopicName"),
    ]
    itself = ("DirectModification", "Dynamic", None)
    assert reasons(of="First") == [("DirectModification", "Static", None)]
    assert reasons(of="Second") == causes
    assert reasons(of="Second", IncludePropertyValues=True) == [*causes, itself]


def test_a_change_set_knows_what_other_stacks_export(cloudformation: Any) -> None:
    def topic(name: str) -> dict[str, Any]:
        imported = {"DisplayName": {"Fn::ImportValue": name}}
        return {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": imported}}}

    exported = {"Said": {"Value": "Hello", "Export": {"Name": "greeting"}}}
    exporting = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": exported}
    create(cloudformation, json.dumps(exporting))

    after = []
    for name in ("greeting", "nothing"):
        names = {"StackName": f"importing-{name}", "ChangeSetName": "new"}
        text = json.dumps(topic(name))
        cloudformation.create_change_set(**names, TemplateBody=text, ChangeSetType="CREATE")
        told = told_of(cloudformation, **names, IncludePropertyValues=True)
        after.append(json.loads(told["Topic"]["AfterContext"])["Properties"]["DisplayName"])

    assert after == ["Hello", "{{changeSet:KNOWN_AFTER_APPLY}}"]


def test_a_change_set_says_which_values_it_would_give_if_it_is_asked(
    mailfanout_target: Target, cloudformation: Any
) -> None:
    names = {"StackName": STACK_NAME, "ChangeSetName": "rename"}
    create(cloudformation, template(Topic={"Type": TOPIC["Type"]}, Policy=POLICY))
    kept = {"ParameterKey": "Delay", "UsePreviousValue": True}
    cloudformation.create_change_set(
        **names, UsePreviousTemplate=True, Parameters=[*as_parameters({"Name": "second"}), kept]
    )

    told = told_of(cloudformation, **names, IncludePropertyValues=True)

    after = '{"Properties": {"QueueName": "second", "DelaySeconds": "0"}}'
    assert told["Queue"]["AfterContext"] == after
    assert "KNOWN_AFTER_APPLY" in str(told["Policy"])
    assert told["Queue"]["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "QueueName",
        "RequiresRecreation": "Always",
        "AfterValue": "second",
        "AttributeChangeType": "Modify",
        "BeforeValue": "first",
        "Path": "/Properties/QueueName",
    }


def test_a_change_set_without_changes_fails(mailfanout_target: Target, cloudformation: Any) -> None:
    names = {"StackName": STACK_NAME, "ChangeSetName": "nothing"}
    create(cloudformation, template())

    cloudformation.create_change_set(**names, TemplateBody=template())

    found = cloudformation.describe_change_set(**names)
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in found["StatusReason"]


def test_a_change_set_is_found_by_its_stack_or_its_arn(cloudformation: Any) -> None:
    text, name = template(), {"ChangeSetName": "first"}
    given = {**name, "StackName": STACK_NAME, "TemplateBody": text, "ChangeSetType": "CREATE"}
    arn = cloudformation.create_change_set(**given)["Id"]
    with pytest.raises(ClientError, match=r"StackName must be specified if ChangeSetName is not"):
        cloudformation.describe_change_set(**name)
    with pytest.raises(ClientError, match=r"Stack \[nope\] does not exist"):
        cloudformation.describe_change_set(**name, StackName="nope")

    with pytest.raises(ClientError, match="cannot be called on REVIEW_IN_PROGRESS stacks"):
        cloudformation.get_template_summary(StackName=STACK_NAME)
    with pytest.raises(ClientError, match=r"StackName is a required parameter\."):
        cloudformation.get_template(**name)
    told = cloudformation.get_template(**name, StackName=STACK_NAME)["TemplateBody"]
    assert told == json.loads(text)

    found = cloudformation.describe_change_set(ChangeSetName=arn)
    cloudformation.execute_change_set(ChangeSetName=arn)
    [stack] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]

    assert (found["IncludeNestedStacks"], found["RollbackConfiguration"]) == (False, {})
    assert "Tags" not in found
    assert stack["ChangeSetId"] == arn
    assert "Capabilities" not in stack
    with pytest.raises(ClientError, match=r"cannot be created again with the changeSet \[first"):
        cloudformation.create_change_set(**given)


def test_a_template_is_processed_as_it_was_written(cloudformation: Any) -> None:
    text = template()
    cloudformation.create_stack(StackName=STACK_NAME, TemplateBody=text)

    processed = cloudformation.get_template(StackName=STACK_NAME, TemplateStage="Processed")

    assert processed["TemplateBody"] == json.loads(text)


def test_a_stack_in_review_may_be_created_without_its_change_set(cloudformation: Any) -> None:
    given = {"StackName": STACK_NAME, "TemplateBody": template()}
    reviewed = cloudformation.create_change_set(
        **given, ChangeSetName="first", ChangeSetType="CREATE"
    )

    created = cloudformation.create_stack(**given)

    found = cloudformation.describe_change_set(ChangeSetName=reviewed["Id"])
    assert created["StackId"] == reviewed["StackId"]
    assert found["ExecutionStatus"] == "OBSOLETE"
    first = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"][-1]
    assert first["ResourceStatus"] == "REVIEW_IN_PROGRESS"


def test_a_name_is_of_one_change_set_until_that_is_executed(cloudformation: Any) -> None:
    create(cloudformation, template())
    names = {"StackName": STACK_NAME, "ChangeSetName": "again"}
    wanted = {**names, "TemplateBody": template(Topic={"Type": "AWS::SNS::Topic"})}
    first = cloudformation.create_change_set(**wanted)
    assert cloudformation.create_change_set(**wanted)["Id"] == first["Id"]
    for change, word in (({"TemplateBody": template()}, "Template"), ({"Tags": []}, "Tags")):
        with pytest.raises(ClientError, match=f"again cannot be created due to .* {word}$") as no:
            cloudformation.create_change_set(**{**wanted, **change})
        assert no.value.response["Error"]["Code"] == "AlreadyExistsException"
    cloudformation.create_change_set(**{**wanted, "ChangeSetName": "other"})

    cloudformation.execute_change_set(**names)

    with pytest.raises(ClientError, match=r"execution status of \[EXECUTE_COMPLETE\]"):
        cloudformation.execute_change_set(**names)
    [left] = cloudformation.list_change_sets(StackName=STACK_NAME)["Summaries"]
    assert (left["ChangeSetId"], left["ExecutionStatus"]) == (first["Id"], "EXECUTE_COMPLETE")
    assert cloudformation.create_change_set(**names, TemplateBody=template())["Id"] != first["Id"]


def test_a_change_set_that_cannot_be_executed_says_why(cloudformation: Any) -> None:
    create(cloudformation, template())
    topic = template(Topic={"Type": "AWS::SNS::Topic"})
    for name, text in (("nothing", template()), ("late", topic)):
        cloudformation.create_change_set(
            StackName=STACK_NAME, ChangeSetName=name, TemplateBody=text
        )
    update(cloudformation, template(), Delay="1")

    for name, status in (("nothing", r"status of \[FAILED"), ("late", r"execution .*\[OBSOLETE")):
        with pytest.raises(ClientError, match=rf"cannot be executed in its current {status}\]"):
            cloudformation.execute_change_set(StackName=STACK_NAME, ChangeSetName=name)
        for _ in range(2):
            cloudformation.delete_change_set(StackName=STACK_NAME, ChangeSetName=name)
    assert cloudformation.list_change_sets(StackName=STACK_NAME)["Summaries"] == []
    with pytest.raises(ClientError, match="imports no resources"):
        cloudformation.create_change_set(
            StackName=STACK_NAME, ChangeSetName="i", ChangeSetType="IMPORT", TemplateBody=topic
        )
