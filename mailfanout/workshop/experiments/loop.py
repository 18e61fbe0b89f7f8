"""A function that starts itself: it writes into the bucket whose uploads start it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from botocore.exceptions import ClientError

from mailfanout import provision, show
from mailfanout.stack import Stack
from mailfanout.target import Target, refused, retry, unless_missing

_HANDLER = Path(__file__).parents[2] / "lambdas" / "lessons" / "keepCopy" / "lambda_function.py"
_S3_FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


def loop_source() -> show.Code:
    """The source of the function `keepCopy`, as it is deployed."""
    return show.Code(_HANDLER.read_text(encoding="utf-8"), "python")


def deploy_loop(target: Target, stack: Stack) -> Stack:
    """Deploy `keepCopy` with a bucket of its own, beside the pipeline. May be repeated.

    Returns a stack of which these are the bucket and the first function. Only emptying the sandbox
    removes them.
    """
    loop = replace(
        stack,
        bucket_name=f"{stack.bucket_name}-copies",
        send_queue_name="keepCopy",
        role_name="keepCopy-role",
    )
    provision.create_bucket(target, loop)
    provision.create_role(target, loop)
    iam = target.client("iam")
    iam.attach_role_policy(RoleName=loop.role_name, PolicyArn=_S3_FULL_ACCESS)
    _create_function(target, loop)
    provision.allow_bucket_to_invoke(target, loop)
    provision.create_notification(target, loop)
    return loop


def _create_function(target: Target, loop: Stack) -> None:
    client, name = target.client("lambda"), loop.send_queue_name
    if unless_missing(client.get_function, FunctionName=name) is None:
        create = partial(
            client.create_function,
            FunctionName=name,
            Runtime="python3.13",
            Handler="lambda_function.lambda_handler",
            Code={"ZipFile": provision.zip_handler(_HANDLER)},
            Role=loop.role_arn,
            Timeout=30,
        )
        retry(create, while_error=_role_is_too_new, sleep=target.sleep)
    client.get_waiter("function_active_v2").wait(FunctionName=name)


def _role_is_too_new(error: ClientError) -> bool:
    return refused(error, "InvalidParameterValueException", "cannot be assumed")
