"""The bucket that mails are uploaded to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mailfanout.provision.tags import put_tags
from mailfanout.stack import Stack, State
from mailfanout.target import Target, unless_missing


def bucket_settings(stack: Stack) -> State:
    """The bucket as it stands once it is created; private, as AWS makes every bucket."""
    return {"Region": stack.region, "Versioning": "Never enabled"}


def create_bucket(target: Target, stack: Stack) -> str:
    """Create the bucket, private as AWS makes every bucket; returns its ARN. May be repeated."""
    s3 = target.client("s3")
    # A bucket without a Region lies in us-east-1. AWS refuses a request that names us-east-1.
    configuration = {"LocationConstraint": stack.region}
    elsewhere = {"CreateBucketConfiguration": configuration} if stack.region != "us-east-1" else {}
    try:
        s3.create_bucket(Bucket=stack.bucket_name, **elsewhere)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    put_tags(target, stack.bucket_arn, stack.tags)
    return stack.bucket_arn


def delete_bucket(target: Target, stack: Stack) -> None:
    """Delete the bucket with every version of every object in it. May be repeated."""
    remove_bucket(target, stack.bucket_name)


def remove_bucket(target: Target, name: str) -> None:
    """Delete a bucket by its name, with all that is in it. May be repeated."""
    s3 = target.client("s3")
    try:
        for objects in _pages_of_versions(s3, name):
            s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
        s3.delete_bucket(Bucket=name)
    except s3.exceptions.NoSuchBucket:
        pass


def glance_at_bucket(target: Target, stack: Stack) -> State | None:
    """Where the bucket is, or None if there is no bucket."""
    location = unless_missing(target.client("s3").get_bucket_location, Bucket=stack.bucket_name)
    return location and {"Region": location.get("LocationConstraint") or "us-east-1"}


def read_bucket(target: Target, stack: Stack) -> State | None:
    """The bucket's settings, or None if there is no bucket."""
    found = glance_at_bucket(target, stack)
    if found is None:
        return None
    versioning = target.client("s3").get_bucket_versioning(Bucket=stack.bucket_name)
    return {**found, "Versioning": versioning.get("Status", "Never enabled")}


def _pages_of_versions(s3: Any, bucket_name: str) -> Iterator[list[State]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket_name):
        versions = page.get("Versions", []) + page.get("DeleteMarkers", [])
        if versions:
            yield [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in versions]
