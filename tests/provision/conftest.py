"""A target in moto, where nothing is waited for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from mailfanout.stack import Stack
from mailfanout.target import Target
from support.pipelines import US_EAST_1


@pytest.fixture
def stack() -> Stack:
    return Stack()


@pytest.fixture
def target() -> Iterator[Target]:
    """moto in this process, empty; the clients, which take long to make, serve every test."""
    with mock_aws():
        yield US_EAST_1
