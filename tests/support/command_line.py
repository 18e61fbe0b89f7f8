"""A command line as `mailfanout` runs it, in this process: what it prints, and how it ends.

Nothing is missing but Python's start and the imports, which take longer than most commands.
"""

from __future__ import annotations

import io
import os
import sys
import sysconfig
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import pytest

from mailfanout.__main__ import main


class Finished(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


def run(*words: str, encoding: str = "utf-8", **variables: str) -> Finished:
    """What `mailfanout …` prints into pipes of this encoding, with these variables set, too."""
    pipes = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n") for _ in range(2)]
    stdout, stderr = pipes
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(stdout), redirect_stderr(stderr):
        patch.setattr(sys, "argv", ["mailfanout", *words])
        # As in an environment that is activated.
        patch.setenv("PATH", sysconfig.get_path("scripts"), prepend=os.pathsep)
        for name, value in variables.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
    return Finished(int(ended.value.code or 0), *map(_written, pipes))


def _written(pipe: io.TextIOWrapper) -> str:
    pipe.seek(0)
    return pipe.read()
