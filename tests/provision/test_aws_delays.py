"""What AWS has not finished is waited for, on a clock of the test's own; the rest is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from mailfanout import provision
from mailfanout.errors import MailfanoutError, ResourceMissing, TeardownIncomplete
from mailfanout.provision import describe
from mailfanout.stack import Stack
from mailfanout.target import Target, refused, retry, unless_missing, wait_until

Act = Callable[..., Any]

TARGET = Target("aws", boto3.Session("testing", "testing", region_name="us-east-1"))
SEND_QUEUE = Stack().send_queue_name


class Sleep:
    """Stands in for time.sleep: remembers the seconds, and does what happens meanwhile."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.meanwhile: Callable[[], Any] = lambda: None

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.meanwhile()


@pytest.fixture
def sleep() -> Sleep:
    return Sleep()


@pytest.fixture
def stack() -> Stack:
    return Stack()


@pytest.fixture
def target(sleep: Sleep) -> Iterator[Target]:
    """moto in this process, empty; the clients, which take long to make, serve every test."""
    with mock_aws():
        yield replace(TARGET, sleep=sleep)


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


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


def answer_first(
    monkeypatch: pytest.MonkeyPatch, client: Any, operation: str, *changes: dict[str, Any]
) -> None:
    """The operation works, but parts of its first answers are changed."""
    works, pending = getattr(client, operation), list(changes)

    def answer(**arguments: Any) -> Any:
        response = works(**arguments)
        return response | pending.pop(0) if pending else response

    monkeypatch.setattr(client, operation, answer)


CREATE_SEND_QUEUE = partial(provision.create_function, name=SEND_QUEUE)
DELETE_SEND_QUEUE = partial(provision.delete_function, name=SEND_QUEUE)
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
    client, creating = target.client("lambda"), {"State": "Creating"}
    answer_first(monkeypatch, client, "create_event_source_mapping", creating)
    answer_first(monkeypatch, client, "get_event_source_mapping", creating)

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


def test_teardown_names_what_it_could_not_delete(
    target: Target, stack: Stack, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.create_bucket(target, stack)
    monkeypatch.setattr(target.client("s3"), "delete_bucket", lambda **_: None)

    with pytest.raises(TeardownIncomplete) as raised:
        provision.teardown(target, stack)

    assert raised.value.remaining == ["bucket mailbody-20221119"]
    assert 120 <= sum(sleep.seconds) < 130


def test_a_wait_asks_at_once_and_ever_more_rarely(sleep: Sleep) -> None:
    asked: list[int] = []

    def fourth_time() -> bool:
        asked.append(len(asked))
        return len(asked) == 4

    wait_until(fourth_time, description="never mind", sleep=sleep)

    assert sleep.seconds == [0.05, 0.1, 0.2]


def test_a_wait_in_vain_ends_and_says_what_for(sleep: Sleep) -> None:
    with pytest.raises(MailfanoutError, match="Waited 10 s in vain: the table is not there"):
        wait_until(
            lambda: False, description="the table is not there", sleep=sleep, timeout_seconds=10
        )

    assert 10 <= sum(sleep.seconds) <= 12


def test_a_refusal_that_stays_is_raised_in_the_end(sleep: Sleep) -> None:
    def refuse() -> None:
        raise refusal("Busy")

    with pytest.raises(ClientError, match="Busy"):
        retry(refuse, while_error=partial(refused, code="Busy"), sleep=sleep, timeout_seconds=10)

    assert 10 <= sum(sleep.seconds) <= 12


def test_only_absence_is_quiet() -> None:
    def refuse(code: str) -> None:
        raise refusal(code)

    assert unless_missing(refuse, code="NoSuchBucket") is None
    with pytest.raises(ClientError, match="AccessDenied"):
        unless_missing(refuse, code="AccessDenied")
