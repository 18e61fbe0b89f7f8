"""The checks of lessons 11 and 12: a parameter of a stack, and what stands beside it."""

from __future__ import annotations

from botocore.exceptions import ClientError

from mailfanout.provision import remaining
from mailfanout.sandbox.control import Sandbox
from mailfanout.stack import Stack
from mailfanout.target import Target, refused, unless_missing
from mailfanout.workshop.exercises.verdicts import (
    CORRECT,
    NOT_ATTEMPTED,
    Verdict,
    not_attempted,
    not_yet,
)

STACK_NAME = "mailfanout"
NUMBER_OF_STACKS = 2


def tell_somebody(target: Target, stack: Stack) -> Verdict:
    """Have the stack's alarms mail to an address."""
    cloudformation = target.client("cloudformation")
    try:
        found = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    except ClientError as error:
        if not refused(error, "ValidationError", "does not exist"):
            raise
        return not_attempted(f"there is no stack {STACK_NAME}: run the cells above.")
    made = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
    if "NoticesEmail" in made:
        return CORRECT
    topic_arn = made["NoticesTopic"]
    by_hand = unless_missing(target.client("sns").list_subscriptions_by_topic, TopicArn=topic_arn)
    if by_hand and by_hand["Subscriptions"]:
        return not_yet("the subscription is none of the stack's. Give it the parameter instead.")
    return NOT_ATTEMPTED


def remove_what_stands_beside(target: Target, stack: Stack) -> Verdict:
    """Remove what stands beside your stack."""
    beside = stack.with_prefix("2-")
    left = remaining(target, beside)
    if f"table {beside.table_name}" in left and f"bucket {beside.bucket_name}" in left:
        return NOT_ATTEMPTED
    if left:
        return not_yet(f"there is still {', '.join(left)}.")
    if target.sandbox and _tables_created(target.sandbox) < NUMBER_OF_STACKS:
        return not_yet("nobody was beside you yet: run the cells above.")
    return CORRECT


def _tables_created(sandbox: Sandbox) -> int:
    """How many since the lesson began: nothing else is left of a stack that was removed."""
    return sandbox.calls().get("learner", {}).get("dynamodb:CreateTable", 0)
