"""How often each operation of AWS was called, and by whom."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class CallCounts:
    """Counts by caller and operation. Adding costs the same however many there are."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, caller: str, operation: str) -> None:
        with self._lock:
            self._counts[caller, operation] += 1

    def read(self) -> dict[str, dict[str, int]]:
        """By caller, then by operation, both in order."""
        with self._lock:
            counts = sorted(self._counts.items())
        callers: dict[str, dict[str, int]] = {}
        for (caller, operation), count in counts:
            callers.setdefault(caller, {})[operation] = count
        return callers

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()
