"""Is this machine ready? What is missing, and how to get it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailfanout.errors import SandboxUnavailable
from mailfanout.sandbox import control

OLDEST_PYTHON = (3, 11)
INSTALL = 'python -m pip install "mailfanout[lab]"'
ANSWER_LIMIT_SECONDS = 30


@dataclass(frozen=True)
class Finding:
    """One thing that the tutorial needs: what was found, and, where it is not ok, what mends it."""

    name: str
    ok: bool
    detail: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{'ok' if self.ok else 'MISSING':<9}{self.name:<14}{self.detail}"
        return line if self.ok else f"{line}\n{'':<23}{self.mend}"


def examine() -> Iterator[Finding]:
    """Look at all that the tutorial needs, one thing after the other. Changes and starts nothing.

    The machine is ready where every finding is ok.
    """
    yield _python()
    yield _packages()
    yield _notebooks()
    yield _kernel()
    yield _aws_cli()
    yield _home()
    yield _loopback()
    yield _sandbox()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        "Python",
        sys.version_info >= OLDEST_PYTHON,
        f"{version}, {sys.executable}",
        "Install Python 3.11 or later, and mailfanout with it.",
    )


def _packages() -> Finding:
    return _installed("packages", _requirements(of_lab=False))


def _notebooks() -> Finding:
    return _installed("notebooks", _requirements(of_lab=True))


def _installed(name: str, packages: list[str]) -> Finding:
    missing = [package for package in packages if _version(package) is None]
    detail = f"not installed: {', '.join(missing)}" if missing else ", ".join(packages)
    return Finding(name, not missing, detail, f"Type: {INSTALL}")


def _requirements(*, of_lab: bool) -> list[str]:
    """The packages that mailfanout needs by itself, or those of its extra `lab`."""
    lines = importlib.metadata.requires("mailfanout") or []
    chosen = (line for line in lines if re.search("extra == .lab.", line) or not of_lab)
    if not of_lab:
        chosen = (line for line in lines if "extra ==" not in line)
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in chosen]


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
