"""What starts functions: event source mappings with their pollers, and EventBridge's rules."""

from __future__ import annotations

from mailfanout.sandbox.event_sources import mappings
from mailfanout.sandbox.event_sources.pollers import EventSources, Surroundings
from mailfanout.sandbox.event_sources.rule_targets import hear
from mailfanout.sandbox.event_sources.schedules import Schedules, is_schedule

__all__ = ["EventSources", "Schedules", "Surroundings", "hear", "is_schedule", "mappings"]
