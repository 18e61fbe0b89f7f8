"""moto's DynamoDB in this process: as it is, and with the sandbox's changes to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from support.parts.dynamodb_tables import REGION, REPLACEMENTS, Table, new_table


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    client = boto3.Session("testing", "testing", region_name=REGION).client("dynamodb")
    yield client
    client.close()


@pytest.fixture
def plain(client: Any) -> Iterator[Table]:
    """The table in plain moto."""
    with mock_aws():
        yield new_table(client)


@pytest.fixture
def replaced(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an empty account, with moto as the sandbox changes it."""
    for owner, name, value, _reason in REPLACEMENTS:
        monkeypatch.setattr(owner, name, value)
    with mock_aws():
        yield client


@pytest.fixture
def table(replaced: Any) -> Table:
    return new_table(replaced)
