"""A target in moto, where nothing is waited for unless a module says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from mailfanout.stack import Stack
from mailfanout.target import Sleep, Target
from support.parts.pipelines import US_EAST_1, never


@pytest.fixture
def stack() -> Stack:
    return Stack()


@pytest.fixture
def sleep() -> Sleep:
    """How the target waits: never. A module whose AWS takes its time has a fixture of its own."""
    return never


@pytest.fixture
def target(sleep: Sleep) -> Iterator[Target]:
    """moto in this process, empty; the clients, which take long to make, serve every test."""
    with mock_aws():
        yield replace(US_EAST_1, sleep=sleep)
