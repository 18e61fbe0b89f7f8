"""What stands is as its settings state; the next deploy mends what was changed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from mailfanout import provision
from mailfanout.policies import trust_policy
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.parts.pipelines import (
    DELETES,
    DENY_ALL,
    PARTS,
    READ_MESSAGE,
    ROLE,
    SEND_QUEUE,
    US_EAST_1,
)

pytestmark = pytest.mark.slow

Act = Callable[[Target, Stack], Any]

ANY_BODY = {"Pattern": '{"body": [{"exists": true}]}'}


@pytest.fixture(scope="module")
def deployed() -> Iterator[Target]:
    """Each test leaves the pipeline as it was."""
    with mock_aws():
        provision.deploy(US_EAST_1, Stack())
        yield US_EAST_1


@pytest.fixture
def target(deployed: Target) -> Target:
    return deployed


@pytest.fixture(scope="module")
def before(deployed: Target) -> dict[str, Any]:
    """The pipeline as it was deployed."""
    return provision.describe(deployed, Stack())


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_a_part_stands_as_its_settings_state(
    target: Target, stack: Stack, part: provision.Part
) -> None:
    found = part.read(target, stack)

    stated = json.loads(json.dumps(part.settings(stack)))
    assert found is not None
    assert {key: found.get(key) for key in stated} == stated


@pytest.mark.parametrize("part", DELETES)
def test_deploy_brings_a_deleted_part_back(
    target: Target, stack: Stack, before: dict[str, Any], part: str
) -> None:
    DELETES[part](target, stack)

    provision.deploy(target, stack)

    assert provision.describe(target, stack) == before


def update_table(target: Target, **change: Any) -> None:
    target.client("dynamodb").update_table(TableName="mailaddress", **change)


def drop_indexes(target: Target, stack: Stack) -> None:
    for name in ("issend-index", "haserror-index"):
        update_table(target, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])


def provision_throughput(target: Target, stack: Stack) -> None:
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    update_table(target, BillingMode="PROVISIONED", ProvisionedThroughput=throughput)


def trust_another_service(target: Target, stack: Stack) -> None:
    policy = json.dumps(trust_policy()).replace("lambda", "ec2")
    target.client("iam").update_assume_role_policy(**ROLE, PolicyDocument=policy)


def permit_nothing(target: Target, stack: Stack) -> None:
    policy = {"PolicyName": "mailfanout", "PolicyDocument": DENY_ALL}
    target.client("iam").put_role_policy(**ROLE, **policy)


def set_queue(name: str, **attributes: str) -> Act:
    def act(target: Target, stack: Stack) -> None:
        sqs = target.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    return act


def configure_function(**change: Any) -> Act:
    def act(target: Target, stack: Stack) -> None:
        target.client("lambda").update_function_configuration(FunctionName=SEND_QUEUE, **change)

    return act


def replace_code(target: Target, stack: Stack) -> None:
    package = provision.zip_handler(provision.handler_path(stack, SEND_QUEUE))
    target.client("lambda").update_function_code(FunctionName=READ_MESSAGE, ZipFile=package)


def permit_another_bucket(target: Target, stack: Stack) -> None:
    provision.forbid_bucket_to_invoke(target, stack)
    target.client("lambda").add_permission(
        FunctionName=SEND_QUEUE,
        StatementId="AllowBucketToInvoke",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::another",
    )


def configure_mapping(**change: Any) -> Act:
    def act(target: Target, stack: Stack) -> None:
        client = target.client("lambda")
        (mapping,) = client.list_event_source_mappings()["EventSourceMappings"]
        client.update_event_source_mapping(UUID=mapping["UUID"], **change)

    return act


@pytest.mark.parametrize(
    "meddle",
    [
        pytest.param(drop_indexes, id="indexes"),
        pytest.param(provision_throughput, id="billing-mode"),
        pytest.param(trust_another_service, id="trust-policy"),
        pytest.param(permit_nothing, id="execution-policy"),
        pytest.param(
            set_queue("mailsendqueue0000001-dlq", MessageRetentionPeriod="60"), id="retention"
        ),
        pytest.param(set_queue("mailsendqueue0000001", VisibilityTimeout="7"), id="visibility"),
        pytest.param(set_queue("mailsendqueue0000001", RedrivePolicy=""), id="redrive-policy"),
        pytest.param(set_queue("mailsendqueue0000001", Policy=DENY_ALL), id="access-policy"),
        pytest.param(configure_function(Timeout=1), id="timeout"),
        pytest.param(configure_function(Environment={"Variables": {}}), id="environment"),
        pytest.param(replace_code, id="code"),
        pytest.param(provision.forbid_bucket_to_invoke, id="no-permission"),
        pytest.param(permit_another_bucket, id="permission"),
        pytest.param(provision.delete_notification, id="notification"),
        pytest.param(configure_mapping(BatchSize=1), id="batch-size"),
        pytest.param(configure_mapping(ScalingConfig={"MaximumConcurrency": 2}), id="concurrency"),
        pytest.param(configure_mapping(FilterCriteria={"Filters": [ANY_BODY]}), id="filters"),
        pytest.param(configure_mapping(FunctionResponseTypes=[]), id="response-types"),
        pytest.param(configure_mapping(MaximumBatchingWindowInSeconds=9), id="window"),
        pytest.param(configure_mapping(Enabled=False), id="disabled"),
    ],
)
def test_deploy_mends_what_was_changed_by_hand(
    target: Target, stack: Stack, before: dict[str, Any], meddle: Act
) -> None:
    meddle(target, stack)
    assert provision.describe(target, stack) != before

    provision.deploy(target, stack)

    assert provision.describe(target, stack) == before
