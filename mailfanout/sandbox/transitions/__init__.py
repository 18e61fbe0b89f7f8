"""Calls whose effects take their time: what each service shows and refuses until a change is over.

`states` says how long that is. What moto holds has changed already.
"""

from __future__ import annotations

from mailfanout.sandbox.transitions.mappings import is_of_queue, taken, unreadable
from mailfanout.sandbox.transitions.timely_calls import TimelyCalls

__all__ = ["TimelyCalls", "is_of_queue", "taken", "unreadable"]
