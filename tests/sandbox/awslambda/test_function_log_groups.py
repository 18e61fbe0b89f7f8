"""A function's log groups, and the permissions that it needs for them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from support.parts.function_sources import CONTEXT, ECHO
from support.sandboxes.account_in_sandbox import (
    Account,
    allow,
)


def test_log_is_in_the_group_and_the_stream_that_the_context_names(account: Account) -> None:
    account.function(CONTEXT)
    streams = {account.invoke()["Payload"]["stream"] for _ in range(2)}

    (stream,) = streams
    events = log_events(account)
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    assert [event["logStreamName"] for event in events] == [stream] * 7
    words = [event["message"].split()[0] for event in events]
    assert words == ["INIT_START", *(["START", "END", "REPORT"] * 2)]
    start, end, report = (event["message"] for event in events[1:4])
    assert (start[-8:], end[-1], report[-5:]) == ("$LATEST\n", "\n", " ms\t\n")


@pytest.mark.parametrize("missing", ["CreateLogGroup", "CreateLogStream", "PutLogEvents"])
def test_nothing_is_logged_where_the_role_lacks_a_permission(
    account: Account, missing: str
) -> None:
    needed = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
    account.role(allow(*needed - {f"logs:{missing}"}))
    account.function(ECHO)

    assert account.invoke()["StatusCode"] == 200

    assert log_events(account) == []


def test_role_that_may_write_to_an_existing_group_needs_not_create_it(account: Account) -> None:
    account.role(allow("logs:CreateLogStream", "logs:PutLogEvents"))
    account.client("logs").create_log_group(logGroupName="/aws/lambda/recorder")
    account.function(ECHO)

    account.invoke()

    assert len(log_events(account)) == 4


def test_a_function_may_have_a_log_group_of_another_name(account: Account) -> None:
    account.function(CONTEXT, LoggingConfig={"LogGroup": "/mails", "LogFormat": "JSON"})

    assert account.invoke()["Payload"]["group"] == "/mails"

    events = account.client("logs").filter_log_events(logGroupName="/mails")["events"]
    found = [json.loads(event["message"])["type"] for event in events]
    assert found == ["platform.initStart", "platform.start", "platform.report"]


def log_events(account: Account) -> list[Any]:
    """The events of the function's log; none where it has no log group."""
    logs = account.client("logs")
    if not logs.describe_log_groups()["logGroups"]:
        return []
    events: list[Any] = logs.filter_log_events(logGroupName="/aws/lambda/recorder")["events"]
    return events
