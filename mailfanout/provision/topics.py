"""The topics: SES's feedback on its way to its queue, and notices for people."""

from __future__ import annotations

import json

from mailfanout.policies import feedback_topic_policy
from mailfanout.provision.tags import as_list, put_tags
from mailfanout.stack import Stack, State
from mailfanout.target import Target, unless_missing


def feedback_topic_settings(stack: Stack) -> State:
    """The feedback's topic as it stands once it is created."""
    return {"Owner": stack.account_id, "Policy": feedback_topic_policy(stack)}


def notices_topic_settings(stack: Stack) -> State:
    """The topic of notices as it stands once it is created; AWS gives it its policy."""
    return {"Owner": stack.account_id}


def put_topic(target: Target, stack: Stack, name: str, settings: State) -> str:
    """Create a topic, or bring one that is there to these settings; returns its ARN."""
    sns, arn = target.client("sns"), stack.arn("sns", name)
    # SNS refuses to create a topic once more with other tags.
    if read_topic(target, arn):
        put_tags(target, arn, stack.tags)
    else:
        sns.create_topic(Name=name, Tags=as_list(stack.tags))
    if policy := settings.get("Policy"):
        text = json.dumps(policy)
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)
    return arn


def remove_topic(target: Target, arn: str) -> None:
    """Delete a topic, and with it its subscriptions. May be repeated."""
    target.client("sns").delete_topic(TopicArn=arn)


def read_topic(target: Target, arn: str) -> State | None:
    """A topic's owner and policy, or None if there is no topic."""
    found = unless_missing(target.client("sns").get_topic_attributes, TopicArn=arn)
    if found is None:
        return None
    attributes = found["Attributes"]
    return {"Owner": attributes["Owner"], "Policy": json.loads(attributes["Policy"])}


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
