"""Event source mappings that AWS refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.parts.mapped_queues import create_mapping, shown, update
from support.sandboxes.account_in_sandbox import RECORD, Account, allow, queue_arn

pytestmark = pytest.mark.slow


def refusal_of(account: Account, **options: Any) -> dict[str, str]:
    """AWS's error for a mapping that cannot be."""
    with pytest.raises(ClientError) as refusal:
        create_mapping(account, **options)
    error: dict[str, str] = refusal.value.response["Error"]
    return error


def test_mapping_of_a_missing_queue_is_refused(account: Account) -> None:
    account.function(RECORD)

    error = refusal_of(account)

    assert error["Code"] == "InvalidParameterValueException"
    assert "AWS.SimpleQueueService.NonExistentQueue" in error["Message"]


def test_mapping_of_what_is_neither_queue_nor_table_is_refused(account: Account) -> None:
    account.function(RECORD)
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/people"

    error = refusal_of(account, EventSourceArn=arn, StartingPosition="LATEST")

    assert error["Message"] == "The sandbox does not do event source mappings of kinesis."


def test_mapping_to_a_missing_function_is_refused(account: Account) -> None:
    account.queue()

    error = refusal_of(account)

    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"] == "Function does not exist"


@pytest.mark.parametrize("missing", ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"])
def test_mapping_is_refused_where_the_role_may_not_work_on_the_queue(
    account: Account, missing: str
) -> None:
    needed = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    account.role(allow(*needed - {f"sqs:{missing}"}))
    account.queue()
    account.function(RECORD)

    assert refusal_of(account) == {
        "Code": "InvalidParameterValueException",
        "Message": "The provided execution role does not have permissions to call "
        f"{missing} on SQS",
    }


def test_queues_own_policy_can_let_the_role_receive(account: Account) -> None:
    role_arn = account.role(allow("logs:*"))
    statement = {**allow("sqs:*"), "Principal": {"AWS": role_arn}}
    account.queue(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    account.function(RECORD)

    assert create_mapping(account)["State"] == "Creating"


def test_second_mapping_of_the_same_pair_is_refused(account: Account, function_arn: str) -> None:
    mapping = create_mapping(account)

    assert refusal_of(account) == {
        "Code": "ResourceConflictException",
        "Message": f'An event source mapping with SQS arn (" {queue_arn()} ") and function '
        '(" recorder ") already exists. Please update or delete the existing mapping with UUID '
        f"{mapping['UUID']}",
    }


def test_mapping_of_the_same_queue_to_another_function_is_no_duplicate(
    account: Account, function_arn: str
) -> None:
    account.function(RECORD, name="another")
    create_mapping(account)

    assert create_mapping(account, FunctionName="another")["State"] == "Creating"


def test_visibility_timeout_below_the_functions_timeout_is_refused(account: Account) -> None:
    account.queue(VisibilityTimeout=30)
    account.function(RECORD, Timeout=60)

    assert refusal_of(account) == {
        "Code": "InvalidParameterValueException",
        "Message": "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    }


def test_timeout_of_the_function_cannot_grow_above_its_queues_visibility_timeout(
    account: Account,
) -> None:
    account.queue(VisibilityTimeout=30)
    account.function(RECORD, Timeout=10)
    create_mapping(account)
    client = account.client("lambda")
    client.update_function_configuration(FunctionName="recorder", Timeout=30)
    account.wait_for_function()

    with pytest.raises(ClientError, match="30 seconds is less than Function timeout: 31 seconds"):
        client.update_function_configuration(FunctionName="recorder", Timeout=31)


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        (
            {"BatchSize": 11},
            "InvalidParameterValueException",
            "Maximum batch window in seconds must be greater than 0 "
            "if maximum batch size is greater than 10",
        ),
        (
            {"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1},
            "ValidationException",
            "Value '10001' at 'batchSize' failed to satisfy constraint: "
            "Member must have value less than or equal to 10000",
        ),
        (
            {"StartingPosition": "LATEST"},
            "InvalidParameterValueException",
            "StartingPosition is not valid for SQS event sources.",
        ),
        *(
            (
                {name: value},
                "InvalidParameterValueException",
                f"Unsupported {name} parameter for given event source mapping type.",
            )
            for name, value in (
                ("MaximumRetryAttempts", 0),
                ("StartingPositionTimestamp", 0),
                ("Topics", ["topic"]),
            )
        ),
        (
            {"BatchSize": 0},
            "ValidationException",
            "Member must have value greater than or equal to 1",
        ),
        (
            {"MaximumBatchingWindowInSeconds": 301},
            "ValidationException",
            "Value '301' at 'maximumBatchingWindowInSeconds'",
        ),
        (
            {"ScalingConfig": {"MaximumConcurrency": 1}},
            "ValidationException",
            "Value '1' at 'scalingConfig.maximumConcurrency'",
        ),
        (
            {"ScalingConfig": {"MaximumConcurrency": 1001}},
            "ValidationException",
            "Member must have value less than or equal to 1000",
        ),
        *(
            (settings, "InvalidParameterValueException", words)
            for settings, words in (
                (
                    {
                        "ScalingConfig": {"MaximumConcurrency": 5},
                        "ProvisionedPollerConfig": {"MinimumPollers": 2},
                    },
                    "exclude each other",
                ),
                ({"ProvisionedPollerConfig": {"MinimumPollers": 1}}, "at least 2"),
                (
                    {"ProvisionedPollerConfig": {"MinimumPollers": 9, "MaximumPollers": 5}},
                    "may not be greater than MaximumPollers",
                ),
            )
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": "{"}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x"]}'}] * 6}},
            "InvalidParameterValueException",
            "at most 5 filters",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": [{"prefix": 5}]}'}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": "x"}'}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
        ),
    ],
)
def test_setting_out_of_range_is_refused(
    account: Account, function_arn: str, settings: dict[str, Any], code: str, message: str
) -> None:
    error = refusal_of(account, **settings)

    assert error["Code"] == code
    assert message in error["Message"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"BatchSize": 11}, "Batch size must not exceed 10 for FIFO queues"),
        (
            {"MaximumBatchingWindowInSeconds": 1},
            "Batching window is not supported for FIFO queues",
        ),
    ],
)
def test_fifo_queue_takes_neither_a_window_nor_a_large_batch(
    account: Account, settings: dict[str, Any], message: str
) -> None:
    account.queue("queue.fifo", FifoQueue="true")
    account.function(RECORD)

    error = refusal_of(account, EventSourceArn=queue_arn("queue.fifo"), **settings)

    assert error["Message"] == message


def test_update_is_checked_together_with_what_it_leaves_as_it_is(
    account: Account, function_arn: str
) -> None:
    mapping = create_mapping(account, BatchSize=100, MaximumBatchingWindowInSeconds=1)

    assert update(account, mapping, BatchSize=1000)["BatchSize"] == 1000
    with pytest.raises(ClientError, match="Maximum batch window in seconds must be greater"):
        update(account, mapping, MaximumBatchingWindowInSeconds=0)

    assert shown(account, mapping)["MaximumBatchingWindowInSeconds"] == 1
