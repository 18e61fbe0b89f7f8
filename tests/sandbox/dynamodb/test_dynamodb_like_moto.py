"""The sandbox's DynamoDB and plain moto answer the same calls in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models.table import Table

from mailfanout.sandbox.seams import dynamodb
from support.calls.dynamodb_calls import some_calls

PAGES_AT_MOST = 50
REPLACEMENTS = dynamodb.replacements()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.slow
def test_same_calls_get_the_same_answers(seed: int) -> None:
    calls = list(some_calls(Random(seed)))

    with plain_moto() as client:
        expected = [answer(client, *call) for call in calls]

    for call, ours, theirs in zip(calls, answers_here(seed), expected, strict=True):
        assert ours == theirs, call


@pytest.mark.parametrize("seed", range(3))
def test_calls_of_every_kind_succeed_and_some_fail(seed: int) -> None:
    """The comparison above would prove nothing if all calls are refused."""
    calls = list(some_calls(Random(seed)))
    answers = answers_here(seed)

    succeeded = {name for (name, _), given in zip(calls, answers, strict=True) if not failed(given)}
    assert succeeded == {name for name, _ in calls}
    assert any(map(failed, answers))


@cache
def answers_here(seed: int) -> list[Any]:
    """What the sandbox answers to the calls of a seed."""
    with sandbox() as client:
        return [answer(client, *call) for call in some_calls(Random(seed))]


def failed(given: Any) -> bool:
    return isinstance(given, dict) and "Error" in given


@contextmanager
def plain_moto() -> Iterator[Any]:
    assert Table.query.__module__ == "moto.dynamodb.models.table"
    with mock_aws():
        client = boto3.Session("testing", "testing", region_name="us-east-1").client("dynamodb")
        create_tables(client)
        yield client
        client.close()


@contextmanager
def sandbox() -> Iterator[Any]:
    patches = [patch.object(owner, name, value) for owner, name, value, _ in REPLACEMENTS]
    for one in patches:
        one.start()
    try:
        with mock_aws():
            client = boto3.Session("testing", "testing", region_name="us-east-1").client("dynamodb")
            create_tables(client)
            yield client
            client.close()
    finally:
        for one in reversed(patches):
            one.stop()


def create_tables(client: Any) -> None:
    include = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["m", "v"]}
    everything, keys_only = {"ProjectionType": "ALL"}, {"ProjectionType": "KEYS_ONLY"}
    client.create_table(
        TableName="flat",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema("email"),
        AttributeDefinitions=definitions(email="S", n="N", s="S"),
        GlobalSecondaryIndexes=[
            {"IndexName": "n-index", "KeySchema": schema("n"), "Projection": everything},
            {"IndexName": "s-index", "KeySchema": schema("s", "n"), "Projection": include},
        ],
    )
    client.create_table(
        TableName="ranked",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema("email", "rank"),
        AttributeDefinitions=definitions(email="S", rank="N", n="N", s="S"),
        LocalSecondaryIndexes=[
            {"IndexName": "local", "KeySchema": schema("email", "s"), "Projection": everything},
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": "s-index", "KeySchema": schema("s", "n"), "Projection": keys_only},
        ],
    )


def schema(*names: str) -> list[dict[str, str]]:
    kinds = zip(names, ("HASH", "RANGE"), strict=False)
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds]


def definitions(**types: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def answer(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """What an operation answers, or all pages of it, in a form that compares."""
    try:
        if operation in ("query", "scan"):
            return comparable(pages(getattr(client, operation), parameters))
        given = getattr(client, operation)(**parameters)
    except ClientError as error:
        return refused(error.response)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        return {"Error": type(error)}
    return comparable(given["Table"]["ItemCount"] if "Table" in given else given)


def refused(response: Any) -> Any:
    """What an item does not bear is a reason in AWS's transactions, and all that moto says."""
    reasons = response.get("CancellationReasons", ())
    if wrong := [one["Message"] for one in reasons if one["Code"] == "ValidationError"]:
        return {"Error": {"Code": "ValidationException", "Message": wrong[0]}}
    return {"Error": response["Error"], **comparable(response)}


def pages(call: Any, parameters: dict[str, Any]) -> dict[str, list[Any]]:
    """All pages with items: after a full page AWS may have an empty one, and moto has none."""
    found = []
    start: dict[str, Any] = {}
    for _ in range(PAGES_AT_MOST):
        page = call(**parameters, **start)
        found.append([page["Count"], page["ScannedCount"], page.get("Items")])
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    return {"Pages": [page for page in found if page[1]]}


def comparable(value: Any) -> Any:
    """Without what AWS gives only on demand, and moto always, and with sets in order."""
    if isinstance(value, list):
        return [comparable(one) for one in value]
    if not isinstance(value, dict):
        return value
    left_out = ("ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics", "Error")
    return {
        name: sorted(one)
        if name in ("SS", "NS", "BS") and isinstance(one, list)
        else comparable(one)
        for name, one in value.items()
        if name not in left_out
    }
