"""What the handlers' tests share: moto in this process, the table, and handlers as files."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

LAMBDAS = Path(__file__).parents[2] / "mailfanout" / "lambdas"
TABLE_NAME = "mailaddress"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS, whatever the environment says about another one."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    # One session for all tests: a new one reads the services' models again, for 0.2 s each time.
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield


@pytest.fixture
def load_handler(aws: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """`load_handler("simple/sendQueue", TABLE_NAME=…)`: the module, as Lambda would load it."""

    def load(function: str, **environment: str) -> ModuleType:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        path = LAMBDAS / function / "lambda_function.py"
        spec = importlib.util.spec_from_file_location("lambda_function", path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def table(aws: None) -> Any:
    """The table `mailaddress`, empty, with its two indexes."""
    flags = ("issend", "haserror")
    return boto3.resource("dynamodb").create_table(
        TableName=TABLE_NAME,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "email", "AttributeType": "S"},
            *({"AttributeName": flag, "AttributeType": "N"} for flag in flags),
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": f"{flag}-index",
                "KeySchema": [{"AttributeName": flag, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for flag in flags
        ],
    )


@pytest.fixture
def put_recipient(table: Any) -> Callable[..., None]:
    """`put_recipient("yamada@example.com", issend=1)`: an item, with defaults, in the table."""

    def put(email: str, **attributes: Any) -> None:
        defaults = {"username": "山田太郎", "haserror": 0, "issend": 0}
        table.put_item(Item={"email": email, **defaults, **attributes})

    return put


@pytest.fixture
def issend(table: Any) -> Callable[[str], int]:
    """`issend("yamada@example.com")`: the flag as it stands in the table."""
    return lambda email: int(table.get_item(Key={"email": email})["Item"]["issend"])


@pytest.fixture
def log_lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """`log_lines()`: what was logged since the last call; every line must be JSON."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
