"""The checks of lessons 11 and 12: a parameter of a stack, and what stands beside it."""

from __future__ import annotations

from botocore.exceptions import ClientError

from mailfanout.provision import find_stacks, remaining
from mailfanout.stack import Stack
from mailfanout.target import Target, refused, unless_missing
from mailfanout.workshop.exercises.verdicts import (
    CORRECT,
    NOT_ATTEMPTED,
    Verdict,
    not_attempted,
    not_yet,
)
from mailfanout.workshop.record import changed_record, read_record

STACK_NAME = "mailfanout"
ALARMED = "ops@example.com"
# Whoever is beside you has this in front of your prefix.
BESIDE = "2-"


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
    [told] = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    if "NoticesEmail" in made:
        given = {one["ParameterKey"]: one["ParameterValue"] for one in told["Parameters"]}
        address = given["NotificationAddress"]
        return CORRECT if address == ALARMED else not_yet(f"it is {address}, and not {ALARMED}.")
    if "ROLLBACK" in told["StackStatus"]:
        return not_yet(f"the stack is {told['StackStatus']}: give the other parameters, too.")
    if (topic_arn := made.get("NoticesTopic")) is None:
        return not_attempted(f"the stack is {told['StackStatus']}: begin the lesson anew.")
    by_hand = unless_missing(target.client("sns").list_subscriptions_by_topic, TopicArn=topic_arn)
    if by_hand and by_hand["Subscriptions"]:
        return not_yet("the subscription is none of the stack's. Give it the parameter instead.")
    return NOT_ATTEMPTED


def remove_what_stands_beside(target: Target, stack: Stack) -> Verdict:
    """Remove what stands beside your stack."""
    beside = stack.with_prefix(BESIDE)
    left = remaining(target, beside)
    if f"table {beside.table_name}" in left and f"bucket {beside.bucket_name}" in left:
        return NOT_ATTEMPTED
    if left:
        return not_yet(f"there is still {', '.join(left)}.")
    if not read_record().attempts_at("12-1").was_open:
        return not_yet("nobody was beside you yet: run the cells above.")
    return CORRECT


def neighbours(target: Target, stack: Stack) -> dict[str, int]:
    """How many parts each stack has: yours, and those beside it whose prefix ends in yours.

    That somebody was beside you is kept in the learner's record: on AWS nothing tells of a stack
    that was removed.
    """
    if remaining(target, stack.with_prefix(BESIDE)):
        with changed_record() as record:
            record.attempts_at("12-1").was_open = True
    stacks = find_stacks(target)
    return {name: len(parts) for name, parts in stacks.items() if name.endswith(stack.stack_name)}
