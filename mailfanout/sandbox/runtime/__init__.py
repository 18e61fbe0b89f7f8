"""Execution environments: child processes that run functions, one event at a time."""

from __future__ import annotations

from mailfanout.sandbox.runtime.environment import Configuration
from mailfanout.sandbox.runtime.pool import (
    MAX_ENVIRONMENTS,
    CannotStart,
    Execution,
    Function,
    Functions,
    NoSuchFunction,
    Throttled,
)

__all__ = [
    "CannotStart",
    "Configuration",
    "Function",
    "Functions",
    "MAX_ENVIRONMENTS",
    "NoSuchFunction",
    "Execution",
    "Throttled",
]
