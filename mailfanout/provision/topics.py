"""The topics: SES's feedback on its way to its queue, and notices for people."""

from __future__ import annotations

import json

from mailfanout.policies import feedback_topic_policy
from mailfanout.provision.tags import as_list, put_tags
from mailfanout.stack import Stack, State
from mailfanout.target import Target, unless_missing


def topic_settings(stack: Stack) -> State:
    """The feedback's topic as it stands once it is created."""
    return {"Policy": feedback_topic_policy(stack)}


def create_feedback_topic(target: Target, stack: Stack) -> str:
    """Create the topic that SES publishes to; returns its ARN. May be repeated."""
    sns, settings, arn = target.client("sns"), topic_settings(stack), stack.feedback_topic_arn
    _put(target, arn, stack)
    policy = json.dumps(settings["Policy"])
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return arn


def create_notices_topic(target: Target, stack: Stack) -> str:
    """Create the topic to which people subscribe; returns its ARN. May be repeated.

    Each bounce, each complaint and each campaign that paused itself is published to it.
    """
    _put(target, stack.notices_arn, stack)
    return stack.notices_arn


def delete_feedback_topic(target: Target, stack: Stack) -> None:
    """Delete the feedback's topic and its subscription. May be repeated."""
    target.client("sns").delete_topic(TopicArn=stack.feedback_topic_arn)


def delete_notices_topic(target: Target, stack: Stack) -> None:
    """Delete the topic of notices. May be repeated."""
    target.client("sns").delete_topic(TopicArn=stack.notices_arn)


def read_feedback_topic(target: Target, stack: Stack) -> State | None:
    """The policy of the feedback's topic, or None if there is no topic."""
    attributes = _attributes(target, stack.feedback_topic_arn)
    return attributes and {"Policy": json.loads(attributes["Policy"])}


def read_notices_topic(target: Target, stack: Stack) -> State | None:
    """The owner of the topic of notices, or None if there is no topic."""
    attributes = _attributes(target, stack.notices_arn)
    return attributes and {"Owner": attributes["Owner"]}


def subscription_settings(stack: Stack) -> State:
    """The feedback queue's subscription as it stands once it is created: messages as they are."""
    return {
        "TopicArn": stack.feedback_topic_arn,
        "Protocol": "sqs",
        "Endpoint": stack.feedback_queue_arn,
        "RawMessageDelivery": "true",
    }


def subscribe_feedback_queue(target: Target, stack: Stack) -> str:
    """Have the topic put what SES publishes on the feedback queue; returns the subscription's ARN.

    May be repeated.
    """
    settings = subscription_settings(stack)
    subscribed = target.client("sns").subscribe(
        TopicArn=settings["TopicArn"],
        Protocol=settings["Protocol"],
        Endpoint=settings["Endpoint"],
        Attributes={"RawMessageDelivery": settings["RawMessageDelivery"]},
        ReturnSubscriptionArn=True,
    )
    return str(subscribed["SubscriptionArn"])


def read_subscription(target: Target, stack: Stack) -> State | None:
    """The feedback queue's subscription, or None."""
    sns, wanted = target.client("sns"), subscription_settings(stack)
    found = unless_missing(sns.list_subscriptions_by_topic, TopicArn=stack.feedback_topic_arn)
    for one in found["Subscriptions"] if found else []:
        if one["Endpoint"] == wanted["Endpoint"]:
            arn = one["SubscriptionArn"]
            attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
            return {key: attributes.get(key) for key in wanted}
    return None


def _put(target: Target, arn: str, stack: Stack) -> None:
    # SNS refuses to create a topic once more with other tags.
    if _attributes(target, arn):
        return put_tags(target, arn, stack.tags)
    name = arn.rpartition(":")[2]
    target.client("sns").create_topic(Name=name, Tags=as_list(stack.tags))


def _attributes(target: Target, arn: str) -> State | None:
    found = unless_missing(target.client("sns").get_topic_attributes, TopicArn=arn)
    return found and found["Attributes"]
