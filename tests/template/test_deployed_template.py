"""The template, deployed by the sandbox, makes what `provision` makes, and sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from mailfanout import campaign, provision, recipients
from mailfanout.stack import Design, Stack
from mailfanout.target import Target, stack_for
from support.command_line import run
from support.parts.stacks import (
    CAPABILITIES,
    STACK_NAME,
    as_parameters,
    create_stack,
    delete_stack,
    describe_stack,
    failures,
    packaged,
)

pytestmark = pytest.mark.slow

DESIGNS = get_args(Design)


def described(target: Target, stack: Stack, design: Design) -> dict[str, Any]:
    """What stands, without the ids that CloudFormation chooses where `provision` does."""
    found = provision.describe(target, stack)
    chosen = {"notification of": "Id", "permission of": "Sid"}
    for part in provision.parts_of(design):
        if part.noun in chosen:
            del found[part.title(stack)][chosen[part.noun]]
    return found


def tagged(target: Target, stack: Stack) -> dict[str, dict[str, str]]:
    """The tags of what carries ours, by its ARN; but for mappings, whose ARNs AWS chooses."""
    api = target.client("resourcegroupstaggingapi")
    filters = [{"Key": key, "Values": [value]} for key, value in stack.tags.items()]
    return {
        one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]}
        for page in api.get_paginator("get_resources").paginate(TagFilters=filters)
        for one in page["ResourceTagMappingList"]
        if "event-source-mapping" not in one["ResourceARN"]
    }


def drifted(target: Target) -> list[Any]:
    """What CloudFormation finds of the stack that stands otherwise than it was told."""
    client = target.client("cloudformation")
    client.detect_stack_drift(StackName=STACK_NAME)
    filters = ["MODIFIED", "DELETED"]
    found = client.describe_stack_resource_drifts(
        StackName=STACK_NAME, StackResourceDriftStatusFilters=filters
    )
    return [*found["StackResourceDrifts"]]


@pytest.mark.parametrize("design", DESIGNS)
def test_every_part_stands_as_provision_makes_it(
    mailfanout_target: Target, tmp_path: Path, design: Design
) -> None:
    stack = stack_for(mailfanout_target, prefix="anna")
    text = packaged(mailfanout_target, tmp_path, design)
    created = create_stack(mailfanout_target, text, Prefix="anna-")
    assert (created["StackStatus"], failures(mailfanout_target)) == ("CREATE_COMPLETE", [])
    by_template = described(mailfanout_target, stack, design)
    with_tags = tagged(mailfanout_target, stack)
    assert drifted(mailfanout_target) == []

    assert mailfanout_target.sandbox
    mailfanout_target.sandbox.reset()
    provision.deploy(mailfanout_target, stack, design=design)

    by_calls = described(mailfanout_target, stack, design)
    if design == "simple":  # whose alarms need a topic that is no part of it
        del by_template[f"topic {stack.notices_name}"]
    assert by_template == by_calls
    ours = {arn: tags.items() for arn, tags in tagged(mailfanout_target, stack).items()}
    assert {arn for arn, tags in ours.items() if not tags <= with_tags[arn].items()} == set()


@pytest.mark.parametrize("design", DESIGNS)
def test_a_mail_goes_out_through_the_stack_and_nothing_is_left_of_it(
    mailfanout_target: Target, tmp_path: Path, design: Design
) -> None:
    stack = stack_for(mailfanout_target)
    create_stack(mailfanout_target, packaged(mailfanout_target, tmp_path, design))

    for command in ("seed", "send"):
        finished = run(command)
        assert (finished.exit_code, finished.stderr) == (0, "")

    mails = campaign.inbox(mailfanout_target)
    assert sorted(mail.to for mail in mails) == sorted(
        one.email for one in recipients.example().recipients
    )
    assert delete_stack(mailfanout_target) == "DELETE_FAILED"
    assert [name for name, _ in failures(mailfanout_target)] == ["Bucket"]
    # The mail is still there. CloudFormation deletes no bucket that holds something.
    objects = mailfanout_target.client("s3").list_objects_v2(Bucket=stack.bucket_name)["Contents"]
    for one in objects:
        mailfanout_target.client("s3").delete_object(Bucket=stack.bucket_name, Key=one["Key"])
    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"
    assert provision.describe(mailfanout_target, stack) == {}


def test_a_stack_beside_another_shares_its_identity(
    mailfanout_target: Target, tmp_path: Path
) -> None:
    ses = mailfanout_target.client("sesv2")
    ses.create_email_identity(EmailIdentity=Stack().sender)
    text = packaged(mailfanout_target, tmp_path, "simple")

    created = create_stack(mailfanout_target, text, CreateIdentity="no", Prefix="anna-")

    assert (created["StackStatus"], failures(mailfanout_target)) == ("CREATE_COMPLETE", [])
    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"
    assert [one["IdentityName"] for one in ses.list_email_identities()["EmailIdentities"]] == [
        Stack().sender
    ]


def test_a_stack_takes_another_prefix(mailfanout_target: Target, tmp_path: Path) -> None:
    text = packaged(mailfanout_target, tmp_path, "simple")
    create_stack(mailfanout_target, text)

    mailfanout_target.client("cloudformation").update_stack(
        StackName=STACK_NAME,
        UsePreviousTemplate=True,
        Capabilities=CAPABILITIES,
        Parameters=as_parameters({"Prefix": "anna-"}),
    )

    assert failures(mailfanout_target) == []
    assert describe_stack(mailfanout_target)["StackStatus"] == "UPDATE_COMPLETE"
    plain = stack_for(mailfanout_target)
    assert "queue anna-mailsendqueue0000001" in provision.describe(
        mailfanout_target, plain.with_prefix("anna-")
    )
    assert [*provision.describe(mailfanout_target, plain)] == [f"identity {plain.sender}"]


def test_a_stack_whose_parts_are_gone_already_can_be_deleted(
    mailfanout_target: Target, tmp_path: Path
) -> None:
    create_stack(mailfanout_target, packaged(mailfanout_target, tmp_path, "reliable"))
    provision.teardown(mailfanout_target, stack_for(mailfanout_target))

    assert delete_stack(mailfanout_target) == "DELETE_COMPLETE"
