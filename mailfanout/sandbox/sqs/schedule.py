"""What becomes due when, at a cost that does not grow with how much of it there is."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator


class Schedule:
    """Message ids by the moment at which something becomes due; O(log n) each."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._due

    def set(self, message_id: str, at_ms: float) -> None:
        """Schedule an id, in place of the moment that it had."""
        self._due[message_id] = at_ms
        heapq.heappush(self._heap, (at_ms, next(self._order), message_id))
        self._sweep()

    def discard(self, message_id: str) -> None:
        """Forget an id; one that is not scheduled is no error."""
        if self._due.pop(message_id, None) is not None:
            self._sweep()

    def pop_due(self, now_ms: float) -> Iterator[str]:
        """Take out what is due, earliest first, then in the order in which it was set."""
        while self._heap and self._heap[0][0] <= now_ms:
            entry = heapq.heappop(self._heap)
            if not self._is_stale(entry):
                del self._due[entry[2]]
                yield entry[2]

    def get(self, message_id: str) -> float | None:
        """The moment of an id, or None."""
        return self._due.get(message_id)

    def next_ms(self) -> float | None:
        """The earliest moment, or None."""
        while self._heap and self._is_stale(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _is_stale(self, entry: tuple[float, int, str]) -> bool:
        return self._due.get(entry[2]) != entry[0]

    def _sweep(self) -> None:
        """Discarded entries stay in the heap until they outnumber the live ones."""
        if len(self._heap) > 2 * len(self._due) + 64:
            due = self._due
            self._heap = [entry for entry in self._heap if due.get(entry[2]) == entry[0]]
            heapq.heapify(self._heap)
