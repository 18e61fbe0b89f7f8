"""A kernel that finds its port taken is started anew."""

from __future__ import annotations

import socket
from contextlib import nullcontext
from itertools import chain, repeat
from pathlib import Path

import pytest
from jupyter_client.connect import LocalPortCache

from mailfanout.cells import Kernel, started

DEAD = RuntimeError("Kernel died before replying to kernel_info")


@pytest.mark.slow
def test_a_port_that_another_program_took_costs_one_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = LocalPortCache.find_available_port
    with socket.create_server(("127.0.0.1", 0)) as other_program:
        given = chain([other_program.getsockname()[1]], repeat(None))
        monkeypatch.setattr(
            LocalPortCache, "find_available_port", lambda self, ip: next(given) or find(self, ip)
        )
        kernel = Kernel("python3", cwd=str(tmp_path), startup_timeout=60)
        try:
            assert kernel.is_alive()
            assert next(given) is None
        finally:
            kernel.stop()


@pytest.mark.parametrize(
    ("outcomes", "starts"),
    [
        (["kernel"], 1),
        ([DEAD, DEAD, "kernel"], 3),
        ([DEAD, DEAD, DEAD, "kernel"], 3),
        ([RuntimeError("Kernel didn't respond in 60 seconds"), "kernel"], 1),
    ],
)
def test_it_is_started_three_times_at_most(outcomes: list[str | RuntimeError], starts: int) -> None:
    made: list[str | RuntimeError] = []

    def start() -> str:
        made.append(outcome := outcomes[len(made)])
        if isinstance(outcome, RuntimeError):
            raise outcome
        return outcome

    with nullcontext() if outcomes[starts - 1] == "kernel" else pytest.raises(RuntimeError):
        assert started(start) == "kernel"
    assert len(made) == starts
