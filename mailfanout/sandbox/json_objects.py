"""JSON in Python: what services are told, and what they say."""

from __future__ import annotations

from typing import Any

# An object, by the names of its members, which are AWS's.
Json = dict[str, Any]
