"""What a call takes, counted in steps of Python, does not grow with the table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from moto import mock_aws

from support.parts.dynamodb_tables import REPLACEMENTS, Table, new_table, put

CALLS: dict[str, Callable[[Table], Any]] = {
    "query": lambda table: table.query_index(Limit=3),
    "scan": lambda table: table.scan(Limit=3),
    "next page": lambda table: table.query_index(
        Limit=3, ExclusiveStartKey={"email": {"S": "0005"}, "haserror": {"N": "0"}}
    ),
    "transaction": lambda table: table.transact(put("0001", haserror={"N": "0"})),
}
UNCHANGING_CALLS: dict[str, Callable[[Table], Any]] = {
    "put": lambda table: table.put("0001", haserror={"N": "1"}),
    "update": lambda table: table.update("0001", "SET haserror = :yes", _yes={"N": "1"}),
    "get": lambda table: table.get("0001"),
}


@pytest.mark.parametrize("name", [*CALLS, *UNCHANGING_CALLS])
def test_cost_of_a_call_does_not_grow_with_the_table(table: Table, name: str) -> None:
    assert growth(table, (CALLS | UNCHANGING_CALLS)[name]) < 100


@pytest.mark.parametrize("name", CALLS)
def test_in_moto_the_cost_of_a_call_grows_with_the_table(plain: Table, name: str) -> None:
    assert growth(plain, CALLS[name]) > 1000


CHUNK = {f"user{number}": {"M": {"state": {"S": "pending"}}} for number in range(50)}
COSTLY_CALLS: dict[str, Callable[[Table], Any]] = {
    "query": lambda table: table.query_index(),
    "get": lambda table: table.get("chunk"),
    "put": lambda table: table.put("chunk", recipients={"M": CHUNK}),
    "update": lambda table: table.update(
        "chunk",
        "SET haserror = :no, leased = :yes",
        ConditionExpression="attribute_exists(email) AND haserror = :no",
        _no={"N": "0"},
        _yes={"N": "1"},
    ),
}


@pytest.mark.parametrize(
    ("name", "share"), [("query", 0.1), ("get", 0.2), ("put", 0.9), ("update", 0.45)]
)
def test_call_takes_a_share_of_the_steps_that_moto_takes(
    client: Any, monkeypatch: pytest.MonkeyPatch, name: str, share: float
) -> None:
    def steps() -> int:
        with mock_aws():
            table = new_table(client)
            fill(table, 0, 50)
            table.put("chunk", recipients={"M": CHUNK})
            COSTLY_CALLS[name](table)
            return function_calls(COSTLY_CALLS[name], table)

    in_moto = steps()
    for owner, attribute, value, _reason in REPLACEMENTS:
        monkeypatch.setattr(owner, attribute, value)

    assert steps() < share * in_moto


def growth(table: Table, call: Callable[[Table], Any]) -> int:
    """How many more function calls it takes where the table is ten times as large."""
    fill(table, 0, 30)
    call(table)
    in_small_table = function_calls(call, table)
    fill(table, 30, 300)
    return function_calls(call, table) - in_small_table


def fill(table: Table, start: int, stop: int) -> None:
    for first in range(start, stop, 25):
        numbers = range(first, min(first + 25, stop))
        items = [{"email": {"S": f"{number:04}"}, "haserror": {"N": "0"}} for number in numbers]
        writes = [{"PutRequest": {"Item": item}} for item in items]
        table.client.batch_write_item(RequestItems={"mailaddress": writes})


def function_calls(call: Callable[[Table], Any], table: Table) -> int:
    counted = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event == "call"

    sys.setprofile(count)
    try:
        call(table)
    finally:
        sys.setprofile(None)
    return counted
