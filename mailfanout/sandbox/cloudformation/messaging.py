"""Queues, topics, their policies and subscriptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mailfanout.sandbox.cloudformation.acting import Api
from mailfanout.sandbox.cloudformation.resource_kind import (
    TAGS,
    Made,
    Properties,
    ResourceKind,
    chosen,
    deleted_by,
    document,
    inline_policy_kind,
    known_by,
    policy_kind,
    tag_map,
    whole_or_not,
)
from mailfanout.sandbox.cloudformation.tagging import retagged_by

_QUEUE = frozenset(
    """
    DelaySeconds KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize
    MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy
    SqsManagedSseEnabled VisibilityTimeout
    """.split()
)
_OF_FIFO = {"ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}
# What is set no more goes back to what SQS begins with.
_UNSET = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "DelaySeconds": "0",
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    # As the largest messages were until 2025; SQS itself begins with 1048576.
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "VisibilityTimeout": "30",
}
# The same of a subscription. Its scope is set first: by it, SNS reads the policy.
_SUBSCRIPTION = {
    "FilterPolicyScope": "MessageAttributes",
    "FilterPolicy": "",
    "RawMessageDelivery": "false",
    "RedrivePolicy": "",
}
_UNSET_TOPIC = {
    "ArchivePolicy": "{}",
    "ContentBasedDeduplication": "false",
    "DisplayName": "",
    "FifoThroughputScope": "Topic",
    "KmsMasterKeyId": "",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}
# What the first policy of a topic lets its account do.
_OF_OWNER = """
    GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe
    ListSubscriptionsByTopic Publish
"""


def _create_queue(api: Api, properties: Properties) -> Made:
    name = properties["QueueName"]
    settings = _attributes(properties, *_QUEUE, "FifoQueue", *_OF_FIFO) | tag_map(
        properties, "tags"
    )
    url = api("sqs", "CreateQueue", QueueName=name, **settings)["QueueUrl"]
    return Made(url, {"Arn": api.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _update_queue(api: Api, made: Made, properties: Properties) -> None:
    if wanted := _attributes(properties, *_QUEUE, *_OF_FIFO):
        api("sqs", "SetQueueAttributes", QueueUrl=made.physical_id, **wanted)


def _set_queue_policy(api: Api, made: Made, properties: Properties) -> None:
    policy = {"Policy": document(properties["PolicyDocument"])}
    for url in _owners(properties, "Queues", "Queue"):
        api("sqs", "SetQueueAttributes", QueueUrl=url, Attributes=policy)


def _delete_queue_policy(api: Api, made: Made, properties: Properties) -> None:
    for url in _owners(properties, "Queues", "Queue"):
        api.unless_missing("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": ""})


def _owners(properties: Properties, many: str, one: str) -> list[str]:
    """What a policy is on: a list of them, or the one that an inline policy is of."""
    return [properties[one]] if one in properties else properties[many]


_delete_topic = deleted_by("sns", "DeleteTopic", "TopicArn")


def _create_topic(api: Api, properties: Properties) -> Made:
    name = properties["TopicName"]
    settings = _attributes(properties, "FifoTopic", *_UNSET_TOPIC) | chosen(properties, "Tags")
    arn = api("sns", "CreateTopic", Name=name, **settings)["TopicArn"]
    made = Made(arn, {"TopicArn": arn, "TopicName": name})
    with whole_or_not(api, made, _delete_topic):
        _add_subscribers(api, made, properties)
    return made


def _is_topic(api: Api, name: str) -> bool:
    return known_by("sns", "GetTopicAttributes", "TopicArn")(api, api.arn("sns", name))


def _update_topic(api: Api, made: Made, properties: Properties) -> None:
    for name, value in chosen(properties, *_UNSET_TOPIC).items():
        _set_topic(api, made.physical_id, name, _text(value))
    _add_subscribers(api, made, properties)


def _add_subscribers(api: Api, made: Made, properties: Properties) -> list[str]:
    """Their subscriptions; who has one already keeps it."""
    arn = {"TopicArn": made.physical_id, "ReturnSubscriptionArn": True}
    ends = properties.get("Subscription", [])
    return [api("sns", "Subscribe", **arn, **one)["SubscriptionArn"] for one in ends]


def _leave_subscribers(api: Api, made: Made, before: Properties, after: Properties) -> None:
    kept = after.get("Subscription", [])
    gone = [one for one in before.get("Subscription", []) if one not in kept]
    for arn in _add_subscribers(api, made, {"Subscription": gone}):
        api("sns", "Unsubscribe", SubscriptionArn=arn)


def _set_topic_policy(api: Api, made: Made, properties: Properties) -> None:
    for arn in _owners(properties, "Topics", "TopicArn"):
        _set_topic(api, arn, "Policy", document(properties["PolicyDocument"]))


def _delete_topic_policy(api: Api, made: Made, properties: Properties) -> None:
    """The topic has its first policy again, by which its account alone may use it."""
    for arn in _owners(properties, "Topics", "TopicArn"):
        own = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{one}" for one in _OF_OWNER.split()],
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": api.account_id}},
        }
        first = document({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [own]})
        attribute = {"AttributeName": "Policy", "AttributeValue": first}
        api.unless_missing("sns", "SetTopicAttributes", TopicArn=arn, **attribute)


def _set_topic(api: Api, arn: str, name: str, value: str) -> None:
    api("sns", "SetTopicAttributes", TopicArn=arn, AttributeName=name, AttributeValue=value)


def _create_subscription(api: Api, properties: Properties) -> Made:
    ends = chosen(properties, "TopicArn", "Protocol", "Endpoint")
    settings = ends | _attributes(properties, *_SUBSCRIPTION)
    api = replace(api, region=properties.get("Region", api.region))
    made = api("sns", "Subscribe", **settings, ReturnSubscriptionArn=True)
    return Made(made["SubscriptionArn"], {"Arn": made["SubscriptionArn"]})


def _update_subscription(api: Api, made: Made, properties: Properties) -> None:
    api, arn = api.in_region_of(made.physical_id), {"SubscriptionArn": made.physical_id}
    for name, value in chosen(properties, *_SUBSCRIPTION).items():
        attribute = {"AttributeName": name, "AttributeValue": _text(value)}
        api("sns", "SetSubscriptionAttributes", **arn, **attribute)


def _delete_subscription(api: Api, made: Made, properties: Properties) -> None:
    """It is in the Region of its topic, which may be another than the stack's."""
    api = api.in_region_of(made.physical_id)
    api.unless_missing("sns", "Unsubscribe", SubscriptionArn=made.physical_id)


