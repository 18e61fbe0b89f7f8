"""moto alone, as the seams find it, and a bucket of the sandbox that invokes a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.awslambda.models import LambdaFunction

from support.parts.bucket_notifications import BUCKET, allow_s3, notify
from support.sandboxes.account_in_sandbox import RECORD, Account
from support.sandboxes.plain_moto import REGION, Client


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of plain moto, which runs no function."""
    monkeypatch.setattr(LambdaFunction, "_invoke_lambda", lambda self, event: ("", False, ""))
    session = boto3.Session("testing", "testing", region_name=REGION)
    with mock_aws():
        yield session.client


@pytest.fixture
def s3(account: Account) -> Any:
    client = account.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def trigger(account: Account, s3: Any) -> str:
    """A function that records what is created in the bucket; its ARN."""
    arn = account.function(RECORD)
    allow_s3(account)
    notify(account, arn)
    return arn
