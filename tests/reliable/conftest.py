"""The reliable design on the sandbox, for the tests that run it end to end."""

from __future__ import annotations

import pytest

from mailfanout.target import Target
from support.reliable.mailing import Mailing


@pytest.fixture
def mailing(mailfanout_target: Target) -> Mailing:
    return Mailing.deployed(mailfanout_target)
