"""Who may do what on what, as IAM decides it from the policies."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.policies import (
    Policy,
    execution_policy,
    invoke_statement,
    plan_policy,
    queue_policy,
)
from mailfanout.sandbox.access.statements import Asked, decide
from mailfanout.stack import Stack

STACK = Stack()


def allows(policy: Policy, action: str, resource: str, **asked: Any) -> bool:
    return decide(policy["Statement"], Asked(action, resource, **asked)) == "Allow"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:Query", f"{STACK.table_arn}/index/haserror-index"),
        ("dynamodb:UpdateItem", STACK.table_arn),
        ("s3:GetObject", f"{STACK.bucket_arn}/2026/example.txt"),
        ("s3:ListBucket", STACK.bucket_arn),
        ("sqs:SendMessage", STACK.queue_arn),
        ("sqs:ReceiveMessage", STACK.queue_arn),
        ("sqs:DeleteMessage", STACK.queue_arn),
        ("sqs:GetQueueAttributes", STACK.queue_arn),
        ("ses:SendEmail", STACK.identity_arn),
        ("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/x:y"),
    ],
)
def test_the_role_may_do_what_the_functions_do(action: str, resource: str) -> None:
    assert allows(execution_policy(STACK), action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:UpdateItem", f"{STACK.table_arn}2"),
        ("dynamodb:DeleteItem", STACK.table_arn),
        ("s3:GetObject", "arn:aws:s3:::another/example.txt"),
        ("s3:PutObject", f"{STACK.bucket_arn}/example.txt"),
        ("sqs:SendMessage", STACK.dead_letter_queue_arn),
        ("sqs:DeleteQueue", STACK.queue_arn),
        ("ses:DeleteEmailIdentity", STACK.identity_arn),
        ("iam:PutRolePolicy", STACK.role_arn),
    ],
)
def test_the_role_may_do_nothing_else(action: str, resource: str) -> None:
    assert not allows(execution_policy(STACK), action, resource)


def test_the_planner_may_read_the_version_that_an_event_tells_of() -> None:
    assert allows(plan_policy(STACK), "s3:GetObjectVersion", f"{STACK.bucket_arn}/example.txt")


@pytest.mark.parametrize(("sender", "allowed"), [(STACK.sender, True), ("ceo@example.com", False)])
def test_mail_goes_from_the_sender_alone_to_any_recipient(sender: str, allowed: bool) -> None:
    recipient = STACK.identity_arn.replace("sender", "yamada")
    context = {"ses:fromaddress": sender}

    assert allows(execution_policy(STACK), "ses:SendEmail", recipient, context=context) is allowed


@pytest.mark.parametrize(
    ("arn", "allowed"), [(STACK.role_arn, True), (f"{STACK.role_arn}2", False)]
)
def test_the_queue_names_the_role_alone(arn: str, allowed: bool) -> None:
    principals = frozenset({arn})

    for action in ("sqs:SendMessage", "sqs:ReceiveMessage"):
        asked = allows(queue_policy(STACK), action, STACK.queue_arn, principals=principals)
        assert asked is allowed


@pytest.mark.parametrize(
    ("source_arn", "source_account", "allowed"),
    [
        (STACK.bucket_arn, STACK.account_id, True),
        (STACK.bucket_arn, "999999999999", False),
        ("arn:aws:s3:::another", STACK.account_id, False),
    ],
)
def test_s3_may_invoke_send_queue_for_our_bucket_alone(
    source_arn: str, source_account: str, allowed: bool
) -> None:
    asked = Asked(
        "lambda:InvokeFunction",
        STACK.function_arn("sendQueue"),
        frozenset({"s3.amazonaws.com"}),
        context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_account},
    )

    assert (decide([invoke_statement(STACK)], asked) == "Allow") is allowed
