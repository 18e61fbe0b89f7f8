"""What AWS sends in every answer of an operation, if the call is as in `every_operation`."""

from __future__ import annotations

ALWAYS_SENT: dict[str, tuple[str, ...]] = {}
