"""How templates are read, as JSON or YAML, and what is said of one that nobody carries out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout.sandbox.cloudformation.templates import read_template
from support.parts.stacks import message_of, template

pytestmark = pytest.mark.slow

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}


def test_json_may_be_indented_with_tabs_which_yaml_may_not(cloudformation: Any) -> None:
    text = json.dumps(json.loads(template()), indent="\t")

    assert cloudformation.validate_template(TemplateBody=text)["Parameters"]
    with pytest.raises(ClientError, match=r"YAML not well-formed. \(line 2, column 1\)"):
        cloudformation.validate_template(TemplateBody="Resources:\n\tQueue: {}")


def test_a_template_says_which_of_its_resources_take_capabilities(cloudformation: Any) -> None:
    text = template(Role=ROLE)

    for found in (
        cloudformation.validate_template(TemplateBody=text),
        cloudformation.get_template_summary(TemplateBody=text),
    ):
        assert found["Capabilities"] == ["CAPABILITY_IAM"]
        assert found["CapabilitiesReason"] == (
            "The following resource(s) require capabilities: [AWS::IAM::Role]"
        )


@pytest.mark.parametrize("text", ["[" * 2000, "Resources: !!python/object/apply:os.getcwd []"])
def test_a_template_is_read_before_it_is_valid(cloudformation: Any, text: str) -> None:
    with pytest.raises(ClientError) as error:
        cloudformation.validate_template(TemplateBody=text)

    assert "Template format error" in message_of(error)
    assert cloudformation.validate_template(TemplateBody=template())["Parameters"]
    with pytest.raises(ClientError, match="does not do cloudformation:CreateStackSet"):
        cloudformation.create_stack_set(StackSetName="set", TemplateBody=text)
    with pytest.raises(ClientError, match="does not do cloudformation:GetStackPolicy"):
        cloudformation.get_stack_policy(StackName="set")


@pytest.mark.parametrize(
    "text",
    [
        "Resources:\n  A: {Type: AWS::SQS::Queue}\n  A: {Type: AWS::SNS::Topic}",
        '{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Type": "AWS::SNS::Topic"}}}',
    ],
)
def test_of_a_key_that_is_written_twice_the_last_one_counts(text: str) -> None:
    read = read_template(text, {}, "us-east-1")

    assert read.resources == {"A": {"Type": "AWS::SNS::Topic"}}
