"""moto alone, as the seams find it."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from moto.awslambda.models import LambdaFunction

from support.plain_moto import REGION, Client


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of plain moto, which runs no function."""
    monkeypatch.setattr(LambdaFunction, "_invoke_lambda", lambda self, event: ("", False, ""))
    session = boto3.Session("testing", "testing", region_name=REGION)
    with mock_aws():
        yield session.client
