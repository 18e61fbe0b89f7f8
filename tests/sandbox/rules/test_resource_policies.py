"""What policies of queues, topics and buckets may name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.calls.refusals import refusal
from support.sandboxes.account_in_sandbox import ACCOUNT_ID, Account, queue_arn

IDENTITIES = f"arn:aws:iam::{ACCOUNT_ID}"
NOBODY = [
    {"Service": "nobody.amazonaws.com"},
    {"Service": ["s3.amazonaws.com", "S3.amazonaws.com"]},
    {"AWS": f"{IDENTITIES}:role/nope"},
    {"AWS": [ACCOUNT_ID, f"{IDENTITIES}:user/nope"]},
    {"AWS": "nobody"},
]
SOMEBODY = [
    "*",
    {"AWS": "*"},
    {"AWS": [ACCOUNT_ID, f"{IDENTITIES}:root"]},
    {"AWS": "arn:aws:iam::210987654321:role/elsewhere"},
    {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]},
]
Written = tuple[Callable[..., Any], dict[str, Any]]


def _policy(principal: Any, action: str, arn: str) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _of_queue(account: Account, principal: Any, action: str = "SQS:SendMessage") -> Written:
    attributes = {"Policy": _policy(principal, action, queue_arn("open"))}
    parameters = {"QueueUrl": account.queue("open"), "Attributes": attributes}
    return account.client("sqs").set_queue_attributes, parameters


def _of_topic(account: Account, principal: Any, action: str = "sns:Publish") -> Written:
    sns, name = account.client("sns"), {"AttributeName": "Policy"}
    arn = sns.create_topic(Name="open")["TopicArn"]
    policy = _policy(principal, action, arn)
    return sns.set_topic_attributes, {"TopicArn": arn, **name, "AttributeValue": policy}


def _of_bucket(account: Account, principal: Any, action: str = "s3:GetObject") -> Written:
    policy = _policy(principal, action, "arn:aws:s3:::whole-bucket/*")
    return account.client("s3").put_bucket_policy, {"Bucket": "whole-bucket", "Policy": policy}


REFUSED = [
    (_of_queue, ("InvalidAttributeValue", "Invalid value for the parameter Policy.")),
    (_of_topic, ("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound")),
    (_of_bucket, ("MalformedPolicy", "Invalid principal in policy")),
]


@pytest.mark.parametrize("principal", NOBODY, ids=str)
@pytest.mark.parametrize(("write", "expected"), REFUSED)
def test_nobody_is_let_in_whom_aws_does_not_find(
    account: Account, write: Any, principal: Any, expected: tuple[str, str]
) -> None:
    call, parameters = write(account, principal)

    assert refusal(call, **parameters) == expected


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (_of_queue, ("InvalidAttributeValue", "Invalid value for the parameter Policy.")),
        (
            _of_topic,
            (
                "InvalidParameter",
                "Invalid parameter: Policy statement action out of service scope!",
            ),
        ),
        (_of_bucket, ("MalformedPolicy", "Policy has invalid action")),
    ],
)
def test_a_policy_has_no_action_of_another_service(
    account: Account, write: Any, expected: tuple[str, str]
) -> None:
    call, parameters = write(account, {"AWS": ACCOUNT_ID}, "lambda:InvokeFunction")

    assert refusal(call, **parameters) == expected


@pytest.mark.parametrize("principal", SOMEBODY, ids=str)
@pytest.mark.parametrize("write", [_of_queue, _of_topic])
def test_whoever_is_there_or_of_another_account_is_let_in(
    account: Account, write: Any, principal: Any
) -> None:
    call, parameters = write(account, principal)

    call(**parameters)
