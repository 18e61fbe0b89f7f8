"""Reads of lists and of tags, which lag behind writes: what was there before is answered."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import NamedTuple

from mailfanout.sandbox.http import Answer
from mailfanout.sandbox.states import Change
from mailfanout.sandbox.transitions.step import Step, is_done

Work = Callable[[Step], Answer]


class Late(NamedTuple):
    """The read that lags behind a write; `by` is the parameter that both have, if any."""

    read: str
    by: str | None = None
    change: Change = "list written"


_ROLE_POLICIES = Late("ListRolePolicies", "RoleName")

LATE_READS: dict[str, tuple[Late, ...]] = {
    "dynamodb:CreateTable": (Late("ListTables"),),
    "dynamodb:TagResource": (Late("ListTagsOfResource", "ResourceArn", "tags written"),),
    "dynamodb:UntagResource": (Late("ListTagsOfResource", "ResourceArn", "tags written"),),
    "iam:CreateRole": (Late("ListRoles"),),
    "iam:DeleteRole": (Late("ListRoles"),),
    "iam:DeleteRolePolicy": (_ROLE_POLICIES,),
    "iam:PutRolePolicy": (_ROLE_POLICIES,),
    "iam:TagRole": (Late("ListRoleTags", "RoleName", "tags written"),),
    "iam:UntagRole": (Late("ListRoleTags", "RoleName", "tags written"),),
    "lambda:CreateEventSourceMapping": (
        Late("ListEventSourceMappings"),
        Late("ListEventSourceMappings", "EventSourceArn"),
    ),
    "lambda:CreateFunction": (Late("ListFunctions"),),
    "lambda:DeleteFunction": (Late("ListFunctions"),),
    "lambda:TagResource": (Late("ListTags", "Resource", "tags written"),),
    "lambda:UntagResource": (Late("ListTags", "Resource", "tags written"),),
    "s3:CreateBucket": (Late("ListBuckets"),),
    "s3:DeleteBucket": (Late("ListBuckets"),),
    "sesv2:CreateEmailIdentity": (Late("ListEmailIdentities"),),
    "sesv2:DeleteEmailIdentity": (Late("ListEmailIdentities"),),
    "sesv2:TagResource": (Late("ListTagsForResource", "ResourceArn", "tags written"),),
    "sesv2:UntagResource": (Late("ListTagsForResource", "ResourceArn", "tags written"),),
    "sns:CreateTopic": (Late("ListTopics"),),
    "sns:DeleteTopic": (Late("ListTopics"),),
    "sns:Subscribe": (Late("ListSubscriptionsByTopic", "TopicArn"), Late("ListSubscriptions")),
    "sns:TagResource": (Late("ListTagsForResource", "ResourceArn", "tags written"),),
    "sns:UntagResource": (Late("ListTagsForResource", "ResourceArn", "tags written"),),
    "sqs:CreateQueue": (Late("ListQueues"),),
    "sqs:TagQueue": (Late("ListQueueTags", "QueueUrl", "tags written"),),
    "sqs:UntagQueue": (Late("ListQueueTags", "QueueUrl", "tags written"),),
}

_CHANGES = {
    f"{write.partition(':')[0]}:{late.read}": late.change
    for write, reads in LATE_READS.items()
    for late in reads
}


def answer_late(step: Step, work: Work) -> Answer:
    """A read, as it was before a write that it lags behind."""
    change = _CHANGES.get(step.call.name)
    asked = frozenset((name, str(value)) for name, value in step.parameters.items())
    late = change and step.states.shown(change, _key(step, step.call.operation, asked))
    return late or work(step)


def write_late(step: Step, work: Work) -> Answer:
    """A write, after which some reads answer as before for a while."""
    before = {}
    for late in LATE_READS[step.call.name]:
        if step.states.seconds(late.change):
            by = {late.by: step.parameters[late.by]} if late.by else {}
            key = _key(step, late.read, frozenset((name, str(one)) for name, one in by.items()))
            before[late.change, key] = step.asked(late.read, **by)
    answer = work(step)
    for (change, key), shown in before.items():
        if is_done(answer) and is_done(shown):
            step.states.begin(change, key, shown)
    return answer


def is_late_read(name: str) -> bool:
    """Whether this operation, such as sqs:ListQueues, lags behind a write."""
    return name in _CHANGES


def _key(step: Step, read: str, asked: frozenset[tuple[str, str]]) -> Hashable:
    return step.call.region, step.call.service, step.call.protocol, read, asked
