"""Functions that start programs, and what is left of these: found by a word on their command line.

Run as a program, it is a sandbox's process that may be killed: it runs one such function.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

# Starts the ways that there are to stay behind: a child, one in a session of its own, and one
# that is nobody's child any longer. Then it goes on as the event says.
STARTS_PROGRAMS = """
import os, subprocess, sys, time
SLEEP = "import time; time.sleep(600)"
LEAVE = "import subprocess, sys; subprocess.Popen(sys.argv[1:], start_new_session=True)"
def lambda_handler(event, context):
    sleep = [sys.executable, "-I", "-S", "-c", SLEEP, event["word"]]
    subprocess.Popen(sleep)
    subprocess.Popen(sleep, start_new_session=True)
    subprocess.run([sys.executable, "-I", "-S", "-c", LEAVE, *sleep], check=True)
    if event["then"] == "exit":
        os._exit(3)
    if event["then"] == "wait":
        time.sleep(600)
"""
PROGRAMS = 3


def left(word: str) -> Iterator[psutil.Process]:
    """The processes with this word on their command line."""
    for process in psutil.process_iter(["cmdline", "status"]):
        is_zombie = process.info["status"] == psutil.STATUS_ZOMBIE
        if word in (process.info["cmdline"] or []) and not is_zombie:
            yield process


def event(word: str, then: str) -> bytes:
    return json.dumps({"word": word, "then": then}).encode()


def main() -> None:
    from mailfanout.sandbox.runtime.pool import Functions
    from support.sandboxes.local_functions import FakeHost, make_function

    functions = Functions(FakeHost())
    print(functions._scratch.path, flush=True)
    function = make_function(STARTS_PROGRAMS, timeout_seconds=60)
    functions.invoke(function, event(sys.argv[1], "wait"))


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[level]) for level in (2, 3)]
    main()
