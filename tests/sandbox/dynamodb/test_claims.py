"""Conditional writes, many at once: one of them wins."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from moto.dynamodb import comparisons

from support.parts.dynamodb_tables import Table


def test_of_two_claims_at_once_one_wins(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    assert winners_of_two_claims(table, monkeypatch) == 1


def test_moto_lets_two_claims_at_once_win(plain: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    assert winners_of_two_claims(plain, monkeypatch) == 2


def winners_of_two_claims(table: Table, monkeypatch: pytest.MonkeyPatch) -> int:
    """Each claim's condition waits for the other's, to be checked before either writes."""
    table.put("sato@example.com", issend={"N": "0"})
    both = threading.Barrier(2)
    check = comparisons.OpEqual.expr

    def check_together(self: Any, item: Any) -> bool:
        result = check(self, item)
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=0.5)
        return result

    monkeypatch.setattr(comparisons.OpEqual, "expr", check_together)

    def claim(_number: int) -> bool:
        with suppress(table.client.exceptions.ConditionalCheckFailedException):
            table.update(
                "sato@example.com",
                "SET issend = :yes",
                ConditionExpression="issend = :no",
                _yes={"N": "1"},
                _no={"N": "0"},
            )
            return True
        return False

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(claim, range(2)))


def test_many_claims_at_once_have_one_winner_each(table: Table) -> None:
    numbers = [str(number) for number in range(30)]

    def claim(number: str) -> bool:
        with suppress(table.client.exceptions.ConditionalCheckFailedException):
            table.put_item(
                Item={"email": {"S": number}}, ConditionExpression="attribute_not_exists(email)"
            )
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, numbers * 4))

    assert sum(won) == len(numbers)


def test_reads_run_beside_writes(table: Table) -> None:
    rounds = range(60)

    def write(number: int) -> None:
        table.put(f"{number}", issend={"N": "0"})
        table.update(f"{number}", "SET haserror = :yes", _yes={"N": "1"})
        table.delete_item(Key={"email": {"S": f"{number}"}})

    def read(_number: int) -> None:
        assert all(item["haserror"] == {"N": "0"} for item in table.query_index()["Items"])
        table.scan()

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(call, number) for number in rounds for call in (write, read)]
        for done in work:
            done.result()

    assert table.scan()["Count"] == 0
