"""An account for what AWS refuses and neither its models nor moto do."""

from __future__ import annotations

from typing import Any

import pytest

from support.parts.dynamodb_tables import new_table
from support.sandboxes.account_in_sandbox import Account, queue_arn, topic_arn


@pytest.fixture(scope="package")
def account(mailfanout_session_target: Any, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """One for all tests here: what is refused changes nothing."""
    assert mailfanout_session_target.sandbox
    mailfanout_session_target.sandbox.reset()
    account = Account(mailfanout_session_target, tmp_path_factory.mktemp("records"))
    account.function("def lambda_handler(event, context): ...")
    account.queue()
    account.queue("orders.fifo", FifoQueue="true")
    account.client("s3").create_bucket(Bucket="whole-bucket")
    new_table(account.client("dynamodb"), "people", "issend")
    account.wait_for_table("people")
    return account


@pytest.fixture(scope="package")
def subscription_arn(account: Account) -> str:
    """Of a topic with tags; there is a FIFO topic, too."""
    sns = account.client("sns")
    sns.create_topic(Name="feedback", Tags=[{"Key": "a", "Value": "b"}])
    sns.create_topic(Name="feedback.fifo", Attributes={"FifoTopic": "true"})
    arn: str = sns.subscribe(TopicArn=topic_arn(), Protocol="sqs", Endpoint=queue_arn())[
        "SubscriptionArn"
    ]
    return arn
