"""The bucket's notification, and the permission with which S3 invokes the function."""

from __future__ import annotations

from functools import partial

from botocore.exceptions import ClientError

from mailfanout.errors import ResourceMissing
from mailfanout.policies import invoke_statement
from mailfanout.provision.permissions import forbid, is_same, permit, read_statement
from mailfanout.stack import Stack, State
from mailfanout.target import Target, refused, retry, unless_missing


def allow_bucket_to_invoke(target: Target, stack: Stack) -> str:
    """Let S3 invoke sendQueue for the bucket; returns the ARN of the function.

    May be repeated. Raises ResourceMissing if the function does not exist.
    """
    return permit(target, stack.send_queue_name, invoke_statement(stack))


def forbid_bucket_to_invoke(target: Target, stack: Stack) -> None:
    """Take S3's permission to invoke sendQueue away. May be repeated."""
    forbid(target, stack.send_queue_name, invoke_statement(stack))


def read_permission(target: Target, stack: Stack) -> State | None:
    """The statement of sendQueue's resource-based policy that lets S3 invoke it, or None."""
    return read_statement(target, stack.send_queue_name, invoke_statement(stack))


def notification_settings(stack: Stack) -> State:
    """The bucket's one notification as it stands once it is created."""
    return {
        "Id": stack.send_queue_name,
        "LambdaFunctionArn": stack.function_arn(stack.send_queue_name),
        "Events": ["s3:ObjectCreated:*"],
    }


def create_notification(target: Target, stack: Stack) -> str:
    """Have the bucket invoke sendQueue for every object created; returns the notification's id.

    May be repeated, and replaces every other notification of the bucket. Raises
    ResourceMissing if the bucket, or S3's permission to invoke the function, does not exist.
    """
    notification = notification_settings(stack)
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
        permission = read_permission(target, stack)
        if permission is None or not is_same(permission, invoke_statement(stack)):
            hint = "provision.allow_bucket_to_invoke(target, stack)"
            kind = "The permission of S3 to invoke"
            raise ResourceMissing(kind, stack.send_queue_name, hint=hint) from error
        return True

    retry(put, while_error=permission_is_too_new, sleep=target.sleep)
    return str(notification["Id"])


def delete_notification(target: Target, stack: Stack) -> None:
    """Have the bucket notify nobody. May be repeated."""
    unless_missing(
        target.client("s3").put_bucket_notification_configuration,
        Bucket=stack.bucket_name,
        NotificationConfiguration={},
    )


def read_notification(target: Target, stack: Stack) -> State | None:
    """The bucket's notification of sendQueue, or None."""
    notifications = unless_missing(
        target.client("s3").get_bucket_notification_configuration, Bucket=stack.bucket_name
    )
    found: list[State] = (notifications or {}).get("LambdaFunctionConfigurations", [])
    wanted = notification_settings(stack)["LambdaFunctionArn"]
    return next((one for one in found if one["LambdaFunctionArn"] == wanted), None)
