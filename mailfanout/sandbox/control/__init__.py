"""The one door to the sandbox: its process, its client, and its faults."""

from __future__ import annotations

from mailfanout.sandbox.control.client import Sandbox
from mailfanout.sandbox.control.faults import ANY, CALL_KINDS, Fault, Faults, Kind, read_fault
from mailfanout.sandbox.control.process import find, home, start, stop, write_state
from mailfanout.sandbox.control.shell import Changes, enter, enter_shell, leave_shell

__all__ = [
    "ANY",
    "CALL_KINDS",
    "Changes",
    "Fault",
    "Faults",
    "Kind",
    "Sandbox",
    "enter",
    "enter_shell",
    "find",
    "home",
    "leave_shell",
    "read_fault",
    "start",
    "stop",
    "write_state",
]
