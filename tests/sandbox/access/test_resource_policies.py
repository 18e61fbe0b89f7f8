"""Policies of resources: queues, buckets, topics and functions let in whom they name."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.access.authorization import may_invoke, role_allows
from support.calls.refusals import refusal
from support.calls.signed_calls import ACCOUNT_ID
from support.sandboxes.account_setup import (
    BUCKET,
    FUNCTION,
    INDEX,
    QUEUE,
    ROLE,
    TABLE,
    Clients,
    Make,
    allow,
    create_bucket,
    create_function,
    create_queue,
    create_table,
    deny,
    policy,
    query_index,
    set_queue_policy,
)


def test_a_queue_lets_in_the_role_that_its_policy_names(admin: Clients, role: Make) -> None:
    sqs, queue_url = create_queue(admin)
    session = role("sqs")

    set_queue_policy(sqs, queue_url, allow("sqs:SendMessage", QUEUE, Principal={"AWS": ROLE}))

    assert session.send_message(QueueUrl=queue_url, MessageBody="a")
    assert refusal(session.receive_message, QueueUrl=queue_url)[0] == "AccessDenied"


def test_a_queue_denies_whom_its_policy_denies_even_an_administrator(
    admin: Clients, role: Make
) -> None:
    sqs, queue_url = create_queue(admin)
    session = role("sqs", allow("sqs:*", "*"))
    but_the_role = {"ArnNotEquals": {"aws:PrincipalArn": ROLE}}
    statement = deny("sqs:SendMessage", QUEUE, Principal="*", Condition=but_the_role)

    set_queue_policy(sqs, queue_url, statement)

    assert session.send_message(QueueUrl=queue_url, MessageBody="a")
    code, message = refusal(sqs.send_message, QueueUrl=queue_url, MessageBody="a")
    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in a resource-based policy")


def test_a_queue_that_asks_for_tls_answers_as_it_would_on_aws(admin: Clients) -> None:
    sqs, queue_url = create_queue(admin)
    without_tls = {"Bool": {"aws:SecureTransport": "false"}}

    set_queue_policy(sqs, queue_url, deny("sqs:*", QUEUE, Principal="*", Condition=without_tls))

    assert sqs.send_message(QueueUrl=queue_url, MessageBody="a")


def test_a_bucket_lets_in_the_role_that_its_policy_names(admin: Clients, role: Make) -> None:
    s3 = create_bucket(admin)
    session = role("s3")
    assert refusal(session.put_object, Bucket="mailbody", Key="a")[0] == "AccessDenied"

    statement = allow("s3:PutObject", f"{BUCKET}/*", Principal={"AWS": ROLE})
    s3.put_bucket_policy(Bucket="mailbody", Policy=policy(statement))

    assert session.put_object(Bucket="mailbody", Key="a")


def test_a_table_denies_whom_its_policy_denies(admin: Clients) -> None:
    dynamodb = create_table(admin)
    dynamodb.put_resource_policy(
        ResourceArn=TABLE,
        Policy=policy(deny("dynamodb:Query", INDEX, Principal="*")),
    )

    assert dynamodb.scan(TableName="mailaddress")["Count"] == 0
    assert "explicit deny in a resource-based policy" in refusal(query_index, dynamodb=dynamodb)[1]


def test_a_topic_lets_in_the_role_that_its_policy_names(admin: Clients, role: Make) -> None:
    sns = admin("sns")
    topic_arn = sns.create_topic(Name="feedback")["TopicArn"]
    session = role("sns")
    assert refusal(session.publish, TopicArn=topic_arn, Message="a")[0] == "AuthorizationError"

    statement = allow("SNS:Publish", topic_arn, Principal={"AWS": ROLE})
    sns.set_topic_attributes(
        TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy(statement)
    )

    assert session.publish(TopicArn=topic_arn, Message="a")


def test_a_function_lets_in_whom_its_policy_names(admin: Clients, role: Make) -> None:
    session = role("lambda")
    create_function(admin)
    assert refusal(session.get_function, FunctionName="sendQueue")[0] == "AccessDeniedException"

    admin("lambda").add_permission(
        FunctionName="sendQueue", StatementId="1", Action="lambda:GetFunction", Principal="*"
    )

    assert session.get_function(FunctionName="sendQueue")


def test_a_role_may_poll_a_queue_by_its_own_policy_or_the_queues(
    admin: Clients, role: Make
) -> None:
    sqs, queue_url = create_queue(admin)
    role("sqs", allow("sqs:SendMessage", QUEUE))
    assert not role_allows(ROLE, "sqs:ReceiveMessage", QUEUE)

    set_queue_policy(sqs, queue_url, allow("sqs:*", QUEUE, Principal={"AWS": ROLE}))
    assert role_allows(ROLE, "sqs:ReceiveMessage", QUEUE)

    role("sqs", deny("sqs:ReceiveMessage", QUEUE))
    assert not role_allows(ROLE, "sqs:ReceiveMessage", QUEUE)


@pytest.mark.parametrize(
    "changes, allowed",
    [
        ({}, True),
        ({"principal_service": "sns.amazonaws.com"}, False),
        ({"source_arn": "arn:aws:s3:::other"}, False),
        ({"source_account": "999999999999"}, False),
    ],
)
def test_a_service_may_invoke_a_function_for_the_source_that_was_permitted(
    changes: Any, allowed: Any
) -> None:
    condition = {
        "ArnLike": {"AWS:SourceArn": BUCKET},
        "StringEquals": {"AWS:SourceAccount": ACCOUNT_ID},
    }
    principal = {"Service": "s3.amazonaws.com"}
    statement = allow("lambda:InvokeFunction", FUNCTION, Principal=principal, Condition=condition)
    source = {"source_arn": BUCKET, "source_account": ACCOUNT_ID}
    asked = {"principal_service": "s3.amazonaws.com", **source, **changes}

    assert may_invoke({"Statement": [statement]}, **asked) == allowed


@pytest.mark.parametrize("name, allowed", [("s3.amazonaws.com", True), ("sns.x", False)])
def test_a_service_is_known_by_its_name(name: str, allowed: bool) -> None:
    condition = {
        "Bool": {"aws:PrincipalIsAWSService": "true"},
        "StringEquals": {"aws:PrincipalServiceName": name},
    }
    statement = allow("lambda:InvokeFunction", FUNCTION, Principal="*", Condition=condition)
    source = {"source_arn": BUCKET, "source_account": ACCOUNT_ID}

    policy = {"Statement": [statement]}
    assert may_invoke(policy, principal_service="s3.amazonaws.com", **source) == allowed


def test_nobody_may_invoke_a_function_without_a_policy() -> None:
    assert not may_invoke(
        {}, principal_service="s3.amazonaws.com", source_arn=BUCKET, source_account=ACCOUNT_ID
    )
