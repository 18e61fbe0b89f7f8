"""Event source mappings of SQS queues in the API of AWS Lambda: what is shown and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from account_in_sandbox import RECORD, Account, allow, queue_arn
from botocore.exceptions import ClientError


@pytest.fixture
def function_arn(account: Account) -> str:
    account.queue()
    return account.function(RECORD)


def map_queue(account: Account, **options: Any) -> dict[str, Any]:
    """Create the mapping from the queue to the function."""
    settings = {"EventSourceArn": queue_arn(), "FunctionName": "recorder", **options}
    mapping: dict[str, Any] = account.client("lambda").create_event_source_mapping(**settings)
    mapping.pop("ResponseMetadata")
    return mapping


def shown(account: Account, mapping: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = account.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])
    answer.pop("ResponseMetadata")
    return answer


def update(account: Account, mapping: dict[str, Any], **changes: Any) -> dict[str, Any]:
    client = account.client("lambda")
    answer: dict[str, Any] = client.update_event_source_mapping(UUID=mapping["UUID"], **changes)
    return answer


def refusal_of(account: Account, **options: Any) -> dict[str, str]:
    """AWS's error for a mapping that cannot be."""
    with pytest.raises(ClientError) as refusal:
        map_queue(account, **options)
    error: dict[str, str] = refusal.value.response["Error"]
    return error


def test_new_mapping_is_shown_with_aws_defaults(account: Account, function_arn: str) -> None:
    mapping = map_queue(account)

    uuid = mapping["UUID"]
    assert mapping.pop("LastModified")
    assert mapping == {
        "UUID": uuid,
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "EventSourceArn": queue_arn(),
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:123456789012:"
        f"event-source-mapping:{uuid}",
        "FunctionArn": function_arn,
        "FunctionResponseTypes": [],
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }


def test_mapping_is_enabled_after_its_creation(account: Account, function_arn: str) -> None:
    assert shown(account, map_queue(account))["State"] == "Enabled"


def test_mapping_can_be_created_disabled(account: Account, function_arn: str) -> None:
    assert shown(account, map_queue(account, Enabled=False))["State"] == "Disabled"


def test_settings_are_shown_as_they_were_given(account: Account, function_arn: str) -> None:
    settings = {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
        "FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x"]}'}]},
    }

    mapping = shown(account, map_queue(account, **settings))

    assert settings.items() <= mapping.items()


def test_settings_are_removed_by_empty_ones(account: Account, function_arn: str) -> None:
    mapping = map_queue(
        account,
        ScalingConfig={"MaximumConcurrency": 2},
        FilterCriteria={"Filters": [{"Pattern": '{"body": ["x"]}'}]},
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    update(account, mapping, ScalingConfig={}, FilterCriteria={}, FunctionResponseTypes=[])

    assert shown(account, mapping).keys().isdisjoint({"ScalingConfig", "FilterCriteria"})
    assert shown(account, mapping)["FunctionResponseTypes"] == []


@pytest.mark.parametrize(
    ("change", "state", "in_the_end"),
    [
        ({"BatchSize": 5}, "Updating", "Enabled"),
        ({"Enabled": False}, "Disabling", "Disabled"),
        ({"Enabled": True}, "Updating", "Enabled"),
    ],
)
def test_update_is_answered_with_the_state_on_the_way(
    account: Account, function_arn: str, change: dict[str, Any], state: str, in_the_end: str
) -> None:
    mapping = map_queue(account)

    assert update(account, mapping, **change)["State"] == state
    assert shown(account, mapping)["State"] == in_the_end


def test_disabled_mapping_is_enabling_when_it_is_enabled(
    account: Account, function_arn: str
) -> None:
    mapping = map_queue(account, Enabled=False)

    assert update(account, mapping, Enabled=True)["State"] == "Enabling"


def test_deleted_mapping_is_deleting_and_then_gone(account: Account, function_arn: str) -> None:
    mapping = map_queue(account)

    answer = account.client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])

    assert answer["State"] == "Deleting"
    assert account.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.parametrize(
    "operation",
    ["get_event_source_mapping", "update_event_source_mapping", "delete_event_source_mapping"],
)
def test_mapping_that_does_not_exist_is_not_found(account: Account, operation: str) -> None:
    call = getattr(account.client("lambda"), operation)

    with pytest.raises(ClientError) as refusal:
        call(UUID="8b7d1f4c-0000-4000-8000-000000000001")

    assert refusal.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "The resource you requested does not exist.",
    }


def test_mappings_are_listed_by_the_name_of_a_function_that_was_named_by_its_arn(
    account: Account, function_arn: str
) -> None:
    mapping = map_queue(account, FunctionName=function_arn)

    listed = account.client("lambda").list_event_source_mappings(FunctionName="recorder")

    assert [one["UUID"] for one in listed["EventSourceMappings"]] == [mapping["UUID"]]


def test_mapping_to_an_alias_shows_the_alias(account: Account, function_arn: str) -> None:
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")

    mapping = map_queue(account, FunctionName="recorder:live")

    assert mapping["FunctionArn"] == f"{function_arn}:live"


def test_mapping_of_a_missing_queue_is_refused(account: Account) -> None:
    account.function(RECORD)

    error = refusal_of(account)

    assert error["Code"] == "InvalidParameterValueException"
    assert "AWS.SimpleQueueService.NonExistentQueue" in error["Message"]


def test_mapping_to_a_missing_function_is_refused(account: Account) -> None:
    account.queue()

    error = refusal_of(account)

    assert error["Code"] == "ResourceNotFoundException"
    assert error["Message"].startswith("Function not found: ")


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

    assert map_queue(account)["State"] == "Creating"


def test_second_mapping_of_the_same_pair_is_refused(account: Account, function_arn: str) -> None:
    mapping = map_queue(account)

    assert refusal_of(account) == {
        "Code": "ResourceConflictException",
        "Message": f'The event source arn (" {queue_arn()} ") and function (" recorder ") '
        "provided mapping already exists. Please update or delete the existing mapping with "
        f"UUID {mapping['UUID']}",
    }


def test_mapping_of_the_same_queue_to_another_function_is_no_duplicate(
    account: Account, function_arn: str
) -> None:
    account.function(RECORD, name="another")
    map_queue(account)

    assert map_queue(account, FunctionName="another")["State"] == "Creating"


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
    map_queue(account)
    client = account.client("lambda")
    client.update_function_configuration(FunctionName="recorder", Timeout=30)

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
        (
            {"FilterCriteria": {"Filters": [{"Pattern": "{"}]}},
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
    mapping = map_queue(account, BatchSize=100, MaximumBatchingWindowInSeconds=1)

    assert update(account, mapping, BatchSize=1000)["BatchSize"] == 1000
    with pytest.raises(ClientError, match="Maximum batch window in seconds must be greater"):
        update(account, mapping, MaximumBatchingWindowInSeconds=0)

    assert shown(account, mapping)["MaximumBatchingWindowInSeconds"] == 1
