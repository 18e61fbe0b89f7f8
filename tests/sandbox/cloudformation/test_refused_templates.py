"""A template that cannot be carried out is refused before anything is made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.target import Target
from support.parts.stacks import QUEUE, TOPIC, create, message_of, template
from support.sandboxes.account_in_sandbox import ROLE_ARN

pytestmark = pytest.mark.slow

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}
# They would change a resource, or make several of it.
MACROS: list[dict[str, Any]] = [{"Fn::Transform": {"Name": "Mine"}}, {"Fn::ForEach::Each": []}]


@pytest.mark.parametrize(
    ("text", "parameters", "words"),
    [
        ("Resources:\n  A: {}\n- B", {}, "YAML not well-formed. (line 3, column 1)"),
        ("Resources: {A: \0}", {}, "YAML not well-formed. unacceptable character"),
        ("[" * 2000, {}, "nested too deeply"),
        ("{}", {}, "At least one Resources member"),
        ("Resources: [Queue]", {}, "Resources must be an object"),
        ('{"Resources": ""}', {}, "Any Resources member must be an object."),
        (
            template() + " " * 51_200,
            {},
            f"Value '{template()}{' ' * 51_200}' at 'templateBody' failed to satisfy constraint: "
            "Member must have length less than or equal to 51200",
        ),
        ("Parameters: {P: {Type: String, MaxLength: x}}", {}, "MaxLength of parameter P must be a"),
        ("Parameters: {P: {Type: Text}}", {}, "Unrecognized parameter type: Text"),
        ("Resources: {A: &a {Type: x}, B: *a}", {}, "YAML aliases are not allowed"),
        ("Resources: {Queue: {Type: 5}}", {}, "[/Resources/Queue] Every Resources object must"),
        ("Resources: {Queue: 5}", {}, "Any Resources member must be an object."),
        (template(Queue={**QUEUE, "X": 1}), {}, "Invalid template resource property 'X'"),
        ('{"Description": %s}' % ("1" * 5000), {}, "JSON not well-formed. "),
        ('{"this is no JSON"=', {}, "JSON not well-formed. (line 1, column 20)"),
        ("Resources: {Q: {Type: x}}\nOutputs: {O: {}}", {}, "member must contain a Value object"),
        (
            "Resources: {Q: {Type: x}}\nOutputs: {O: {Value: null}}",
            {},
            "[/Outputs/O/Value] 'null' values are not allowed in templates",
        ),
        (template(Queue={**QUEUE, "Properties": ["x"]}), {}, "Properties of Queue must be"),
        *(
            (
                json.dumps({"Transform": transform, "Resources": {"Queue": QUEUE}}),
                {},
                "does not do the transform AWS::Include",
            )
            for transform in (
                "AWS::Include",
                {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/part.yaml"}},
                ["AWS::Serverless-2016-10-31", {"Name": "AWS::Include"}],
            )
        ),
        *(
            (template(Queue={**QUEUE, **part}), {}, f"does not do {next(iter(part))}")
            for part in MACROS
        ),
        (
            template(Queue={**QUEUE, "Properties": {"A": 1, "Fn::Transform": {"Name": "Mine"}}}),
            {},
            "does not do Fn::Transform",
        ),
        (template(Vpc={"Type": "AWS::EC2::VPC"}), {}, "does not make: AWS::EC2::VPC"),
        (template(), {"Other": "x"}, "Parameters: [Other] do not exist in the template"),
        (template(), {"Name": "UPPER"}, "Parameter 'Name' must match pattern"),
        (template(), {"Name": 11 * "x"}, "Parameter 'Name' must contain at most 10 characters"),
        (template(), {"Delay": "１"}, "Parameter 'Delay' must be a number"),
        *(
            (
                f"{{Parameters: {{P: {{Type: String, AllowedPattern: '{pattern}'}}}}, "
                "Resources: {Queue: {Type: AWS::SQS::Queue}}}",
                {"P": "a" * 40 + "!"},
                f"AllowedPattern {pattern} {words}",
            )
            for pattern, words in (
                ("(", "is no regular expression"),
                ("(a|aa)+$", "takes too long"),
            )
        ),
        (template(), {"Name": "xy"}, "Parameter 'Name' must contain at least 3 characters"),
        (template(), {"Told": "some"}, "Parameter 'Told' must be one of AllowedValues"),
        (template(), {"Delay": "901"}, "Parameter 'Delay' must be a number not greater than 900"),
        (template(), {"Delay": "-1"}, "Parameter 'Delay' must be a number not less than 0"),
        (template(Role=ROLE), {}, "Requires capabilities : [CAPABILITY_IAM]"),
        (template(Topic={**TOPIC, "DependsOn": "Nobody"}), {}, "dependencies [Nobody] in"),
        (
            template(Topic={**TOPIC, "Properties": {"TopicName": {"Ref": "Nobody"}}}),
            {},
            "dependencies [Nobody] in",
        ),
        (
            template(Topic={**TOPIC, "Properties": {"TopicName": {"Fn::GetAtt": "Nobody.Arn"}}}),
            {},
            "instance of Fn::GetAtt references undefined resource Nobody",
        ),
        ("{Resources: {Q: {Type: x}}, Queues: {}}", {}, "property or properties [Queues]"),
        (template(**{"my-topic": TOPIC}), {}, "Resource name my-topic is non alphanumeric."),
        ("AWSTemplateFormatVersion: 2010-9-9", {}, "2010-9-9 is not a supported value for AWST"),
        (template(Topic={**TOPIC, "DependsOn": 5}), {}, "DependsOn must be a string or list of"),
        (
            template(**{f"Topic{number}": TOPIC for number in range(500)}),
            {},
            "Number of resources, 501, is greater than maximum allowed, 500",
        ),
        *(
            (template(Topic={**TOPIC, policy: "x"}), {}, f"Unrecognized {policy} x for resource")
            for policy in ("DeletionPolicy", "UpdateReplacePolicy")
        ),
        *(
            (
                template(Topic={"Type": "AWS::SNS::Topic", "Properties": {"TopicName": value}}),
                {},
                words,
            )
            for value, words in (
                ({"Fn::FindInMap": ["a", "b", "c"]}, "Mapping named 'a' is not present in the"),
                ({"Fn::Nope": "x"}, "does not do Fn::Nope"),
                ({"Fn::Sub": 5}, "Fn::Sub does not take 5"),
                ({"Fn::GetAtt": "Queue.Color"}, "Queue does not support attribute type Color"),
                ({"Fn::GetAtt": 5}, "every Fn::GetAtt object requires two non-empty parameters"),
                ({"Fn::GetAtt": {"a": "b"}}, "every Fn::GetAtt object requires two non-empty p"),
                ({"Fn::Select": ["9", ["a"]]}, "cannot select nonexistent value at index 9"),
                ({"Fn::If": ["Nope", "a", "b"]}, "Unresolved condition dependency Nope"),
            )
        ),
        *(
            (f"{{Resources: {{Q: {{Type: 'AWS::SQS::Queue'}}}}, {more}}}", {}, words)
            for more, words in (
                ("Outputs: {O: {Value: !Ref No}}", "dependencies [No] in the Outputs block"),
                ("Outputs: {O: {Value: a, Condition: [A]}}", "Every Condition member must be a"),
                ("Outputs: {O: {Value: !GetAtt Q.X}}", "resource Q does not support attribute"),
                ("Conditions: [A]", "Conditions must be an object."),
                ("Mappings: A", "Mappings must be an object."),
                ("Mappings: {M: {A: b}}", "error: Every Mappings member A must be a map"),
                ("Mappings: {M: b}", "error: Every Mappings member M must be a map"),
                ("Mappings: {M: {A: {B: {C: d}}}}", "attribute must be a String or a List."),
                ("Mappings: {M: {A: {B: !Ref C}}}", "attribute must be a String or a List."),
                ("Parameters: {P: {Type: String, AllowedValues: 3}}", "AllowedValues of P must"),
                ("Outputs: {O-1: {Value: a}}", "Output name O-1 is non alphanumeric."),
                ("Conditions: {A: !Condition B, B: !Condition A}", "Circular dependency of condi"),
            )
        ),
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

    assert words in message_of(error)
    assert cloudformation.describe_stacks()["Stacks"] == []


@pytest.mark.parametrize("reference", [{"Ref": "Off"}, {"Fn::GetAtt": "Off.TopicName"}])
def test_what_a_condition_leaves_out_cannot_be_referred_to(
    cloudformation: Any, reference: dict[str, str]
) -> None:
    topic, words = {"Type": "AWS::SNS::Topic"}, "Unresolved resource dependencies [Off] in the"
    common = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    off = {**topic, "Condition": "Never"}
    user = {**topic, "Properties": {"DisplayName": reference}}
    in_resource = {**common, "Resources": {"Off": off, "User": user}}
    told = {"Outputs": {"Told": {"Value": reference}}}
    in_output = {**common, **told, "Resources": {"Off": off, "Other": topic}}

    answers = []
    for written in (in_resource, in_output):
        with pytest.raises(ClientError) as error:
            create(cloudformation, json.dumps(written))
        answers.append(message_of(error))

    assert answers == [
        f"Template format error: {words} Resources block of the template",
        f"{words} Outputs block of the template",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"Parameters": [{"ParameterKey": "Told", "ParameterValue": "all"}] * 2}, "more than once"),
        ({"OnFailure": "DELETE", "DisableRollback": False}, "DisableRollback or OnFailure can be"),
        ({"RoleARN": f"{ROLE_ARN}-nope"}, f"Role {ROLE_ARN}-nope is invalid or cannot be assumed"),
        ({"RoleARN": "no-role-in-any-account"}, "is invalid or cannot be assumed"),
        ({"Parameters": [{"ParameterValue": "x"}]}, "must have a ParameterKey"),
        *(
            ({"RollbackConfiguration": {"RollbackTriggers": [{"Arn": "x", "Type": kind}]}}, words)
            for kind, words in (
                ("AWS::SNS::Topic", "Rollback Trigger Type not supported"),
                ("AWS::CloudWatch::Alarm", "RelativeId of a Rollback Trigger's ARN is incorrect"),
            )
        ),
        ({"StackPolicyBody": "{}"}, "keeps no stack policies: leave out StackPolicyBody"),
        (
            {"NotificationARNs": ["arn:aws:sns:us-east-1:123456789012:told"]},
            "tells no topics what happens to stacks",
        ),
        ({"StackName": "s" * 129}, "Member must have length less than or equal to 128"),
        ({"TemplateURL": "http://example.com/a"}, "TemplateURL must be a supported URL."),
        (
            {"ResourceTypes": ["AWS::SNS::*"]},
            "not allowed by parameter ResourceTypes [AWS::SNS::*]",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(
    cloudformation: Any, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError) as error:
        body = {} if "TemplateURL" in options else {"TemplateBody": template()}
        cloudformation.create_stack(**{"StackName": "s", **body, **options})

    assert words in message_of(error)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("describe_stacks", "Stack with id none does not exist"),
        ("describe_stack_events", r"Stack \[none\] does not exist"),
        ("list_change_sets", r"Stack \[none\] does not exist"),
        ("describe_stack_resource", "Stack 'none' does not exist"),
    ],
)
def test_a_stack_that_is_not_there_is_named_as_the_operation_names_it(
    cloudformation: Any, operation: str, words: str
) -> None:
    more = {"LogicalResourceId": "Q"} if operation == "describe_stack_resource" else {}

    with pytest.raises(ClientError, match=words):
        getattr(cloudformation, operation)(StackName="none", **more)


def test_an_answer_in_xml_has_no_character_that_xml_cannot_hold(cloudformation: Any) -> None:
    with pytest.raises(ClientError, match=r"Stack with id \? does not exist"):
        cloudformation.describe_stacks(StackName="\0")
    given = [{"ParameterKey": "Name", "ParameterValue": "queue\1"}]
    with pytest.raises(ClientError, match="must match pattern"):
        cloudformation.create_stack(StackName="s", TemplateBody=template(), Parameters=given)
    text = '{"Description": "a\\u0001", "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'

    cloudformation.create_stack(StackName="s", TemplateBody=text)

    [stack] = cloudformation.describe_stacks(StackName="s")["Stacks"]
    assert stack["Description"] == "a?"
