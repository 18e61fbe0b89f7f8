"""A sandbox whose states pass thirty times as fast as its pace says; the rest of it is as ever."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from mailfanout.sandbox import control
from mailfanout.target import Target, connect
from support.sandboxes.homes import sandbox_home
from support.waiting import wait_until

HASTE = 30


@contextmanager
def hasty_target(home: Path) -> Iterator[Target]:
    """A target in such a sandbox, at AWS's pace; who waits for it sleeps less by as much."""
    with ExitStack() as stack, sandbox_home(home):
        tests = Path(__file__).parents[2]
        command = [sys.executable, "-m", "support.sandboxes.hasty_sandbox"]
        process = stack.enter_context(subprocess.Popen(command, cwd=tests))
        stack.callback(process.kill)
        wait_until(lambda: control.find() is not None)
        target = connect("sandbox")
        assert target.sandbox
        target.sandbox.change_settings(pace="aws")
        yield replace(target, sleep=lambda seconds: time.sleep(seconds / HASTE))


def main() -> None:
    from mailfanout.sandbox import server

    server.main(clock=lambda: time.monotonic() * HASTE)


if __name__ == "__main__":
    main()
