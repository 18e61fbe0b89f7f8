"""Is this machine ready? What is missing, and how to get it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailfanout import installation
from mailfanout.errors import SandboxUnavailable
from mailfanout.sandbox import control
from mailfanout.target import side_by_side

if TYPE_CHECKING:
    from packaging.requirements import Requirement

ANSWER_LIMIT_SECONDS = 30


@dataclass(frozen=True)
class Finding:
    """One thing that the tutorial needs: what was found, and what mends it if it is not ok."""

    name: str
    ok: bool
    detail: str
    mend: str

    def __str__(self) -> str:
        line = f"{'ok' if self.ok else 'NOT OK':<8}{self.name:<14}{self.detail}"
        return line if self.ok else f"{line}\n{'':22}{self.mend}"


def examine() -> Iterator[Finding]:
    """Look at all that the tutorial needs, one thing after the other; nothing is changed.

    The machine is ready if every finding is ok.
    """
    yield _python()
    needed = _requirements()
    yield _installed("packages", needed)
    yield _installed("lab packages", _requirements(extra="lab") - needed)
    # Both ask a program, which takes long to start.
    yield from side_by_side(lambda look: look(), (_kernel, _aws_cli))
    yield _home()
    yield _loopback()
    yield _sandbox()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        "Python",
        sys.version_info >= (3, 11),
        f"{version}: {sys.executable}",
        "Install Python 3.11 or later, and mailfanout with it.",
    )


def _installed(name: str, requirements: set[Requirement]) -> Finding:
    """Whether each is installed in a sufficient version; names those that are not."""
    found, lacking = [], []
    for requirement in sorted(requirements, key=lambda one: one.name):
        version = _version(requirement.name)
        if version is None:
            lacking.append(f"{requirement.name} is missing")
        elif not requirement.specifier.contains(version, prereleases=True):
            lacking.append(f"{requirement.name} {version} is not {requirement.specifier}")
        found.append(f"{requirement.name} {version}")
    return Finding(name, not lacking, ", ".join(lacking or found), _how_to_install())


def _requirements(*, extra: str = "") -> set[Requirement]:
    """What mailfanout requires on this machine, including an extra if one is named."""
    from packaging.requirements import Requirement  # which no lesson needs

    lines = importlib.metadata.requires("mailfanout") or []
    requirements = map(Requirement, lines)
    return {one for one in requirements if not one.marker or one.marker.evaluate({"extra": extra})}


def _version(package: str) -> str | None:
    with suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return None


def _kernel() -> Finding:
    """An older installation may have left a kernel that starts another Python."""
    listed = _run([sys.executable, "-m", "jupyter_client.kernelspecapp", "list", "--json"])
    kernels = json.loads(listed)["kernelspecs"] if listed else {}
    if not installation.has_room_for_lab():
        return Finding("kernel", False, "not found", installation.NO_ROOM_FOR_LAB)
    if "python3" not in kernels:
        return Finding("kernel", False, "JupyterLab has no Python", _how_to_install())
    kernel = kernels["python3"]
    python = Path(kernel["spec"]["argv"][0])
    # JupyterLab replaces a bare `python` by its own.
    is_own = python.name == str(python) or python == Path(sys.executable)
    return Finding(
        "kernel",
        is_own,
        sys.executable if is_own else str(python),
        f"It is another Python. Remove {kernel['resource_dir']}",
    )


def _aws_cli() -> Finding:
    """The one that the lessons find: it came with this Python, or is on the PATH."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    program = shutil.which("aws", path=path)
    said = _run([program, "--version"]) if program else ""
    return Finding("AWS CLI", bool(said), said.partition(" ")[0] or "missing", _how_to_install())


def _home() -> Finding:
    home = control.home().absolute()
    existing = next(path for path in (home, *home.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            is_writable = True
    except OSError:
        is_writable = False
    mend = "It cannot be written to. Set MAILFANOUT_HOME to a directory of your own."
    return Finding("home", is_writable, str(home), mend)


def _loopback() -> Finding:
    """Whether a program may listen on this machine, and another reach it there."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            with socket.create_connection(server.getsockname(), timeout=ANSWER_LIMIT_SECONDS):
                port = server.getsockname()[1]
    except OSError as error:
        mend = "Have the firewall let Python listen on 127.0.0.1."
        return Finding("loopback", False, f"127.0.0.1: {error}", mend)
    return Finding("loopback", True, f"127.0.0.1: port {port} was free", "")


def _sandbox() -> Finding:
    try:
        sandbox = control.find()
        if sandbox:
            sandbox.call("GET", "/status")
    except SandboxUnavailable as error:
        return Finding("sandbox", False, "it does not answer", str(error))
    at = f"at {sandbox.endpoint_url}" if sandbox else "not running; it starts when it is needed"
    return Finding("sandbox", True, at, "")


def _how_to_install() -> str:
    return f"Type: {installation.install_command()}"


def _run(command: list[str]) -> str:
    """What a program says, or nothing if it cannot be run or fails."""
    try:
        ran = subprocess.run(
            command,
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="replace",
            timeout=ANSWER_LIMIT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return ran.stdout.strip()
