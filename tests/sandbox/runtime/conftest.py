"""Functions in real child processes, without the rest of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailfanout.sandbox.runtime.pool import Functions
from support.local_functions import FakeHost


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def functions(host: FakeHost) -> Iterator[Functions]:
    functions = Functions(host)
    yield functions
    functions.close()
