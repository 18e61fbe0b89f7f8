"""A target whose sandbox has ended says so in one line, whatever it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailfanout.errors import SandboxEnded
from mailfanout.sandbox import control
from mailfanout.target import Target, connect

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    home: Path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILFANOUT_HOME", str(home))
        target = connect("sandbox")
        control.stop()
        yield target


def test_a_call_of_aws_tells_to_begin_again(ended: Target) -> None:
    with pytest.raises(SandboxEnded, match="Run the notebook again from its first cell"):
        ended.client("sqs").list_queues()


def test_the_inbox_tells_to_begin_again(ended: Target) -> None:
    assert ended.sandbox
    with pytest.raises(SandboxEnded, match="Run the notebook again from its first cell"):
        list(ended.sandbox.mails())


def test_in_a_notebook_that_is_one_line() -> None:
    assert len(SandboxEnded("http://127.0.0.1:9")._render_traceback_()) == 1
