"""Functions in real child processes, without the rest of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailfanout.sandbox.runtime.pool import Functions
from support.sandboxes.local_functions import FakeHost


@pytest.fixture(scope="module")
def shared_host() -> FakeHost:
    return FakeHost()


@pytest.fixture(scope="module")
def shared_functions(shared_host: FakeHost) -> Iterator[Functions]:
    """One template of environments for all tests of a module."""
    functions = Functions(shared_host)
    yield functions
    functions.close()


@pytest.fixture
def host(shared_host: FakeHost) -> FakeHost:
    """It has heard of no invocation yet."""
    shared_host.streams.clear()
    return shared_host


@pytest.fixture
def functions(host: FakeHost, shared_functions: Functions) -> Iterator[Functions]:
    """There is no environment yet."""
    yield shared_functions
    shared_functions.clear()
