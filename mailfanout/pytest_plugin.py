"""A private sandbox for any project's tests: pytest loads this module by its entry point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mailfanout.target import Target


@pytest.fixture(scope="session")
def mailfanout_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A sandbox of this test session's own, as a Target; with pytest-xdist, one per worker.

    MAILFANOUT_HOME points to it, so that programs which the tests start find it, too. It ends
    with the session, with every process of it.
    """
    from mailfanout import target
    from mailfanout.sandbox import control

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFANOUT_HOME", str(tmp_path_factory.mktemp("mailfanout")))
        patch.delenv("MAILFANOUT_TARGET", raising=False)
        try:
            yield target.connect("sandbox")
        finally:
            control.stop()


@pytest.fixture
def mailfanout_target(mailfanout_sandbox: Target) -> Target:
    """The private sandbox, emptied: no resource, no mail, no fault, no count."""
    assert mailfanout_sandbox.sandbox is not None
    mailfanout_sandbox.sandbox.call("POST", "/reset")
    return mailfanout_sandbox
