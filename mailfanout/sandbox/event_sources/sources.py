"""What serves each event source mapping: pollers of queues, and readers of tables' streams."""

from __future__ import annotations

from mailfanout.sandbox.event_sources.pollers import EventSourceMapping, Poller, Surroundings
from mailfanout.sandbox.event_sources.stream_readers import Progress, StreamMapping, StreamReader


class EventSources:
    """The readers of every event source mapping, one each."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._readers: dict[str, Poller | StreamReader] = {}

    def poll(self, mapping: EventSourceMapping) -> None:
        """Poll a queue as the mapping says now."""
        self._readers[mapping.uuid] = Poller(mapping, self._surroundings)

    def read(self, mapping: StreamMapping, progress: Progress) -> None:
        """Read a stream as the mapping says now."""
        self._readers[mapping.uuid] = StreamReader(mapping, progress, self._surroundings)

    def queue_arns(self) -> set[str]:
        """The queues that are polled."""
        readers = list(self._readers.values())
        return {one.mapping.queue_arn for one in readers if isinstance(one, Poller)}

    def pending_records(self) -> int:
        """The records of streams that functions are still to get."""
        readers = list(self._readers.values())
        return sum(one.pending for one in readers if isinstance(one, StreamReader))

    def forget(self, uuid: str) -> None:
        """Stop reading for a mapping. Safe to repeat."""
        if reader := self._readers.pop(uuid, None):
            reader.stop()

    def clear(self) -> None:
        """Stop reading for every mapping."""
        for uuid in list(self._readers):
            self.forget(uuid)
