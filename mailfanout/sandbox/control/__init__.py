"""The one door to the sandbox: its process, its client, and its faults."""

from __future__ import annotations

from mailfanout.sandbox.control.client import Sandbox
from mailfanout.sandbox.control.faults import ANY, CALL_KINDS, Fault, Faults, Kind, read_fault
from mailfanout.sandbox.control.process import began_at, find, home, start, stop, write_state

__all__ = [
    "ANY",
    "CALL_KINDS",
    "Fault",
    "Faults",
    "Kind",
    "Sandbox",
    "began_at",
    "find",
    "home",
    "read_fault",
    "start",
    "stop",
    "write_state",
]
