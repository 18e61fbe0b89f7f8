"""A function, and a queue that can be mapped to it."""

from __future__ import annotations

import pytest

from support.sandboxes.account_in_sandbox import RECORD, Account


@pytest.fixture
def function_arn(account: Account) -> str:
    account.queue()
    return account.function(RECORD)
