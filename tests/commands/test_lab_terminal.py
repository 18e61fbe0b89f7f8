"""`mailfanout lab` starts JupyterLab's server, whose Terminal finds the kit's programs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator

import psutil
import pytest
import websocket

from mailfanout.commands import lab
from mailfanout.sandbox.control.endings import wait_until_ended
from support.ports import free_port
from support.waiting import wait_until

TOKEN = "secret"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where JupyterLab runs, started by `lab.run` from a PATH without the kit's programs."""
    directory, port = tmp_path_factory.mktemp("lab"), free_port()
    started: list[psutil.Popen] = []

    def start(words: list[str], environment: dict[str, str]) -> int:
        started.append(psutil.Popen(words, env=environment, stderr=subprocess.DEVNULL))
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.defpath)
        patch.setenv("HOME", str(directory))
        patch.setenv("JUPYTER_TOKEN", TOKEN)
        patch.setattr(lab, "_run", start)
        lab.run(directory, browser=False, port=port)
    try:
        wait_until(lambda: is_listening(port), limit_seconds=120)
        yield f"127.0.0.1:{port}"
    finally:
        family = [*started, *started[0].children(recursive=True)]
        for member in family:
            member.kill()
        wait_until_ended(family, limit_seconds=30)


@pytest.mark.slow
def test_the_command_starts_a_server(server: str) -> None:
    with urllib.request.urlopen(f"http://{server}/api") as answer:
        assert "version" in json.load(answer)


# Debian's plain sh (dash) answers `command -v` for its first word only: a line for each.
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="PowerShell keeps the PATH")
def test_it_finds_the_command_line_and_the_aws_cli(server: str) -> None:
    scripts = sysconfig.get_path("scripts")

    said = in_terminal(
        server, "command -v mailfanout; command -v aws; echo the''end", until="theend"
    )

    assert str(shutil.which("mailfanout", path=scripts)) in said
    assert str(shutil.which("aws", path=scripts)) in said


def in_terminal(server: str, line: str, *, until: str) -> str:
    """What a new terminal shows of a line that is typed into it, up to some word."""
    request = urllib.request.Request(
        f"http://{server}/api/terminals", b"", {"Authorization": f"token {TOKEN}"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        name = json.load(answer)["name"]
    address = f"ws://{server}/terminals/websocket/{name}?token={TOKEN}"
    terminal = websocket.create_connection(address, timeout=30)
    try:
        # Wide enough that no path is broken in two.
        terminal.send(json.dumps(["set_size", 50, 500]))
        terminal.send(json.dumps(["stdin", f"{line}\r"]))
        said = ""
        while until not in said:
            kind, *values = json.loads(terminal.recv())
            said += values[0] if kind == "stdout" else ""
        return said
    finally:
        terminal.close()


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
