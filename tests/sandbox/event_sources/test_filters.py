"""Filter criteria keep what matches, and delete the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.parts.mapped_queues import bodies, map_queue, send, wait_until_empty
from support.sandboxes.account_in_sandbox import (
    RECORD,
    Account,
)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ({"body": {"kind": ["mail"]}}, ['{"kind": "mail", "size": 3}']),
        ({"body": {"size": [{"numeric": [">", 3]}]}}, ['{"kind": "test", "size": 5}']),
        ({"body": ["plain"]}, ["plain"]),
        ({"body": [{"prefix": "pl"}]}, ["plain"]),
        ({"messageAttributes": {"to": {"stringValue": ["sato"]}}}, ["with attributes"]),
    ],
)
def test_filter_keeps_what_matches_and_deletes_the_rest(
    account: Account, pattern: dict[str, Any], wanted: list[str]
) -> None:
    queue_url = account.queue()
    send(account, queue_url, '{"kind": "mail", "size": 3}', '{"kind": "test", "size": 5}', "plain")
    attributes = {"to": {"DataType": "String", "StringValue": "sato"}}
    send(account, queue_url, "with attributes", MessageAttributes=attributes)
    account.function(RECORD)

    map_queue(account, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})

    wait_until_empty(account, queue_url)
    assert bodies(account) == wanted


def test_message_that_matches_one_of_several_filters_is_kept(account: Account) -> None:
    queue_url = account.queue()
    send(account, queue_url, "one", "two", "three")
    account.function(RECORD)

    patterns = [{"Pattern": '{"body": ["one"]}'}, {"Pattern": '{"body": ["three"]}'}]
    map_queue(account, FilterCriteria={"Filters": patterns})

    wait_until_empty(account, queue_url)
    assert sorted(bodies(account)) == ["one", "three"]
