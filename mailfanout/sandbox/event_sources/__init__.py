"""Event source mappings: what they may hold, and the pollers that serve them."""

from __future__ import annotations

from mailfanout.sandbox.event_sources import mappings
from mailfanout.sandbox.event_sources.pollers import EventSources, Surroundings

__all__ = ["EventSources", "Surroundings", "mappings"]