def _attributes(properties: Properties, *names: str) -> Properties:
    """Those of the properties that are attributes of SQS and SNS, if there are any."""
    given = {name: _text(value) for name, value in chosen(properties, *names).items()}
    return {"Attributes": given} if given else {}


def _text(value: Any) -> str:
    """An attribute as SQS and SNS take it."""
    if isinstance(value, bool):
        return str(value).lower()
    return document(value) if isinstance(value, dict) else str(value)


KINDS = {
    "AWS::SQS::Queue": ResourceKind(
        create=_create_queue,
        update=_update_queue,
        delete=deleted_by("sqs", "DeleteQueue", "QueueUrl"),
        fixed={"QueueName", "FifoQueue"},
        free=_QUEUE | _OF_FIFO | TAGS,
        unset=_UNSET,
        named_by="QueueName",
        is_there=known_by("sqs", "GetQueueUrl", "QueueName"),
        attributes={"Arn", "QueueName", "QueueUrl"},
        retag=retagged_by("sqs", "QueueUrl", what="Queue", as_map=True),
        shows_own_tags=False,
    ),
    "AWS::SQS::QueuePolicy": policy_kind("Queues", _set_queue_policy, _delete_queue_policy),
    "AWS::SQS::QueueInlinePolicy": inline_policy_kind(
        "Queue", _set_queue_policy, _delete_queue_policy
    ),
    "AWS::SNS::Topic": ResourceKind(
        create=_create_topic,
        update=_update_topic,
        delete=_delete_topic,
        fixed={"TopicName", "FifoTopic"},
        free=_UNSET_TOPIC.keys() | {"Subscription"} | TAGS,
        unset=_UNSET_TOPIC,
        named_by="TopicName",
        is_there=_is_topic,
        leave=_leave_subscribers,
        attributes={"TopicArn", "TopicName"},
        retag=retagged_by("sns", "ResourceArn"),
    ),
    "AWS::SNS::TopicPolicy": policy_kind("Topics", _set_topic_policy, _delete_topic_policy),
    "AWS::SNS::TopicInlinePolicy": inline_policy_kind(
        "TopicArn", _set_topic_policy, _delete_topic_policy
    ),
    "AWS::SNS::Subscription": ResourceKind(
        create=_create_subscription,
        update=_update_subscription,
        delete=_delete_subscription,
        fixed={"TopicArn", "Protocol", "Endpoint"},
        free=_SUBSCRIPTION.keys() | {"Region"},
        unset=_SUBSCRIPTION,
        attributes={"Arn"},
    ),
}
