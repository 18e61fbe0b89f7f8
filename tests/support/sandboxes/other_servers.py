"""Servers of AWS's APIs that are not ours, each with all its processes for as long as a block."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from support.ports import free_port
from support.waiting import wait_until

# Functions run without Docker or not at all, also if there is one.
NO_DOCKER = {"DOCKER_HOST": "tcp://127.0.0.1:9"}


@contextmanager
def moto_server(directory: Path) -> Iterator[str]:
    """The address of moto's own server, which runs no function where it finds no Docker."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _served(command, port, NO_DOCKER, directory):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def ministack(command: str, directory: Path) -> Iterator[str]:
    """The address of a ministack, which keeps its files in `directory`."""
    port = free_port()
    variables = {
        **NO_DOCKER,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(directory),
    }
    with _served([command], port, variables, directory):
        yield f"http://127.0.0.1:{port}"


def find_ministack() -> str | None:
    """Its command, on the PATH or beside this Python. It must find boto3, which functions use."""
    places = [sysconfig.get_path("scripts"), os.environ["PATH"]]
    return shutil.which("ministack", path=os.pathsep.join(places))


def aim_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFANOUT_TARGET", "endpoint")
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@contextmanager
def _served(
    command: list[str], port: int, variables: dict[str, str], directory: Path
) -> Iterator[None]:
    log = directory / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: server.poll() is not None or _is_open(port))
        assert server.poll() is None, log.read_text(encoding="utf-8")
        yield
    finally:
        _end(server)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        process = psutil.Process(server.pid)
        for one in [*process.children(recursive=True), process]:
            one.kill()
    server.wait()
