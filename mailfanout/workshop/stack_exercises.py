"""The check of lesson 11: a parameter of the stack."""

from __future__ import annotations

from mailfanout.stack import Stack
from mailfanout.target import Target, unless_missing
from mailfanout.workshop.verdicts import CORRECT, NOT_ATTEMPTED, Verdict, not_yet

STACK_NAME = "mailfanout"


def tell_somebody(target: Target, stack: Stack) -> Verdict:
    """Have the stack's alarms mail to an address."""
    cloudformation = target.client("cloudformation")
    found = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    made = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
    if "NoticesEmail" in made:
        return CORRECT
    topic_arn = made["NoticesTopic"]
    by_hand = unless_missing(target.client("sns").list_subscriptions_by_topic, TopicArn=topic_arn)
    if by_hand and by_hand["Subscriptions"]:
        return not_yet("the subscription is none of the stack's. Give it the parameter instead.")
    return NOT_ATTEMPTED
