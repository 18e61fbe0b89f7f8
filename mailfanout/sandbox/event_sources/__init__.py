"""What starts functions: event source mappings with their pollers, and EventBridge's rules."""

from __future__ import annotations

from mailfanout.sandbox.event_sources import mappings, stream_mappings
from mailfanout.sandbox.event_sources.pollers import Surroundings
from mailfanout.sandbox.event_sources.rule_targets import hear
from mailfanout.sandbox.event_sources.schedules import Schedules, is_schedule
from mailfanout.sandbox.event_sources.sources import EventSources
from mailfanout.sandbox.event_sources.stream_readers import Progress

__all__ = [
    "EventSources",
    "Progress",
    "Schedules",
    "Surroundings",
    "hear",
    "is_schedule",
    "mappings",
    "stream_mappings",
]
