"""Event source mappings as the API of AWS Lambda shows, changes and deletes them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.parts.mapped_queues import create_mapping, delete, shown, update
from support.sandboxes.account_in_sandbox import Account, queue_arn
from support.waiting import wait_until

pytestmark = pytest.mark.slow


def test_new_mapping_is_shown_with_aws_defaults(account: Account, function_arn: str) -> None:
    mapping = create_mapping(account)

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
    assert shown(account, create_mapping(account))["State"] == "Enabled"


def test_mapping_can_be_created_disabled(account: Account, function_arn: str) -> None:
    assert create_mapping(account, Enabled=False)["State"] == "Disabled"


def test_settings_are_shown_as_they_were_given(account: Account, function_arn: str) -> None:
    settings = {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
        "FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x"]}'}]},
    }

    mapping = shown(account, create_mapping(account, **settings))

    assert settings.items() <= mapping.items()


def test_settings_are_removed_by_empty_ones(account: Account, function_arn: str) -> None:
    mapping = create_mapping(
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
    mapping = create_mapping(account)

    assert update(account, mapping, **change)["State"] == state
    assert shown(account, mapping)["State"] == in_the_end


def test_disabled_mapping_is_enabling_when_it_is_enabled(
    account: Account, function_arn: str
) -> None:
    mapping = create_mapping(account, Enabled=False)

    assert update(account, mapping, Enabled=True)["State"] == "Enabling"


def test_deleted_mapping_is_deleting_and_then_gone(account: Account, function_arn: str) -> None:
    mapping = create_mapping(account)

    answer = delete(account, mapping)

    assert answer["State"] == "Deleting"
    wait_until(lambda: listed(account) == [])


def test_mapping_that_is_being_deleted_is_shown_and_keeps_its_place(
    account: Account, function_arn: str
) -> None:
    mapping = create_mapping(account)

    delete(account, mapping)

    assert [one["State"] for one in listed(account)] == ["Deleting"]
    with pytest.raises(ClientError, match="ResourceConflict.*already exists"):
        create_mapping(account)


def test_mapping_on_its_way_cannot_be_changed(account: Account, function_arn: str) -> None:
    mapping = create_mapping(account)

    with pytest.raises(ClientError, match="ResourceInUse.*Cannot update the event source mapping"):
        account.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], BatchSize=1)


def listed(account: Account) -> list[dict[str, Any]]:
    mappings: list[dict[str, Any]] = account.client("lambda").list_event_source_mappings(
        EventSourceArn=queue_arn()
    )["EventSourceMappings"]
    return mappings


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
    mapping = create_mapping(account, FunctionName=function_arn)

    listed = account.client("lambda").list_event_source_mappings(FunctionName="recorder")

    assert [one["UUID"] for one in listed["EventSourceMappings"]] == [mapping["UUID"]]


def test_mapping_to_an_alias_shows_the_alias(account: Account, function_arn: str) -> None:
    client = account.client("lambda")
    client.publish_version(FunctionName="recorder")
    client.create_alias(FunctionName="recorder", Name="live", FunctionVersion="1")

    mapping = create_mapping(account, FunctionName="recorder:live")

    assert mapping["FunctionArn"] == f"{function_arn}:live"
