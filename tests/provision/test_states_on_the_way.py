"""What AWS has not finished is waited for, on a clock of the test's own."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from mailfanout import provision
from mailfanout.errors import TeardownIncomplete
from mailfanout.provision import describe
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.calls.slow_aws import CREATE_SEND_QUEUE, DELETE_SEND_QUEUE, SEND_QUEUE, Sleep

pytestmark = pytest.mark.slow


@pytest.fixture
def sleep() -> Sleep:
    return Sleep()


def answer_first(
    monkeypatch: pytest.MonkeyPatch, client: Any, operation: str, *changes: dict[str, Any]
) -> None:
    """The operation works, but parts of its first answers are changed."""
    works, pending = getattr(client, operation), list(changes)

    def answer(**arguments: Any) -> Any:
        response = works(**arguments)
        return response | pending.pop(0) if pending else response

    monkeypatch.setattr(client, operation, answer)


def test_a_table_is_ready_when_its_indexes_are(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    dynamodb, name = target.client("dynamodb"), {"TableName": stack.table_name}
    provision.create_table(target, stack)
    table = dynamodb.describe_table(**name)["Table"]
    table["GlobalSecondaryIndexes"][1]["IndexStatus"] = "CREATING"
    answer_first(monkeypatch, dynamodb, "describe_table", {"Table": table}, {"Table": table})

    provision.create_table(target, stack)

    assert len(sleep.seconds) == 1


def test_a_table_that_is_being_deleted_is_created_when_it_is_gone(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.create_table(target, stack)
    dynamodb, name = target.client("dynamodb"), {"TableName": stack.table_name}
    table = dynamodb.describe_table(**name)["Table"] | {"TableStatus": "DELETING"}
    answer_first(monkeypatch, dynamodb, "describe_table", {"Table": table}, {"Table": table})
    sleep.meanwhile = partial(dynamodb.delete_table, **name)

    provision.create_table(target, stack)

    assert len(sleep.seconds) == 1
    assert "table mailaddress" in describe(target, stack)


def test_a_function_is_returned_when_it_can_be_invoked(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(target, stack)
    DELETE_SEND_QUEUE(target, stack)
    client, pending = target.client("lambda"), {"State": "Pending"}
    answer_first(monkeypatch, client, "create_function", pending)
    answer_first(monkeypatch, client, "get_function_configuration", pending, pending)

    CREATE_SEND_QUEUE(target, stack)

    assert len(sleep.seconds) == 2


def test_updates_of_a_function_wait_for_one_another(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(target, stack)
    before = describe(target, stack)
    client = target.client("lambda")
    client.update_function_configuration(FunctionName=SEND_QUEUE, Timeout=1)
    busy = {"LastUpdateStatus": "InProgress"}
    answer_first(monkeypatch, client, "get_function_configuration", busy, busy, {}, busy)
    answer_first(monkeypatch, client, "update_function_configuration", busy)

    CREATE_SEND_QUEUE(target, stack)

    assert len(sleep.seconds) == 2
    assert describe(target, stack) == before


def test_a_mapping_is_returned_when_it_is_enabled(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(target, stack)
    provision.delete_event_source_mapping(target, stack)
    client = target.client("lambda")
    uuid = provision.create_event_source_mapping(target, stack)
    mapping = client.get_event_source_mapping(UUID=uuid) | {"State": "Creating"}
    answer_first(
        monkeypatch,
        client,
        "list_event_source_mappings",
        {"EventSourceMappings": [mapping]},
        {"EventSourceMappings": [mapping]},
    )

    provision.create_event_source_mapping(target, stack)

    assert len(sleep.seconds) == 1


def test_a_mapping_that_is_being_deleted_is_replaced(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(target, stack)
    client = target.client("lambda")
    (mapping,) = client.list_event_source_mappings()["EventSourceMappings"]
    deleting = {"EventSourceMappings": [mapping | {"State": "Deleting"}]}
    answer_first(monkeypatch, client, "list_event_source_mappings", deleting)

    assert provision.create_event_source_mapping(target, stack) != mapping["UUID"]


def test_teardown_waits_for_a_queue_that_is_still_visible(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = provision.create_dead_letter_queue(target, stack)
    sqs = target.client("sqs")
    sleep.meanwhile = partial(sqs.delete_queue, QueueUrl=url)
    monkeypatch.setattr(sqs, "delete_queue", lambda **_: None)

    provision.teardown(target, stack)

    assert len(sleep.seconds) == 1


@pytest.mark.slow
def test_teardown_names_what_it_could_not_delete(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.create_bucket(target, stack)
    monkeypatch.setattr(target.client("s3"), "delete_bucket", lambda **_: None)

    with pytest.raises(TeardownIncomplete) as raised:
        provision.teardown(target, stack)

    assert raised.value.remaining == ["bucket mailbody-20221119"]
    assert 120 <= sum(sleep.seconds) < 130
