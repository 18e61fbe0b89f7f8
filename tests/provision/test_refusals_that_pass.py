"""What AWS refuses for a while is tried again, on a clock of the test's own; the rest is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mailfanout import provision, workshop
from mailfanout.errors import ResourceMissing
from mailfanout.provision import describe
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.calls.slow_aws import CREATE_SEND_QUEUE, DELETE_SEND_QUEUE, Sleep, refusal

pytestmark = pytest.mark.slow

Act = Callable[..., Any]


@pytest.fixture
def sleep() -> Sleep:
    return Sleep()


def refuse_first(
    monkeypatch: pytest.MonkeyPatch, client: Any, operation: str, error: ClientError
) -> None:
    """The operation is refused once, then works."""
    works, pending = getattr(client, operation), [error]

    def refuse(**arguments: Any) -> Any:
        if pending:
            raise pending.pop()
        return works(**arguments)

    monkeypatch.setattr(client, operation, refuse)


def lose_first_reply(monkeypatch: pytest.MonkeyPatch, client: Any, operation: str) -> None:
    """The operation works, boto3 hears nothing of it, and asks once more."""
    works = getattr(client, operation)
    calls = iter((works,))

    def call(**arguments: Any) -> Any:
        for first in calls:
            first(**arguments)
        return works(**arguments)

    monkeypatch.setattr(client, operation, call)


TOO_NEW = {
    "role": refusal(
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "key": refusal(
        "InvalidParameterValueException",
        "Lambda was unable to configure access to your environment variables because the KMS key "
        "is invalid for CreateGrant.",
    ),
    "name": refusal("AWS.SimpleQueueService.QueueDeletedRecently", "You must wait 60 seconds."),
    "principal": refusal("InvalidAttributeValue", "Invalid value for the parameter Policy."),
    "target": refusal("InvalidParameterValue", "Reason: Dead letter target does not exist."),
    "permission": refusal(
        "InvalidArgument", "Unable to validate the following destination configurations"
    ),
    "pair": refusal("ResourceConflictException", "An event source mapping already exists."),
    "policy": refusal(
        "InvalidParameterValueException",
        "The function execution role does not have permissions to call ReceiveMessage on SQS",
    ),
}


@pytest.mark.parametrize(
    ("create", "delete", "operation", "too_new"),
    [
        (CREATE_SEND_QUEUE, DELETE_SEND_QUEUE, "lambda.create_function", "role"),
        (CREATE_SEND_QUEUE, DELETE_SEND_QUEUE, "lambda.create_function", "key"),
        (provision.create_queue, provision.delete_queue, "sqs.create_queue", "name"),
        (provision.create_queue, provision.delete_queue, "sqs.create_queue", "principal"),
        (provision.create_queue, provision.delete_queue, "sqs.create_queue", "target"),
        (
            provision.create_notification,
            provision.delete_notification,
            "s3.put_bucket_notification_configuration",
            "permission",
        ),
        (
            provision.create_event_source_mapping,
            provision.delete_event_source_mapping,
            "lambda.create_event_source_mapping",
            "pair",
        ),
        (
            provision.create_event_source_mapping,
            provision.delete_event_source_mapping,
            "lambda.create_event_source_mapping",
            "policy",
        ),
    ],
)
def test_what_aws_does_not_know_yet_is_tried_again(
    target: Target,
    stack: Stack,
    sleep: Sleep,
    monkeypatch: pytest.MonkeyPatch,
    create: Act,
    delete: Act,
    operation: str,
    too_new: str,
) -> None:
    provision.deploy(target, stack)
    delete(target, stack)
    service, name = operation.split(".")
    refuse_first(monkeypatch, target.client(service), name, TOO_NEW[too_new])

    create(target, stack)

    assert len(sleep.seconds) == 1


def test_parts_whose_creation_was_not_answered_are_taken_as_they_are(
    target: Target, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service, operation in (
        ("dynamodb", "create_table"),
        ("iam", "create_role"),
        ("lambda", "add_permission"),
        ("lambda", "create_event_source_mapping"),
        ("lambda", "create_function"),
        ("sesv2", "create_email_identity"),
        ("sqs", "create_queue"),
    ):
        lose_first_reply(monkeypatch, target.client(service), operation)

    provision.deploy(target, stack)

    for part in provision.parts_of():
        found = part.read(target, stack)
        assert found and part.settings(stack).items() <= found.items()


@pytest.mark.parametrize(
    ("delete", "operation"),
    [
        (provision.delete_table, "dynamodb.delete_table"),
        (provision.delete_event_source_mapping, "lambda.delete_event_source_mapping"),
    ],
)
def test_what_is_in_use_is_deleted_when_it_is_free(
    target: Target,
    stack: Stack,
    sleep: Sleep,
    monkeypatch: pytest.MonkeyPatch,
    delete: Act,
    operation: str,
) -> None:
    provision.deploy(target, stack)
    before = describe(target, stack)
    service, name = operation.split(".")
    refuse_first(monkeypatch, target.client(service), name, refusal("ResourceInUseException"))

    delete(target, stack)

    assert len(sleep.seconds) == 1
    assert len(describe(target, stack)) == len(before) - 1


def test_polling_is_stopped_when_another_change_of_it_is_done(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(target, stack)
    in_use = refusal("ResourceInUseException")
    refuse_first(monkeypatch, target.client("lambda"), "update_event_source_mapping", in_use)

    workshop.set_polling(target, stack.read_message_name, enabled=False)

    mapping = provision.find_mapping(target, stack)
    assert mapping and mapping["State"] == "Disabled"
    assert len(sleep.seconds) == 1


@pytest.mark.parametrize(
    ("create", "operation"),
    [
        (provision.create_table, "dynamodb.create_table"),
        (provision.create_queue, "sqs.create_queue"),
        (CREATE_SEND_QUEUE, "lambda.create_function"),
        (provision.create_notification, "s3.put_bucket_notification_configuration"),
        (provision.create_event_source_mapping, "lambda.create_event_source_mapping"),
    ],
)
def test_any_other_refusal_is_raised_at_once(
    target: Target,
    stack: Stack,
    sleep: Sleep,
    monkeypatch: pytest.MonkeyPatch,
    create: Act,
    operation: str,
) -> None:
    provision.deploy(target, stack)
    for delete in (
        provision.delete_event_source_mapping,
        DELETE_SEND_QUEUE,
        provision.delete_table,
    ):
        delete(target, stack)
    service, name = operation.split(".")
    refuse_first(monkeypatch, target.client(service), name, refusal("AccessDenied"))

    with pytest.raises(ClientError, match="AccessDenied"):
        create(target, stack)

    assert sleep.seconds == []


def test_a_notification_without_permission_is_not_waited_for(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(target, stack)
    provision.forbid_bucket_to_invoke(target, stack)
    operation = "put_bucket_notification_configuration"
    refuse_first(monkeypatch, target.client("s3"), operation, TOO_NEW["permission"])

    with pytest.raises(ResourceMissing, match="allow_bucket_to_invoke"):
        provision.create_notification(target, stack)

    assert sleep.seconds == []
