"""Permissions of queues and topics: what AddPermission writes into their policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.sandboxes.account_in_sandbox import Account

# What reads a policy, sets it, and adds a permission to it.
Ways = tuple[Callable[[], Any], Callable[[str], Any], Callable[[str], Any], Callable[[str], Any]]


def of_queue(account: Account) -> Ways:
    sqs, url = account.client("sqs"), {"QueueUrl": account.queue("labels")}
    given = {"AWSAccountIds": ["1" * 12], "Actions": ["SendMessage"]}
    return (
        lambda: sqs.get_queue_attributes(**url, AttributeNames=["Policy"]),
        lambda text: sqs.set_queue_attributes(**url, Attributes={"Policy": text}),
        lambda label: sqs.add_permission(**url, **given, Label=label),
        lambda label: sqs.remove_permission(**url, Label=label),
    )


def of_topic(account: Account) -> Ways:
    sns = account.client("sns")
    arn = {"TopicArn": sns.create_topic(Name="topic")["TopicArn"]}
    given = {"AWSAccountId": ["1" * 12], "ActionName": ["Publish"]}
    policy = {"AttributeName": "Policy"}
    return (
        lambda: sns.get_topic_attributes(**arn),
        lambda text: sns.set_topic_attributes(**arn, **policy, AttributeValue=text),
        lambda label: sns.add_permission(**arn, **given, Label=label),
        lambda label: sns.remove_permission(**arn, Label=label),
    )


@pytest.mark.parametrize("is_list", [True, False])
@pytest.mark.parametrize(
    ("ways", "action", "resource"),
    [
        (of_queue, "sqs:SendMessage", "*"),
        (of_topic, "sns:Publish", "arn:aws:sns:us-east-1:123456789012:topic"),
    ],
)
def test_a_permission_is_added_beside_a_statement_without_a_label(
    account: Account, ways: Any, action: str, resource: str, is_list: bool
) -> None:
    read, put, add, remove = ways(account)
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement] if is_list else statement}

    def labels() -> list[str | None]:
        shown = json.loads(read()["Attributes"]["Policy"])["Statement"]
        return [one.get("Sid") for one in shown]

    put(json.dumps(policy))
    add("all")
    assert labels() == [None, "all"]
    remove("all")

    assert labels() == [None]


def test_a_permission_may_be_the_first_statement_of_a_policy(account: Account) -> None:
    read, put, add, _ = of_topic(account)
    put("{}")

    add("first")

    [statement] = json.loads(read()["Attributes"]["Policy"])["Statement"]
    assert statement["Sid"] == "first"
