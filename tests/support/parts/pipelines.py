"""The pipeline: in moto, its parts by their titles, an upload's event, a role's denial."""

from __future__ import annotations

import json
from typing import Any

import boto3
import moto.core.models  # noqa: F401  it answers the sessions that are made after it

from mailfanout import provision
from mailfanout.stack import Stack
from mailfanout.target import Target

SEND_QUEUE, READ_MESSAGE = provision.function_names(Stack())
ROLE = {"RoleName": "lambda-s3-role"}
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
# What S3 tells sendQueue of the article's mail.
S3_EVENT = {
    "Records": [{"s3": {"bucket": {"name": "mailbody-20221119"}, "object": {"key": "example.txt"}}}]
}
DENY_ALL = json.dumps({"Version": "2012-10-17", "Statement": [DENY]})


def invoke_send_queue(target: Target, stack: Stack) -> Any:
    """What sendQueue answers to an upload, also if it fails."""
    response = target.client("lambda").invoke(
        FunctionName=stack.send_queue_name, Payload=json.dumps(S3_EVENT)
    )
    return json.loads(response["Payload"].read())


def never(_: float) -> None:
    raise AssertionError("there is nothing to wait for")


def in_moto(region: str) -> Target:
    return Target("aws", boto3.Session("testing", "testing", region_name=region), sleep=never)


US_EAST_1, EU_WEST_1 = in_moto("us-east-1"), in_moto("eu-west-1")
PARTS = {part.title(Stack()): part for part in provision.parts_of()}
DELETES = {title: part.delete for title, part in PARTS.items() if part.delete}
