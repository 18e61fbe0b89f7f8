"""Every resource of the pipeline is deleted, once and again."""

from __future__ import annotations

import threading
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from mailfanout import provision
from mailfanout.stack import Stack
from mailfanout.target import Target
from support.calls.slow_aws import refusal
from support.parts.pipelines import DELETES, DENY_ALL, PARTS, ROLE

pytestmark = pytest.mark.slow


def without(title: str) -> list[str]:
    """What is left of the pipeline when a part is deleted, and with it what belongs to it."""
    key = PARTS[title].key
    return [other for other, part in PARTS.items() if key not in (part.key, part.belongs_to)]


@pytest.mark.parametrize("part", DELETES)
def test_a_deleted_part_may_be_deleted_again(target: Target, stack: Stack, part: str) -> None:
    provision.deploy(target, stack)

    DELETES[part](target, stack)
    DELETES[part](target, stack)

    assert list(provision.describe(target, stack)) == without(part)


def test_teardown_leaves_nothing_and_may_be_repeated(target: Target, stack: Stack) -> None:
    provision.deploy(target, stack)
    for name in provision.function_names(stack):
        target.client("logs").create_log_group(logGroupName=stack.log_group_name(name))

    provision.teardown(target, stack)
    assert provision.remaining(target, stack) == []

    provision.teardown(target, stack)


def test_what_may_not_be_deleted_keeps_nothing_else(
    target: Target, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision.deploy(target, stack)
    denied = Mock(side_effect=refusal("AccessDenied"))
    monkeypatch.setattr(target.client("dynamodb"), "delete_table", denied)

    with pytest.raises(ClientError, match="AccessDenied"):
        provision.teardown(target, stack)

    assert provision.remaining(target, stack) == [f"table {stack.table_name}"]


@pytest.mark.parametrize("last_step", range(0, 11, 2))
def test_half_a_pipeline_can_be_torn_down(target: Target, stack: Stack, last_step: int) -> None:
    reported: list[str] = []

    def interrupt(name: str) -> None:
        reported.append(name)
        if len(reported) > last_step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        provision.deploy(target, stack, progress=interrupt)
    for call_that_goes_on in threading.enumerate():
        if call_that_goes_on.name == "side-by-side":
            call_that_goes_on.join(10)

    provision.teardown(target, stack)

    assert provision.remaining(target, stack) == []


def test_a_bucket_goes_with_every_version_in_it(target: Target, stack: Stack) -> None:
    s3, bucket = target.client("s3"), {"Bucket": stack.bucket_name}
    provision.create_bucket(target, stack)
    s3.put_object(**bucket, Key="before.txt", Body=b"")
    s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        s3.put_object(**bucket, Key="メール 1.txt", Body=body)
    s3.delete_object(**bucket, Key="メール 1.txt")

    provision.delete_bucket(target, stack)

    assert provision.remaining(target, stack) == []


def test_a_role_goes_with_the_policies_that_were_attached_by_hand(
    target: Target, stack: Stack
) -> None:
    provision.create_role(target, stack)
    iam = target.client("iam")
    policy = iam.create_policy(PolicyName="by-hand", PolicyDocument=DENY_ALL)["Policy"]
    iam.attach_role_policy(**ROLE, PolicyArn=policy["Arn"])

    provision.delete_role(target, stack)

    assert provision.remaining(target, stack) == []


def test_an_identity_that_was_there_before_outlives_the_pipeline(
    target: Target, stack: Stack
) -> None:
    target.client("sesv2").create_email_identity(EmailIdentity=stack.sender)
    provision.deploy(target, stack)

    provision.teardown(target, stack)

    assert list(provision.describe(target, stack)) == ["identity sender@example.com"]
