"""Every part that can carry tags says what made it, and for which stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from mailfanout import provision
from mailfanout.stack import ROLE_PATH, STACK_TAG, Design, Stack
from mailfanout.target import Target, stack_for

pytestmark = pytest.mark.slow


@pytest.fixture
def stack(mailfanout_target: Target) -> Stack:
    return stack_for(mailfanout_target, prefix="anna")


def tagged(target: Target, tags: dict[str, str]) -> Iterator[str]:
    """The ARNs of what carries all of these tags, as AWS's tagging API finds them; and roles."""
    filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    api = target.client("resourcegroupstaggingapi")
    for page in api.get_paginator("get_resources").paginate(TagFilters=filters):
        yield from (found["ResourceARN"] for found in page["ResourceTagMappingList"])
    iam = target.client("iam")
    for role in iam.list_roles(PathPrefix=ROLE_PATH)["Roles"]:
        listed = iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
        if tags.items() <= {one["Key"]: one["Value"] for one in listed}.items():
            yield role["Arn"]


@pytest.mark.parametrize("design", ["simple", "reliable"])
def test_every_part_that_can_carry_tags_is_found_by_them(
    mailfanout_target: Target, stack: Stack, design: Design
) -> None:
    created = provision.deploy(mailfanout_target, stack, design=design)

    found = list(tagged(mailfanout_target, stack.tags))

    parts = [part for part in provision.parts_of(design) if part.tags(stack)]
    names = [part.name(stack) for part in parts if part.kind != "Event source mapping"]
    uuids = [created[part.title(stack)] for part in parts if part.kind == "Event source mapping"]
    assert sorted(arn.replace("/", ":").rpartition(":")[2] for arn in found) == sorted(
        names + uuids
    )


def test_a_part_that_lacks_tags_gets_them_and_keeps_its_own(
    mailfanout_target: Target, stack: Stack
) -> None:
    s3 = mailfanout_target.client("s3")
    provision.deploy(mailfanout_target, replace(stack, stack_name="other"), design="reliable")
    others = sorted(tagged(mailfanout_target, {STACK_TAG: "other"}))
    room = {"Key": "room", "Value": "5"}
    s3.put_bucket_tagging(Bucket=stack.bucket_name, Tagging={"TagSet": [room]})

    provision.deploy(mailfanout_target, stack, design="reliable")

    # An identity that is there already may be anybody's.
    found = [*tagged(mailfanout_target, stack.tags), stack.identity_arn]
    assert sorted(found) == others
    assert room in s3.get_bucket_tagging(Bucket=stack.bucket_name)["TagSet"]


def test_what_stands_in_another_region_is_not_found(
    mailfanout_target: Target, stack: Stack
) -> None:
    provision.deploy(mailfanout_target, stack)
    session = mailfanout_target.session
    api = session.client(
        "resourcegroupstaggingapi", "eu-west-1", endpoint_url=mailfanout_target.endpoint_url
    )
    s3 = session.client("s3", "eu-west-1", endpoint_url=mailfanout_target.endpoint_url)
    room, there = {"Key": "room", "Value": "5"}, {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="elsewhere", CreateBucketConfiguration=there)
    s3.put_bucket_tagging(Bucket="elsewhere", Tagging={"TagSet": [room]})

    found = api.get_resources()["ResourceTagMappingList"]

    assert [one["ResourceARN"] for one in found] == ["arn:aws:s3:::elsewhere"]
    assert stack.bucket_arn in tagged(mailfanout_target, stack.tags)
