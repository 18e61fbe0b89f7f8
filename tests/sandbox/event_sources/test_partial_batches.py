"""Partial batch responses: only the messages that they report come back."""

from __future__ import annotations

from typing import Any

import pytest

from mailfanout.sandbox.event_sources.batches import failed_ids
from support.parts.mapped_queues import bodies, map_queue, send, wait_until_empty
from support.sandboxes.account_in_sandbox import (
    RECORD,
    RECORD_AND_FAIL,
    Account,
)

# Fails the messages whose body is "bad", by what AWS calls a partial batch response.
RECORD_AND_REPORT = f"""{RECORD}
    bad = [one["messageId"] for one in event["Records"] if one["body"] == "bad"]
    return {{"batchItemFailures": [{{"itemIdentifier": one}} for one in bad]}}
"""
REPORTS = ["ReportBatchItemFailures"]


def test_only_the_reported_messages_of_a_batch_come_back(account: Account) -> None:
    queue_url = account.queue()
    send(account, queue_url, "good", "bad", "good")
    account.function(RECORD_AND_REPORT)
    map_queue(account, FunctionResponseTypes=REPORTS)

    account.wait_for(3, account.events)
    assert sorted(bodies(account)[:3]) == ["bad", "good", "good"]
    assert set(bodies(account)[3:]) == {"bad"}
    assert account.messages_in(queue_url) == 1


def test_report_means_nothing_where_the_mapping_does_not_ask_for_it(account: Account) -> None:
    queue_url = account.queue()
    account.function(RECORD_AND_REPORT)
    map_queue(account)

    send(account, queue_url, "bad")

    wait_until_empty(account, queue_url)
    assert bodies(account) == ["bad"]


def test_exception_fails_the_whole_batch_although_failures_would_be_reported(
    account: Account,
) -> None:
    queue_url = account.queue()
    send(account, queue_url, "one", "two")
    account.function(RECORD_AND_FAIL)
    map_queue(account, FunctionResponseTypes=REPORTS)

    account.wait_for(2, account.events)
    assert account.messages_in(queue_url) == 2


@pytest.mark.parametrize(
    "response", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}, {"sent": 2}]
)
def test_response_that_reports_nothing_is_success(response: Any) -> None:
    assert failed_ids(response, {"1", "2"}) == set()


def test_response_that_reports_known_messages_fails_these() -> None:
    response = {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "2"}]}

    assert failed_ids(response, {"1", "2"}) == {"2"}


@pytest.mark.parametrize(
    "response",
    [
        "done",
        ["2"],
        True,
        {"batchItemFailures": "2"},
        {"batchItemFailures": {}},
        {"batchItemFailures": ["2"]},
        {"batchItemFailures": [None]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": [{"item": "2"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": ["2"]}]},
        {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]},
    ],
)
def test_response_that_cannot_be_understood_fails_the_whole_batch(response: Any) -> None:
    assert failed_ids(response, {"1", "2"}) == {"1", "2"}
