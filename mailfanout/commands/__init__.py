"""What people type: `listed` has all of it; a module per group of commands.

`options` and `console` are what they share: what is given, and what is said.
"""

from __future__ import annotations

from mailfanout.commands.listed import COMMANDS, CommandList
from mailfanout.commands.options import TypedOptions, as_typed
from mailfanout.commands.signals import exit_when_told

__all__ = ["COMMANDS", "CommandList", "TypedOptions", "as_typed", "exit_when_told"]
