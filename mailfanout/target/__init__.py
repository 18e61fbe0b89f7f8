"""Where the pipeline runs: the sandbox, another endpoint, or AWS; and how AWS is waited for."""

from __future__ import annotations

from mailfanout.target.connection import Target, connect, stack_for, stack_on
from mailfanout.target.mends import UNKNOWN_KEY, explain, unless_denied
from mailfanout.target.side_by_side import in_order, side_by_side
from mailfanout.target.waiting import Sleep, refused, retry, unless_missing, wait_until

__all__ = [
    "UNKNOWN_KEY",
    "Sleep",
    "Target",
    "connect",
    "explain",
    "in_order",
    "refused",
    "retry",
    "side_by_side",
    "stack_for",
    "stack_on",
    "unless_denied",
    "unless_missing",
    "wait_until",
]
