"""What holds for every test."""

from __future__ import annotations

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """The shell's AWS variables, and those of the sandbox, are for other programs."""
    ours = ("MAILFANOUT_SAVED_", "MAILFANOUT_SENDER", "MAILFANOUT_TARGET")
    for name in [name for name in os.environ if name.startswith(("AWS_", *ours))]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
