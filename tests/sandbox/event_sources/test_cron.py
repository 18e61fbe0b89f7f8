"""EventBridge's cron expressions, and what is none."""

from __future__ import annotations

from datetime import datetime

import pytest
from botocore.exceptions import ClientError

from mailfanout.sandbox.event_sources.cron import read_cron
from support.sandboxes.account_in_sandbox import Account


@pytest.mark.parametrize(
    ("expression", "included", "others"),
    [
        ("0 10 * * ? *", ["2026-11-27T10:00"], ["2026-11-27T10:01", "2026-11-27T22:00"]),
        ("5,35 14 * * ? *", ["2026-11-27T14:05", "2026-11-27T14:35"], ["2026-11-27T14:06"]),
        ("0/15 * * * ? *", ["2026-11-27T01:45"], ["2026-11-27T01:46"]),
        ("0/5 8-17 ? * MON-FRI *", ["2026-11-27T17:55"], ["2026-11-28T17:55"]),
        ("0 0-12/6 1 JAN,3 ? 2026-2027", ["2027-03-01T06:00"], ["2028-03-01T06:00"]),
        ("0 2 ? * SAT#3 *", ["2026-11-21T02:00"], ["2026-11-28T02:00", "2026-11-14T02:00"]),
        ("15 10 ? * 6L *", ["2026-11-27T10:15"], ["2026-11-20T10:15"]),
        ("0 0 ? * L *", ["2026-11-28T00:00"], ["2026-11-27T00:00"]),
        ("0 0 L * ? *", ["2026-02-28T00:00"], ["2026-02-27T00:00"]),
        ("0 0 LW * ? *", ["2026-01-30T00:00", "2026-05-29T00:00"], ["2026-01-31T00:00"]),
        ("0 0 1W * ? *", ["2026-08-03T00:00", "2026-11-02T00:00"], ["2026-08-01T00:00"]),
        ("0 0 15W * ? *", ["2026-11-16T00:00", "2026-08-14T00:00"], ["2026-11-15T00:00"]),
        ("0 0 31W * ? *", ["2026-12-31T00:00"], ["2026-11-30T00:00"]),
    ],
)
def test_cron_is_read_as_aws_reads_it(
    expression: str, included: list[str], others: list[str]
) -> None:
    cron = read_cron(f"cron({expression})")

    assert cron
    times = [*included, *others]
    assert [time for time in times if cron.includes(datetime.fromisoformat(time))] == included


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "INVALID",
            "0 1 * * * *",
            "0 1 ? * ? *",
            "7 20 * * NOT *",
            "71 8 1 * ? *",
            "0 0/0 1 * ? *",
        ),
        *("0 dummy ? * MON-FRI *", "0 10 * * ?", "0 10  * * ? *", "0 10 * 13 ? *", "5-1 0 * * ? *"),
        *("0 10 32W * ? *", "0 10 0 * ? *", "0 10 ? * 8 *", "0 10 ? * 2#6 *", "0 10 * * ? 2200"),
    ],
)
def test_cron_that_is_none_is_refused(account: Account, expression: str) -> None:
    events = account.client("events")

    with pytest.raises(ClientError, match="Parameter ScheduleExpression is not valid"):
        events.put_rule(Name="rule", ScheduleExpression=f"cron({expression})")
