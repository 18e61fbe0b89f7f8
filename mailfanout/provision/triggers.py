"""What starts the functions: the bucket's notification and the queue's event source mapping."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from mailfanout.errors import ResourceMissing
from mailfanout.policies import invoke_statement
from mailfanout.provision.parts import (
    State,
    find_mapping,
    function_policy,
    require_function,
    require_queue,
)
from mailfanout.stack import Stack
from mailfanout.target.connection import Target
from mailfanout.target.waiting import Sleep, refused, retry, unless_missing, wait_until

_MAPPING_SETTINGS: dict[str, Any] = {
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}


def allow_bucket_to_invoke(target: Target, stack: Stack) -> str:
    """Let S3 invoke sendQueue for the bucket; returns the ARN of the function.

    May be repeated. Raises ResourceMissing where the function does not exist.
    """
    name, wanted = stack.send_queue_name, invoke_statement(stack)
    statements = function_policy(target, name)
    if wanted in statements:
        return stack.function_arn(name)
    if any(statement["Sid"] == wanted["Sid"] for statement in statements):
        forbid_bucket_to_invoke(target, stack)
    client = target.client("lambda")
    try:
        client.add_permission(
            FunctionName=name,
            StatementId=wanted["Sid"],
            Action=wanted["Action"],
            Principal=wanted["Principal"]["Service"],
            SourceArn=stack.bucket_arn,
            SourceAccount=stack.account_id,
        )
    except client.exceptions.ResourceNotFoundException:
        require_function(target, name)
        raise
    return stack.function_arn(name)


def forbid_bucket_to_invoke(target: Target, stack: Stack) -> None:
    """Take S3's permission to invoke sendQueue away. May be repeated."""
    unless_missing(
        target.client("lambda").remove_permission,
        FunctionName=stack.send_queue_name,
        StatementId=invoke_statement(stack)["Sid"],
    )


def create_notification(target: Target, stack: Stack, *, sleep: Sleep = time.sleep) -> str:
    """Have the bucket invoke sendQueue for every object created; returns the notification's id.

    May be repeated, and replaces every other notification of the bucket. Raises
    ResourceMissing where the bucket, or S3's permission to invoke the function, does not exist.
    """
    notification = {
        "Id": stack.send_queue_name,
        "LambdaFunctionArn": stack.function_arn(stack.send_queue_name),
        "Events": ["s3:ObjectCreated:*"],
    }
    put = partial(
        target.client("s3").put_bucket_notification_configuration,
        Bucket=stack.bucket_name,
        NotificationConfiguration={"LambdaFunctionConfigurations": [notification]},
    )

    def permission_is_too_new(error: ClientError) -> bool:
        if refused(error, "NoSuchBucket"):
            hint = "provision.create_bucket(target, stack)"
            raise ResourceMissing("Bucket", stack.bucket_name, hint=hint) from error
        if not refused(error, "InvalidArgument", "Unable to validate"):
            return False
        if invoke_statement(stack) not in function_policy(target, stack.send_queue_name):
            hint = "provision.allow_bucket_to_invoke(target, stack)"
            kind = "The permission of S3 to invoke"
            raise ResourceMissing(kind, stack.send_queue_name, hint=hint) from error
        return True

    retry(put, while_error=permission_is_too_new, sleep=sleep)
    return stack.send_queue_name


def delete_notification(target: Target, stack: Stack) -> None:
    """Have the bucket notify nobody. May be repeated."""
    unless_missing(
        target.client("s3").put_bucket_notification_configuration,
        Bucket=stack.bucket_name,
        NotificationConfiguration={},
    )


def create_event_source_mapping(target: Target, stack: Stack, *, sleep: Sleep = time.sleep) -> str:
    """Have Lambda poll the queue for readMessageAndSendMail; returns the mapping's UUID.

    Returns once it is enabled. May be repeated: a mapping with other settings gets these.
    Raises ResourceMissing where the queue or the function does not exist.
    """
    client = target.client("lambda")
    mapping = find_mapping(target, stack)
    if mapping is None or mapping["State"] == "Deleting":
        change = partial(client.create_event_source_mapping, EventSourceArn=stack.queue_arn)
        mapping = _set_up(target, stack, change, sleep=sleep)
    elif mapping["State"].startswith("Disabl") or not _MAPPING_SETTINGS.items() <= mapping.items():
        change = partial(client.update_event_source_mapping, UUID=mapping["UUID"])
        mapping = _set_up(target, stack, change, sleep=sleep)
    uuid: str = mapping["UUID"]
    if mapping["State"] != "Enabled":
        wait_until(
            lambda: client.get_event_source_mapping(UUID=uuid)["State"] == "Enabled",
            description=f"the event source mapping {uuid} is not enabled yet",
            sleep=sleep,
        )
    return uuid


def delete_event_source_mapping(target: Target, stack: Stack, *, sleep: Sleep = time.sleep) -> None:
    """Stop polling the queue. May be repeated; AWS takes some seconds to forget the mapping."""
    mapping = find_mapping(target, stack)
    if mapping is None or mapping["State"] == "Deleting":
        return
    delete = partial(target.client("lambda").delete_event_source_mapping, UUID=mapping["UUID"])
    retry(delete, while_error=_is_in_use, sleep=sleep)


def _set_up(target: Target, stack: Stack, change: Callable[..., State], *, sleep: Sleep) -> State:
    def is_not_ready(error: ClientError) -> bool:
        require_queue(target, stack)
        require_function(target, stack.read_message_name)
        return (
            _is_in_use(error)
            # Another one of this pair is still being deleted.
            or refused(error, "ResourceConflictException")
            # The role's policy has not reached Lambda yet.
            or refused(error, "InvalidParameterValueException", "permissions to call")
        )

    settings = {"FunctionName": stack.read_message_name, "Enabled": True, **_MAPPING_SETTINGS}
    return retry(partial(change, **settings), while_error=is_not_ready, sleep=sleep)


def _is_in_use(error: ClientError) -> bool:
    return refused(error, "ResourceInUseException")
