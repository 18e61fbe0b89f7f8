"""Where the pipeline's data lies: the table of recipients and the bucket of mails."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from mailfanout.errors import MailfanoutError
from mailfanout.stack import Stack
from mailfanout.target.connection import Target
from mailfanout.target.waiting import Sleep, refused, retry, unless_missing, wait_until

Description = dict[str, Any]

_ATTRIBUTE_TYPES = {"email": "S", "issend": "N", "haserror": "N"}
_KEY_SCHEMA = [{"AttributeName": "email", "KeyType": "HASH"}]
_INDEX_KEYS = {"issend-index": "issend", "haserror-index": "haserror"}


def create_table(target: Target, stack: Stack, *, sleep: Sleep = time.sleep) -> str:
    """Create the table of recipients with its two indexes; returns its ARN once all are active.

    May be repeated: a missing index is added, and the billing mode set to on demand. Raises
    MailfanoutError where a table of this name has other keys.
    """
    table = _describe(target, stack)
    if table and table["TableStatus"] == "DELETING":
        wait_until(
            lambda: _describe(target, stack) is None,
            description=f"table {stack.table_name} is still being deleted",
            sleep=sleep,
        )
        table = None
    if table is None:
        _settle(target, stack, _create(target, stack), sleep=sleep)
    else:
        _check_keys(stack, table)
        _settle(target, stack, table, sleep=sleep)
        for change in _changes(table):
            updated = target.client("dynamodb").update_table(TableName=stack.table_name, **change)
            _settle(target, stack, updated["TableDescription"], sleep=sleep)
    return stack.table_arn


def delete_table(target: Target, stack: Stack, *, sleep: Sleep = time.sleep) -> None:
    """Delete the table and what is in it. May be repeated; AWS takes some seconds to finish."""
    dynamodb = target.client("dynamodb")
    retry(
        partial(unless_missing, dynamodb.delete_table, TableName=stack.table_name),
        while_error=_is_in_use,
        sleep=sleep,
    )


def create_bucket(target: Target, stack: Stack) -> str:
    """Create the bucket, private as AWS makes every bucket; returns its ARN. May be repeated."""
    s3 = target.client("s3")
    # us-east-1 is where a bucket lies that names no Region, and may not be named.
    configuration = {"LocationConstraint": stack.region}
    elsewhere = {"CreateBucketConfiguration": configuration} if stack.region != "us-east-1" else {}
    try:
        s3.create_bucket(Bucket=stack.bucket_name, **elsewhere)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    return stack.bucket_arn


def delete_bucket(target: Target, stack: Stack) -> None:
    """Delete the bucket with every version of every object in it. May be repeated."""
    s3 = target.client("s3")
    try:
        for objects in _pages_of_versions(s3, stack.bucket_name):
            s3.delete_objects(Bucket=stack.bucket_name, Delete={"Objects": objects, "Quiet": True})
        s3.delete_bucket(Bucket=stack.bucket_name)
    except s3.exceptions.NoSuchBucket:
        pass


def _create(target: Target, stack: Stack) -> Description:
    created = target.client("dynamodb").create_table(
        TableName=stack.table_name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_KEY_SCHEMA,
        AttributeDefinitions=_attribute_definitions(_INDEX_KEYS),
        GlobalSecondaryIndexes=[_index(name) for name in _INDEX_KEYS],
    )
    table: Description = created["TableDescription"]
    return table


def _changes(table: Description) -> Iterator[Description]:
    """What UpdateTable has to be told, one change a call, which is all that it takes."""
    if table.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
        yield {"BillingMode": "PAY_PER_REQUEST"}
    existing = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
    for name in _INDEX_KEYS:
        if name not in existing:
            existing.append(name)
            yield {
                "AttributeDefinitions": _attribute_definitions(existing),
                "GlobalSecondaryIndexUpdates": [{"Create": _index(name)}],
            }


def _attribute_definitions(index_names: Iterable[str]) -> list[Description]:
    # An attribute that is no key may not be defined: DynamoDB refuses it.
    names = ["email", *(_INDEX_KEYS[name] for name in index_names if name in _INDEX_KEYS)]
    return [{"AttributeName": name, "AttributeType": _ATTRIBUTE_TYPES[name]} for name in names]


def _index(name: str) -> Description:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": _INDEX_KEYS[name], "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def _check_keys(stack: Stack, table: Description) -> None:
    types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
    others = [name for name, kind in _ATTRIBUTE_TYPES.items() if types.get(name, kind) != kind]
    if others or table["KeySchema"] != _KEY_SCHEMA:
        raise MailfanoutError(
            f"Table {stack.table_name} exists with other keys ({types}). Its partition key must "
            "be email (S), and those of its indexes issend (N) and haserror (N). Type: "
            "provision.delete_table(target, stack), then provision.create_table(target, stack)"
        )


def _settle(target: Target, stack: Stack, table: Description, *, sleep: Sleep) -> None:
    """Wait until the table and its indexes, last seen as `table`, are active."""
    if not _is_active(table):
        wait_until(
            lambda: _is_active(_describe(target, stack)),
            description=f"table {stack.table_name} or an index of it is not active yet",
            sleep=sleep,
        )


def _is_active(table: Description | None) -> bool:
    if table is None:
        return False
    indexes = table.get("GlobalSecondaryIndexes", [])
    states = [table["TableStatus"], *(index["IndexStatus"] for index in indexes)]
    return set(states) == {"ACTIVE"}


def _describe(target: Target, stack: Stack) -> Description | None:
    found = unless_missing(target.client("dynamodb").describe_table, TableName=stack.table_name)
    return found and found["Table"]


def _is_in_use(error: ClientError) -> bool:
    return refused(error, "ResourceInUseException")


def _pages_of_versions(s3: Any, bucket_name: str) -> Iterator[list[Description]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket_name):
        versions = page.get("Versions", []) + page.get("DeleteMarkers", [])
        if versions:
            yield [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in versions]
