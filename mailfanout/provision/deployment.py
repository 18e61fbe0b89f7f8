"""Create and delete the AWS resources of the pipeline: each by its function, or all at once.

Every function may be repeated: what exists is left alone or brought back to its settings, and
what is gone already is no error. Errors that AWS answers with are botocore's ClientError.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from mailfanout.errors import MailfanoutError, TeardownIncomplete
from mailfanout.policies import execution_policy, trust_policy
from mailfanout.provision.functions import create_function, delete_function
from mailfanout.provision.parts import CREATOR_TAG, find_identity, remaining
from mailfanout.provision.queues import (
    create_dead_letter_queue,
    create_queue,
    delete_dead_letter_queue,
    delete_queue,
)
from mailfanout.provision.table import create_bucket, create_table, delete_bucket, delete_table
from mailfanout.provision.triggers import (
    allow_bucket_to_invoke,
    create_event_source_mapping,
    create_notification,
    delete_event_source_mapping,
    delete_notification,
    forbid_bucket_to_invoke,
)
from mailfanout.stack import Stack
from mailfanout.target.connection import Target
from mailfanout.target.waiting import Sleep, wait_until

__all__ = [
    "allow_bucket_to_invoke",
    "create_bucket",
    "create_dead_letter_queue",
    "create_event_source_mapping",
    "create_function",
    "create_notification",
    "create_queue",
    "create_role",
    "create_table",
    "delete_bucket",
    "delete_dead_letter_queue",
    "delete_event_source_mapping",
    "delete_function",
    "delete_notification",
    "delete_queue",
    "delete_role",
    "delete_sender",
    "delete_table",
    "deploy",
    "forbid_bucket_to_invoke",
    "remaining",
    "teardown",
    "verify_sender",
]

Progress = Callable[[str], None]
Steps = dict[str, Callable[[Target, Stack], Any]]
ROLE_POLICY_NAME = "mailfanout"
TEARDOWN_TIMEOUT_SECONDS = 120


def create_role(target: Target, stack: Stack) -> str:
    """Create the execution role of both functions, with its policies; returns its ARN.

    May be repeated, and puts both policies again.
    """
    iam = target.client("iam")
    trust = json.dumps(trust_policy())
    try:
        iam.create_role(RoleName=stack.role_name, AssumeRolePolicyDocument=trust)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=stack.role_name, PolicyDocument=trust)
    iam.put_role_policy(
        RoleName=stack.role_name,
        PolicyName=ROLE_POLICY_NAME,
        PolicyDocument=json.dumps(execution_policy(stack)),
    )
    return stack.role_arn


def delete_role(target: Target, stack: Stack) -> None:
    """Delete the execution role and its policies; attached ones are only detached.

    May be repeated.
    """
    iam, role_name = target.client("iam"), stack.role_name
    try:
        for policy in iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=role_name, PolicyArn=policy["PolicyArn"])
        for policy_name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role_name, PolicyName=policy_name)
        iam.delete_role(RoleName=role_name)
    except iam.exceptions.NoSuchEntityException:
        pass


def verify_sender(target: Target, stack: Stack) -> str:
    """Ask SES to verify the sender's address; returns the identity's ARN.

    May be repeated. AWS writes to the address, and sends from it once the link in that mail
    was followed, which this function does not wait for.
    """
    sesv2 = target.client("sesv2")
    if find_identity(target, stack) is None:
        sesv2.create_email_identity(EmailIdentity=stack.sender, Tags=[CREATOR_TAG])
    return stack.identity_arn


def delete_sender(target: Target, stack: Stack) -> None:
    """Delete the sender's identity, but only where mailfanout created it. May be repeated."""
    identity = find_identity(target, stack)
    if identity and CREATOR_TAG in identity.get("Tags", []):
        target.client("sesv2").delete_email_identity(EmailIdentity=stack.sender)


def deploy(
    target: Target,
    stack: Stack,
    *,
    version: str = "simple",
    progress: Progress | None = None,
    sleep: Sleep = time.sleep,
) -> dict[str, str]:
    """Create or mend the whole pipeline; returns the ARN, URL or id of each part by its name.

    `progress` is told each part's name before it is worked on. A second deploy changes nothing.
    """
    send_queue, read_message = stack.function_names
    function = partial(create_function, version=version, sleep=sleep)
    steps: Steps = {
        f"table {stack.table_name}": partial(create_table, sleep=sleep),
        f"bucket {stack.bucket_name}": create_bucket,
        f"role {stack.role_name}": create_role,
        f"queue {stack.dead_letter_queue_name}": partial(create_dead_letter_queue, sleep=sleep),
        f"queue {stack.queue_name}": partial(create_queue, sleep=sleep),
        f"identity {stack.sender}": verify_sender,
        f"function {send_queue}": partial(function, name=send_queue),
        f"permission of {send_queue}": allow_bucket_to_invoke,
        f"notification of {stack.bucket_name}": partial(create_notification, sleep=sleep),
        f"function {read_message}": partial(function, name=read_message),
        f"event source mapping of {read_message}": partial(
            create_event_source_mapping, sleep=sleep
        ),
    }
    return _run(steps, target, stack, progress=progress)


def teardown(
    target: Target, stack: Stack, *, progress: Progress | None = None, sleep: Sleep = time.sleep
) -> None:
    """Delete the whole pipeline, in the reverse order, and wait until it is gone.

    May be repeated, also on part of a pipeline. On AWS it takes a minute or two, which is how
    long a deleted queue stays visible. Raises TeardownIncomplete where something is left.
    """
    send_queue, read_message = stack.function_names
    steps: Steps = {
        f"event source mapping of {read_message}": partial(
            delete_event_source_mapping, sleep=sleep
        ),
        f"function {read_message}": partial(delete_function, name=read_message),
        f"notification of {stack.bucket_name}": delete_notification,
        f"function {send_queue}": partial(delete_function, name=send_queue),
        f"identity {stack.sender}": delete_sender,
        f"queue {stack.queue_name}": delete_queue,
        f"queue {stack.dead_letter_queue_name}": delete_dead_letter_queue,
        f"role {stack.role_name}": delete_role,
        f"bucket {stack.bucket_name}": delete_bucket,
        f"table {stack.table_name}": partial(delete_table, sleep=sleep),
    }
    _run(steps, target, stack, progress=progress)
    _wait_until_gone(target, stack, sleep=sleep)


def _run(
    steps: Steps, target: Target, stack: Stack, *, progress: Progress | None
) -> dict[str, Any]:
    results = {}
    for name, step in steps.items():
        if progress:
            progress(name)
        results[name] = step(target, stack)
    return results


def _wait_until_gone(target: Target, stack: Stack, *, sleep: Sleep) -> None:
    try:
        wait_until(
            lambda: not remaining(target, stack),
            description="part of the pipeline is still there",
            sleep=sleep,
            timeout_seconds=TEARDOWN_TIMEOUT_SECONDS,
        )
    except MailfanoutError as error:
        raise TeardownIncomplete(remaining(target, stack)) from error
