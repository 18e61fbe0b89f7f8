"""A stack is done when its roles are known, and may do what the template says."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from support.parts.stacks import CAPABILITIES, STACK_NAME, describe_stack
from support.sandboxes.hasty_sandbox import hasty_target
from support.waiting import wait_until

pytestmark = pytest.mark.slow

TRUST = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


def role_that_may(action: str) -> str:
    policy = {
        "PolicyName": "work",
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}],
        },
    }
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]},
        "Policies": [policy],
        "RoleName": "worker",
    }
    return json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}})


def test_an_updated_stack_is_done_when_its_role_may_do_what_is_new(home: Path) -> None:
    with hasty_target(home) as target:
        cloudformation = target.client("cloudformation")
        stack = {"StackName": STACK_NAME, "Capabilities": CAPABILITIES}
        cloudformation.create_stack(**stack, TemplateBody=role_that_may("s3:ListAllMyBuckets"))
        wait_until(lambda: describe_stack(target)["StackStatus"] == "CREATE_COMPLETE")
        arn = target.client("iam").get_role(RoleName="worker")["Role"]["Arn"]
        keys = target.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        worker = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        sqs = worker.client("sqs", target.region, endpoint_url=target.endpoint_url)

        cloudformation.update_stack(**stack, TemplateBody=role_that_may("sqs:ListQueues"))
        wait_until(lambda: describe_stack(target)["StackStatus"] == "UPDATE_COMPLETE")

        assert "QueueUrls" not in sqs.list_queues()
