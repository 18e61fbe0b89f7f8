"""An empty account in the private sandbox, where AWS's minutes take milliseconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailfanout.target import Target
from support.sandboxes.account_in_sandbox import Account


@pytest.fixture
def account(mailfanout_target: Target, tmp_path: Path) -> Account:
    """Its functions record their events in a directory of this test."""
    account = Account(mailfanout_target, tmp_path)
    account.set_time_scale(1 / 10_000)
    return account


@pytest.fixture
def topic_arn(account: Account) -> str:
    arn: str = account.client("sns").create_topic(Name="feedback")["TopicArn"]
    return arn
