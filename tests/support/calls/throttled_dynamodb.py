"""A DynamoDB of recipients that takes what a test lets it take."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mailfanout.recipients.checking import Recipient
from mailfanout.target import Sleep, Target


def people(count: int) -> list[Recipient]:
    return [Recipient(f"user{number}@example.com", f"User {number}") for number in range(count)]


def never(seconds: float) -> None:
    pytest.fail(f"waited for {seconds} s")


def in_process(dynamodb: Any, sleep: Sleep = never) -> Target:
    """A target whose DynamoDB is this client."""
    return Target("sandbox", boto3.Session(), sleep=sleep, _clients={"dynamodb": dynamodb})


class ThrottledDynamoDB:
    """Has these in its table. Puts at most `capacity`, and nothing in the calls of `errors`.

    An exception is what a whole call is answered, another error what one of its writes is.
    """

    def __init__(
        self,
        capacity: int = 25,
        errors: dict[int, str] | None = None,
        present: Iterable[Recipient] = (),
    ) -> None:
        self.capacity = capacity
        self.errors = errors or {}
        self.present = [{"email": {"S": one.email}} for one in present]
        self.calls = 0
        self.emails: list[str] = []

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: iter([{"Items": self.present}]))

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:
        self._count_call("BatchWriteItem")
        ((table_name, requests),) = RequestItems.items()
        taken, refused = requests[: self.capacity], requests[self.capacity :]
        self.emails += [request["PutRequest"]["Item"]["email"]["S"] for request in taken]
        return {"UnprocessedItems": {table_name: refused} if refused else {}}

    def transact_write_items(self, TransactItems: list[Any]) -> None:
        self._count_call("TransactWriteItems")
        self.emails += [item["Update"]["Key"]["email"]["S"] for item in TransactItems]

    def _count_call(self, operation: str) -> None:
        self.calls += 1
        if code := self.errors.get(self.calls):
            error: Any = {"Error": {"Code": code, "Message": ""}}
            if not code.endswith("Exception"):
                error["Error"]["Code"] = "TransactionCanceledException"
                error["CancellationReasons"] = [{"Code": "None"}, {"Code": code}]
            raise ClientError(error, operation)
