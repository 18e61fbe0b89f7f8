"""The one door to the sandbox: its process, its client, and its faults."""

from __future__ import annotations

from mailfanout.sandbox.control.client import Sandbox
from mailfanout.sandbox.control.endings import kill_after
from mailfanout.sandbox.control.fault_kinds import ANY, FAULT_KINDS, FaultKind, FaultParameter
from mailfanout.sandbox.control.faults import Fault, Faults, read_fault
from mailfanout.sandbox.control.process import (
    OWNER_VARIABLE,
    began_at,
    find,
    home,
    is_abandoned,
    latest,
    private_home,
    remove_private_home,
    start,
    stop,
    this_owner,
    write_state,
)
from mailfanout.sandbox.control.setting import broken_rule, one_of, positive, switch
from mailfanout.sandbox.control.shell import Changes, enter, enter_shell, leave_shell
from mailfanout.sandbox.control.variables import variables_set

__all__ = [
    "ANY",
    "Changes",
    "FAULT_KINDS",
    "Fault",
    "FaultKind",
    "FaultParameter",
    "Faults",
    "OWNER_VARIABLE",
    "Sandbox",
    "began_at",
    "broken_rule",
    "enter",
    "enter_shell",
    "find",
    "home",
    "is_abandoned",
    "kill_after",
    "latest",
    "leave_shell",
    "one_of",
    "positive",
    "private_home",
    "read_fault",
    "remove_private_home",
    "start",
    "stop",
    "switch",
    "this_owner",
    "variables_set",
    "write_state",
]
