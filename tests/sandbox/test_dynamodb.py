"""DynamoDB as the sandbox serves it: moto's answers, AWS's where they differ, from many threads."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb import comparisons
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from mailfanout.sandbox import dynamodb, dynamodb_reads

REPLACEMENTS = dynamodb.replacements()
INDEX = {"IndexName": "haserror-index", "KeyConditionExpression": "haserror = :no"}
HEALTHY = {**INDEX, "ExpressionAttributeValues": {":no": {"N": "0"}}}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for owner, name, value, _reason in REPLACEMENTS:
        monkeypatch.setattr(owner, name, value)
    with mock_aws():
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        client = session.client("dynamodb")
        client.create_table(
            TableName="mailaddress",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": "email", "AttributeType": "S"},
                {"AttributeName": "haserror", "AttributeType": "N"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "haserror-index",
                    "KeySchema": [{"AttributeName": "haserror", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        yield Mailaddress(client)
        client.close()


class Mailaddress:
    """Calls on one table, by the names of the client's methods."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            return getattr(self.client, operation)(TableName="mailaddress", **parameters)

        return call

    def put(self, email: str, **attributes: Any) -> None:
        defaults: dict[str, Any] = {"email": {"S": email}, "haserror": {"N": "0"}}
        self.put_item(Item=defaults | attributes)

    def update(self, email: str, expression: str, **parameters: Any) -> Any:
        values = {f":{name}": value for name, value in parameters.pop("values", {}).items()}
        if values:
            parameters["ExpressionAttributeValues"] = values
        return self.update_item(Key=key(email), UpdateExpression=expression, **parameters)

    def get(self, email: str) -> Any:
        return self.get_item(Key=key(email)).get("Item")


def key(email: str) -> dict[str, Any]:
    return {"email": {"S": email}}


def emails(answer: Any) -> list[str]:
    return [item["email"]["S"] for item in answer["Items"]]


def refused(call: Callable[..., Any], *args: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*args, **parameters)
    return str(caught.value.response["Error"]["Code"])


# What the table holds


@pytest.mark.parametrize("change", REPLACEMENTS, ids=lambda change: f"{change.owner}.{change.name}")
