"""Execution environments: child processes that run functions, one event at a time."""

from __future__ import annotations

from mailfanout.sandbox.runtime.configuration import Configuration, LogSettings
from mailfanout.sandbox.runtime.function import (
    CannotStart,
    Execution,
    Function,
    NoSuchFunction,
    RecursiveInvocation,
    Throttled,
)
from mailfanout.sandbox.runtime.pool import MAX_ENVIRONMENTS, Functions
from mailfanout.sandbox.runtime.runtimes import runtime_version_arn

__all__ = [
    "CannotStart",
    "Configuration",
    "Function",
    "Functions",
    "LogSettings",
    "MAX_ENVIRONMENTS",
    "NoSuchFunction",
    "RecursiveInvocation",
    "Execution",
    "Throttled",
    "runtime_version_arn",
]
