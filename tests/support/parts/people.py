"""The article's recipients, a file with two of them, and items by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mailfanout.recipients.checking import Recipient
from mailfanout.stack import Stack
from mailfanout.target import Target

YAMADA = Recipient("yamada@example.com", "山田太郎")
SATO = Recipient("sato@example.com", "佐藤二郎")
TWO_ROWS = "email,username\nyamada@example.com,山田太郎\ntanaka@example.com,田中一郎\n"
Write = Callable[..., Path]
NUMBER_0 = {"N": "0"}
COMPLETE = {
    "email": {"S": "suzuki@example.com"},
    "username": {"S": "鈴木四郎"},
    "haserror": NUMBER_0,
    "issend": NUMBER_0,
}


def put(target: Target, item: dict[str, Any]) -> None:
    target.client("dynamodb").put_item(TableName=Stack().table_name, Item=item)
