"""`mailfanout verify` finds what a handler does wrong, reports it, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mailfanout import provision
from mailfanout.sandbox.control.endings import wait_until_ended
from mailfanout.stack import Stack
from support.waiting import wait_until

pytestmark = pytest.mark.slow

SENDS = "    send_mail(recipient, subject, body)\n"


def start(directory: Path, *words: str) -> subprocess.Popen[str]:
    """`mailfanout verify`, with its report and its temporary files in the directory."""
    temporary = directory / "temporary"
    temporary.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "mailfanout", "verify", *words],
        cwd=directory,
        env={**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_a_handler_that_sends_twice_is_found_and_the_cell_is_named(tmp_path: Path) -> None:
    ours = provision.handler_path(Stack(), "readMessageAndSendMail").read_text(encoding="utf-8")
    theirs = tmp_path / "mine" / "readMessageAndSendMail" / "lambda_function.py"
    theirs.parent.mkdir(parents=True)
    theirs.write_text(ours.replace(SENDS, SENDS * 2), encoding="utf-8")

    process = start(tmp_path, "00", "--handlers", "mine", "--report", "found", "--json")
    told, said = process.communicate()

    assert process.returncode == 1, said
    found = json.loads(told)
    assert found["handlers"] == {"readMessageAndSendMail, simple": str(theirs)}
    failed = [cell["cell"] for cell in found["notebooks"][0]["cells"] if cell["because"]]
    assert 4 in failed
    assert "[4] show.pipeline(target, stack, at_rest=True)" in said
    assert re.search(r"expected: .*: 3 mails\n +shown: .*: 6 mails\n", said)
    html = (tmp_path / "found" / "report.html").read_text(encoding="utf-8")
    assert '<a href="#n1-4">00_start_here.ipynb [4]</a>: its output differs' in html
    assert re.search(r": 3 mails</code></td><td>≠</td><td><code>.*: 6 mails</code>", html)
    assert list((tmp_path / "temporary").glob("mailfanout-home-*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one program")
@pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    reason="programs that are started in the background are deaf to SIGINT",
)
def test_an_interrupted_run_is_reported_and_cleaned_up(tmp_path: Path) -> None:
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": 1,
                "id": "hangs",
                "metadata": {},
                "outputs": [],
                "source": "open('begun', 'w').close()\nimport time; time.sleep(60)",
            }
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "hangs.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    process = start(tmp_path, "hangs.ipynb")
    wait_until((tmp_path / "begun").exists, limit_seconds=120)
    family = psutil.Process(process.pid).children(recursive=True)

    process.send_signal(signal.SIGINT)
    told, said = process.communicate()

    assert process.returncode == 1
    assert "It was interrupted: not every notebook was run." in said
    assert "Not every cell was run. The report:" in told
    assert (tmp_path / "mailfanout-report" / "junit.xml").is_file()
    assert not wait_until_ended(family, limit_seconds=0)
    assert list((tmp_path / "temporary").iterdir()) == []
